#include "code_signature/coarse.h"

#include <elf.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "code_signature/elf_file.h"
#include "digest/field_hasher.h"
#include "digest/sha256.h"

namespace stepcache::code_signature {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view k_note =
    "the signature is that of the whole program, so any change to its machine code reruns every step";

template <class T>
T structure_at(std::string_view bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

// Code and data that the program runs on; not what names, versions or locates it.
bool is_code_or_data(const ElfSection& section) {
  constexpr std::array<std::string_view, 2> k_left_out = {".interp", ".eh_frame_hdr"};
  if ((section.flags & SHF_ALLOC) == 0) return false;
  if (std::find(k_left_out.begin(), k_left_out.end(), section.name) != k_left_out.end()) return false;
  switch (section.type) {
    case SHT_PROGBITS:
    case SHT_NOBITS:
    case SHT_INIT_ARRAY:
    case SHT_FINI_ARRAY:
    case SHT_PREINIT_ARRAY:
      return true;
    default:
      return false;
  }
}

std::string_view text_at(std::string_view texts, std::uint64_t offset) {
  if (offset >= texts.size()) return {};
  const std::string_view rest = texts.substr(offset);
  return rest.substr(0, rest.find('\0'));
}

// What the loader puts into the data: where, which kind, and either an addend or a symbol by its name. Symbol numbers and
// name offsets differ between builds of the same code.
Result<void> add_dynamic_relocations(ElfFile& elf, FieldHasher& hasher) {
  std::string symbols;
  std::string names;
  if (const ElfSection* section = elf.section_named(".dynsym")) {
    STEPCACHE_TRY_ASSIGN(symbols, elf.content(*section));
  }
  if (const ElfSection* section = elf.section_named(".dynstr")) {
    STEPCACHE_TRY_ASSIGN(names, elf.content(*section));
  }
  for (const ElfSection& section : elf.sections()) {
    if ((section.flags & SHF_ALLOC) == 0) continue;
    constexpr std::uint32_t k_relative_relocations = 19;  // SHT_RELR
    if (section.type == k_relative_relocations) {
      STEPCACHE_TRY_ASSIGN(const std::string words, elf.content(section));
      hasher.begin("relative").bytes(as_bytes(words)).end();
    }
    if (section.type != SHT_RELA) continue;
    STEPCACHE_TRY_ASSIGN(const std::string entries, elf.content(section));
    hasher.begin("relocations");
    for (std::size_t at = 0; at + sizeof(Elf64_Rela) <= entries.size(); at += sizeof(Elf64_Rela)) {
      const auto entry = structure_at<Elf64_Rela>(entries, at);
      hasher.unsigned_integer(entry.r_offset).unsigned_integer(ELF64_R_TYPE(entry.r_info)).integer(entry.r_addend);
      const std::uint64_t symbol = ELF64_R_SYM(entry.r_info);
      if (symbol == 0) continue;
      if ((symbol + 1) * sizeof(Elf64_Sym) > symbols.size()) {
        hasher.unsigned_integer(symbol);
        continue;
      }
      hasher.text(text_at(names, structure_at<Elf64_Sym>(symbols, symbol * sizeof(Elf64_Sym)).st_name));
    }
    hasher.end();
  }
  return {};
}

Result<void> add_needed_names(ElfFile& elf, FieldHasher& hasher) {
  const ElfSection* dynamic = elf.section_named(".dynamic");
  const ElfSection* texts = elf.section_named(".dynstr");
  if (dynamic == nullptr || texts == nullptr) return {};
  STEPCACHE_TRY_ASSIGN(const std::string entries, elf.content(*dynamic));
  STEPCACHE_TRY_ASSIGN(const std::string names, elf.content(*texts));
  hasher.begin("needed");
  for (std::size_t at = 0; at + sizeof(Elf64_Dyn) <= entries.size(); at += sizeof(Elf64_Dyn)) {
    const auto entry = structure_at<Elf64_Dyn>(entries, at);
    if (entry.d_tag == DT_NULL) break;
    if (entry.d_tag == DT_NEEDED) hasher.text(text_at(names, entry.d_un.d_val));
  }
  hasher.end();
  return {};
}

// The digest of the code and data of one ELF file, and their size.
Result<Part> elf_part(ElfFile& elf, std::string kind, std::string name) {
  FieldHasher hasher;
  Part part{std::move(kind), std::move(name), "", 0, 0, {}, {}};
  for (const ElfSection& section : elf.sections()) {
    if (!is_code_or_data(section)) continue;
    part.size_bytes += section.size_bytes;
    hasher.begin("section").unsigned_integer(section.type).unsigned_integer(section.flags);
    hasher.unsigned_integer(section.size_bytes);
    if (section.type != SHT_NOBITS) {
      STEPCACHE_TRY_ASSIGN(const std::string bytes, elf.content(section));
      hasher.digest(sha256(bytes));
    }
    hasher.end();
  }
  STEPCACHE_TRY(add_dynamic_relocations(elf, hasher));
  STEPCACHE_TRY(add_needed_names(elf, hasher));
  part.digest = hasher.finish();
  return part;
}

Result<Part> file_part(platform::FileSystem& files, const fs::path& path, std::string kind) {
  STEPCACHE_TRY_ASSIGN(const auto hashed, platform::hash_file(files, path));
  return Part{std::move(kind), path.filename().string(), "", 0, hashed.info.identity.size_bytes, hashed.digest, {}};
}

bool lies_under(const fs::path& path, const fs::path& folder) {
  if (folder.empty()) return false;
  const auto [end, rest] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end == folder.end() || (*end == fs::path() && std::next(end) == folder.end());
}

Result<Part> library_part(platform::FileSystem& files, const fs::path& path, const fs::path& project) {
  STEPCACHE_TRY_ASSIGN(auto elf, ElfFile::open(files, path));
  if (!elf) return file_part(files, path, "library");
  if (lies_under(path, project)) return elf_part(*elf, "library", path.filename().string());
  STEPCACHE_TRY_ASSIGN(const std::string build_id, elf->build_id());
  if (build_id.empty()) return file_part(files, path, "library");
  FieldHasher hasher;
  hasher.begin("build-id").text(build_id).end();
  return Part{"library", path.filename().string(), "", 0, 0, hasher.finish(), {}};
}

}  // namespace

Result<CodeSignature> coarse_signature(platform::FileSystem& files, const fs::path& program,
                                       const std::vector<fs::path>& libraries, const fs::path& project) {
  CodeSignature signature;
  signature.precision = Precision::coarse;
  signature.note = k_note;
  STEPCACHE_TRY_ASSIGN(auto elf, ElfFile::open(files, program));
  if (elf) {
    STEPCACHE_TRY_ASSIGN(auto part, elf_part(*elf, "program", program.filename().string()));
    signature.parts.push_back(std::move(part));
  } else {
    STEPCACHE_TRY_ASSIGN(auto part, file_part(files, program, "program"));
    signature.parts.push_back(std::move(part));
    signature.note = "the program is not an ELF file that can be read, so any change to its file reruns every step";
  }
  // The order in which libraries were loaded is the machine's, not the program's.
  std::vector<fs::path> sorted = libraries;
  std::sort(sorted.begin(), sorted.end(),
            [](const fs::path& a, const fs::path& b) { return a.filename() < b.filename(); });
  for (const fs::path& library : sorted) {
    STEPCACHE_TRY_ASSIGN(auto part, library_part(files, library, project));
    signature.parts.front().edges.push_back(static_cast<std::uint32_t>(signature.parts.size()));
    signature.parts.push_back(std::move(part));
  }
  FieldHasher hasher;
  hasher.begin("coarse").digest(signature.parts.front().digest);
  for (std::size_t i = 1; i < signature.parts.size(); ++i) {
    hasher.text(signature.parts[i].name).digest(signature.parts[i].digest);
  }
  hasher.end();
  signature.digest = hasher.finish();
  return signature;
}

}  // namespace stepcache::code_signature
