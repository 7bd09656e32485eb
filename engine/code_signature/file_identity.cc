#include "code_signature/file_identity.h"

#include <elf.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "code_signature/elf_dynamic.h"
#include "digest/field_hasher.h"
#include "digest/sha256.h"

namespace stepcache::code_signature {
namespace {

// A new rule is a new number: signatures of different rules never meet.
constexpr std::int64_t k_rule = 1;

// Loaded, but no code or data of the program's: what the linker and the loader tell each other.
bool is_left_out(const ElfSection& section) {
  switch (section.type) {
    case SHT_NULL:
    case SHT_NOTE:
    case SHT_DYNAMIC:
    case SHT_DYNSYM:
    case SHT_STRTAB:
    case SHT_HASH:
    case SHT_GNU_HASH:
    case SHT_GNU_verdef:
    case SHT_GNU_verneed:
    case SHT_GNU_versym:
    case SHT_RELA:
      return true;
    default:
      return (section.flags & SHF_ALLOC) == 0 || section.name == ".interp" || section.name == ".eh_frame_hdr";
  }
}

Result<void> add_sections(const ElfFile& elf, FieldHasher& hasher) {
  hasher.begin("sections");
  Sha256 content;
  for (const ElfSection& section : elf.sections()) {
    if (is_left_out(section)) continue;
    hasher.unsigned_integer(section.type).unsigned_integer(section.flags);
    hasher.unsigned_integer(section.address).unsigned_integer(section.size);
    if (section.type == SHT_NOBITS) {
      hasher.none();
      continue;
    }
    STEPCACHE_TRY(elf.each_block(section, [&](Bytes block) { content.update(block); }));
    hasher.digest(content.finish());
  }
  hasher.end();
  return {};
}

void add_definitions(const std::vector<ElfSymbol>& symbols, FieldHasher& hasher) {
  std::vector<const ElfSymbol*> defined;
  for (const ElfSymbol& symbol : symbols) {
    if (symbol.defined) defined.push_back(&symbol);
  }
  // The table's own order follows a hash of the names.
  std::sort(defined.begin(), defined.end(), [](const ElfSymbol* a, const ElfSymbol* b) {
    return std::tie(a->name, a->value, a->size, a->info, a->other) <
           std::tie(b->name, b->value, b->size, b->info, b->other);
  });
  hasher.begin("definitions");
  for (const ElfSymbol* symbol : defined) {
    hasher.text(symbol->name).unsigned_integer(symbol->value).unsigned_integer(symbol->size);
    hasher.unsigned_integer(symbol->info).unsigned_integer(symbol->other);
  }
  hasher.end();
}

void add_relocations(const std::vector<ElfRelocation>& relocations, const std::vector<ElfSymbol>& symbols,
                     FieldHasher& hasher) {
  hasher.begin("relocations");
  for (const ElfRelocation& relocation : relocations) {
    hasher.unsigned_integer(relocation.offset).unsigned_integer(relocation.type).integer(relocation.addend);
    if (relocation.symbol == 0) {
      hasher.none();
    } else {
      const ElfSymbol& symbol = symbols[relocation.symbol];
      hasher.text(symbol.name).unsigned_integer(symbol.value).unsigned_integer(symbol.info);
    }
  }
  hasher.end();
}

Result<Digest> digest_of_elf(const ElfFile& elf) {
  FieldHasher hasher;
  hasher.begin("elf").integer(k_rule);
  hasher.unsigned_integer(elf.machine()).unsigned_integer(elf.type()).unsigned_integer(elf.entry());
  STEPCACHE_TRY(add_sections(elf, hasher));
  STEPCACHE_TRY_ASSIGN(const auto symbols, dynamic_symbols(elf));
  add_definitions(symbols, hasher);
  STEPCACHE_TRY_ASSIGN(const auto relocations, dynamic_relocations(elf, symbols));
  add_relocations(relocations, symbols, hasher);
  STEPCACHE_TRY_ASSIGN(const ElfDynamic dynamic, dynamic_section(elf));
  hasher.begin("needed");
  for (const std::string& name : dynamic.needed) hasher.text(name);
  hasher.end().begin("dynamic");
  for (const auto& [tag, value] : dynamic.entries) hasher.integer(tag).unsigned_integer(value);
  return hasher.end().end().finish();
}

Part named(std::string kind, const std::filesystem::path& path) {
  Part part;
  part.kind = std::move(kind);
  part.name = path.filename().native();
  return part;
}

}  // namespace

bool is_below(const std::filesystem::path& file, const std::filesystem::path& folder) {
  if (folder.empty()) return false;
  const std::filesystem::path relative = file.lexically_normal().lexically_relative(folder.lexically_normal());
  return !relative.empty() && *relative.begin() != "..";
}

Result<Part> FileIdentities::own(std::string kind, const std::filesystem::path& path) {
  STEPCACHE_TRY_ASSIGN(const auto elf, ElfFile::open(files_, path));
  return own(std::move(kind), path, elf);
}

Result<Part> FileIdentities::library(const std::filesystem::path& path, const std::filesystem::path& project) {
  STEPCACHE_TRY_ASSIGN(const auto elf, ElfFile::open(files_, path));
  if (is_below(path, project) || (elf && has_link_relocations(*elf))) return own("library", path, elf);
  Part part = named("foreign library", path);
  std::string id;
  if (elf) {
    STEPCACHE_TRY_ASSIGN(id, build_id(*elf));
    part.size_bytes = elf->size_bytes();
  }
  // The shortest that a linker makes of a file's content; a shorter one was set by hand.
  constexpr std::size_t k_least_id_bytes = 8;
  if (id.size() >= k_least_id_bytes) {
    part.digest = FieldHasher().begin("build_id").bytes(as_bytes(id)).end().finish();
    return part;
  }
  STEPCACHE_TRY(take_whole(path, part));
  return part;
}

Result<Part> FileIdentities::own(std::string kind, const std::filesystem::path& path,
                                 const std::optional<ElfFile>& elf) {
  Part part = named(std::move(kind), path);
  if (elf) {
    part.size_bytes = elf->size_bytes();
    STEPCACHE_TRY_ASSIGN(part.digest, digest_of_elf(*elf));
    return part;
  }
  STEPCACHE_TRY(take_whole(path, part));
  taken_whole_.push_back(part.name);
  return part;
}

Result<void> FileIdentities::take_whole(const std::filesystem::path& path, Part& part) {
  STEPCACHE_TRY_ASSIGN(const platform::HashedFile hashed, platform::hash_file(files_, path));
  part.size_bytes = hashed.info.identity.size_bytes;
  part.digest = FieldHasher().begin("file").digest(hashed.digest).end().finish();
  return {};
}

}  // namespace stepcache::code_signature
