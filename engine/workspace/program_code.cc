#include "workspace/program_code.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "code_signature/coarse.h"
#include "code_signature/stored_signatures.h"
#include "digest/field_hasher.h"
#include "platform/loaded_code.h"

namespace stepcache::workspace {
namespace {

using code_signature::CodeSignature;
using code_signature::EntryState;
using code_signature::StepCode;

// A file that is younger could still be written within the same tick of the file system's clock. The program itself
// cannot be written while it runs.
constexpr std::int64_t k_settled_ns = 2'000'000'000;
constexpr std::int64_t k_settled_program_ns = 100'000'000;

// The name of a variable whose bytes hold an address, or nothing.
bool holds_an_address(const std::string& bytes, std::uint64_t offset, const platform::MappedMemory& memory) {
  const std::size_t first = static_cast<std::size_t>((8 - offset % 8) % 8);
  for (std::size_t at = first; at + sizeof(std::uint64_t) <= bytes.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    if (memory.contains(word)) return true;
  }
  return false;
}

}  // namespace

ProgramCode::ProgramCode(Workspace& workspace, code_signature::LoadedProgram program)
    : workspace_(workspace), program_(std::move(program)) {}
ProgramCode::~ProgramCode() = default;

Result<std::shared_ptr<const CodeSignature>> ProgramCode::signature(std::size_t step) {
  STEPCACHE_TRY(load());
  return signatures_[step];
}

Result<std::vector<code_signature::Part>> ProgramCode::parts(std::size_t step) {
  STEPCACHE_TRY(load());
  if (steps_[step].signature.precision == code_signature::Precision::coarse) {
    if (coarse_parts_.empty()) {
      STEPCACHE_TRY_ASSIGN(auto coarse, code_signature::coarse_signature(workspace_.files(), program_.program,
                                                                         program_.libraries, program_.project));
      coarse_parts_ = std::move(coarse.parts);
    }
    return coarse_parts_;
  }
  if (!exact_) {
    STEPCACHE_TRY_ASSIGN(exact_, code_signature::exact_signatures(workspace_.files(), program_));
  }
  STEPCACHE_TRY_ASSIGN(std::vector<code_signature::Part> parts, exact_->parts(step));
  // What main left in a variable is part of it: otherwise nothing would tell why the step ran again.
  for (code_signature::Part& part : parts) {
    if (part.kind != "variable" && part.kind != "thread variable") continue;
    const auto left = left_by_main_[step].find(part.name);
    if (left == left_by_main_[step].end()) continue;
    part.digest = FieldHasher().begin("with_state").digest(part.digest).digest(left->second).end().finish();
  }
  return parts;
}

Result<void> ProgramCode::load() {
  if (loaded_) return {};
  if (failure_) return fail(*failure_);
  const auto read = [&]() -> Result<void> {
    bool settled = false;
    STEPCACHE_TRY_ASSIGN(const Digest now, identity(settled));
    // A record that cannot be read is as good as none.
    const auto known = workspace_.metadata().program(program_.program.string());
    if (known && *known && (*known)->identity == now) {
      if (auto steps = code_signature::decode_signatures((*known)->signatures)) {
        if (steps->size() == program_.steps.size()) steps_ = std::move(*steps);
      }
    }
    if (steps_.empty()) {
      STEPCACHE_TRY(compute());
      if (settled) {
        // Nothing is lost when that fails: they are computed again.
        (void)workspace_.metadata().put_program(
            {program_.program.string(), now, code_signature::encode_signatures(steps_)});
      }
    }
    return {};
  };
  if (const auto done = read(); !done) {
    failure_ = done.error();
    return fail(*failure_);
  }
  for (const StepCode& step : steps_) {
    if (step.signature.precision == code_signature::Precision::coarse) why_coarse_ = step.signature.note;
  }
  add_entry_state();
  loaded_ = true;
  return {};
}

Result<void> ProgramCode::compute() {
  auto exact = code_signature::exact_signatures(workspace_.files(), program_);
  if (!exact) {
    if (exact.error().code != ErrorCode::unsupported_format) return fail(exact.error());
    return take_coarse(exact.error());
  }
  exact_ = std::move(*exact);
  steps_ = exact_->steps();
  return {};
}

Result<void> ProgramCode::take_coarse(const Error& error) {
  STEPCACHE_TRY_ASSIGN(auto coarse, code_signature::coarse_signature(workspace_.files(), program_.program,
                                                                     program_.libraries, program_.project));
  coarse_parts_ = std::move(coarse.parts);
  coarse.note += fmt::format("; {}", to_string(error));
  steps_.clear();
  for (const code_signature::StepRoots& roots : program_.steps) {
    steps_.push_back({code_signature::signature_of_step(coarse, roots.functions), {}});
  }
  return {};
}

// Of everything that the signatures are made from, without reading a file.
Result<Digest> ProgramCode::identity(bool& settled) {
  settled = true;
  FieldHasher hasher;
  hasher.begin("program");
  const std::int64_t now = workspace_.clock().wall_ns();
  const auto add = [&](const std::filesystem::path& path, std::int64_t settled_ns) -> Result<void> {
    STEPCACHE_TRY_ASSIGN(const platform::FileInfo info, workspace_.files().stat(path));
    const platform::FileIdentity& file = info.identity;
    hasher.text(path.native()).unsigned_integer(file.device).unsigned_integer(file.inode);
    hasher.unsigned_integer(file.size_bytes).integer(file.mtime_ns).integer(file.ctime_ns);
    if (now - file.ctime_ns < settled_ns) settled = false;
    return {};
  };
  STEPCACHE_TRY(add(program_.program, k_settled_program_ns));
  for (const std::filesystem::path& library : program_.libraries) STEPCACHE_TRY(add(library, k_settled_ns));
  hasher.text(program_.project.native()).boolean(program_.libraries_by_name);
  hasher.begin("harmless");
  for (const std::string& pattern : program_.harmless) hasher.text(pattern);
  hasher.end();
  for (const code_signature::StepRoots& roots : program_.steps) {
    hasher.begin("step");
    for (const platform::CodePlace& place : roots.functions) hasher.text(place.module).unsigned_integer(place.offset);
    hasher.end();
  }
  return hasher.end().finish();
}

void ProgramCode::add_entry_state() {
  std::optional<platform::MappedMemory> memory;
  for (const StepCode& step : steps_) {
    CodeSignature signature = step.signature;
    std::map<std::string, Digest>& left = left_by_main_.emplace_back();
    if (!step.state.empty()) {
      if (!memory) memory = platform::MappedMemory::read();
      FieldHasher hasher;
      hasher.begin("with_state").digest(signature.digest);
      for (const EntryState& state : step.state) {
        const platform::CodePlace place{state.module, state.offset};
        const auto bytes = state.of_thread ? platform::thread_bytes(place, state.size_bytes)
                                           : platform::loaded_bytes(place, state.size_bytes);
        if (!bytes || holds_an_address(*bytes, state.offset, *memory)) {
          signature.why_not = fmt::format(
              "main, before the steps, can set the variable {}, which holds an address now: what it leads to cannot be "
              "compared; give the value to the step as a parameter, or declare it with .harmless(\"{}\") if it changes "
              "no result",
              state.name, state.name);
          continue;
        }
        hasher.text(state.name).bytes(as_bytes(*bytes));
        left[state.name] = FieldHasher().begin("bytes").bytes(as_bytes(*bytes)).end().finish();
      }
      signature.digest = hasher.end().finish();
    }
    signatures_.push_back(std::make_shared<const CodeSignature>(std::move(signature)));
  }
}

}  // namespace stepcache::workspace
