#include "code_signature/coarse.h"

#include <fmt/format.h>

#include <utility>

#include "code_signature/file_identity.h"
#include "digest/field_hasher.h"

namespace stepcache::code_signature {
namespace {

// A new rule is a new number: signatures of different rules never meet.
constexpr std::int64_t k_rule = 1;

constexpr std::string_view k_note =
    "the code is compared as a whole: any edit that changes the program's machine code or data reruns every step";

}  // namespace

Result<SignedCode> coarse_signature(platform::FileSystem& files, const std::filesystem::path& program,
                                    const std::vector<std::filesystem::path>& libraries,
                                    const std::filesystem::path& project) {
  SignedCode signature;
  FileIdentities reader(files);
  STEPCACHE_TRY_ASSIGN(Part root, reader.own("program", program));
  signature.parts.push_back(std::move(root));
  for (const std::filesystem::path& path : libraries) {
    STEPCACHE_TRY_ASSIGN(Part part, reader.library(path, project));
    signature.parts[0].edges.push_back(static_cast<std::uint32_t>(signature.parts.size()));
    signature.parts.push_back(std::move(part));
  }

  FieldHasher hasher;
  hasher.begin("coarse").integer(k_rule);
  for (const Part& part : signature.parts) hasher.text(part.kind).digest(part.digest);
  signature.digest = hasher.end().finish();

  signature.note = k_note;
  if (!reader.taken_whole().empty()) {
    signature.note += fmt::format(
        "; {} cannot be read as a compiled program for x86-64 or AArch64 with its section headers and is compared byte "
        "for byte, so that debugging information counts too: link without removing the section headers",
        fmt::join(reader.taken_whole(), ", "));
  }
  return signature;
}

CodeSignature signature_of_step(const CodeSignature& program, std::span<const platform::CodePlace> functions) {
  CodeSignature step = program;
  FieldHasher hasher;
  hasher.begin("step").digest(program.digest);
  for (const platform::CodePlace& function : functions) hasher.text(function.module).unsigned_integer(function.offset);
  hasher.end();
  step.digest = hasher.finish();
  return step;
}

}  // namespace stepcache::code_signature
