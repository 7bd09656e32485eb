#include "code_signature/elf_dynamic.h"

#include <elf.h>

#include <algorithm>
#include <utility>

namespace stepcache::code_signature {
namespace {

// The string table that goes with a section.
Result<std::string> strings_of(const ElfFile& elf, const ElfSection& section) {
  if (section.link == 0 || section.link >= elf.sections().size()) return elf.damaged("a string table is missing");
  const ElfSection& strings = elf.sections()[section.link];
  if (strings.type != SHT_STRTAB) return elf.damaged("a string table is missing");
  return elf.content(strings);
}

template <class Record>
Result<std::string> table_of(const ElfFile& elf, const ElfSection& section) {
  if (section.entry_size != sizeof(Record) || section.size % sizeof(Record) != 0) {
    return elf.damaged("a table's records have an unknown size");
  }
  return elf.content(section);
}

std::size_t padded(std::uint32_t size) { return (std::size_t{size} + 3) & ~std::size_t{3}; }

}  // namespace

Result<std::vector<ElfSymbol>> dynamic_symbols(const ElfFile& elf) {
  std::vector<ElfSymbol> symbols;
  const ElfSection* const section = elf.section_of_type(SHT_DYNSYM);
  if (section == nullptr) return symbols;
  STEPCACHE_TRY_ASSIGN(const std::string table, table_of<Elf64_Sym>(elf, *section));
  STEPCACHE_TRY_ASSIGN(const std::string strings, strings_of(elf, *section));
  symbols.reserve(table.size() / sizeof(Elf64_Sym));
  for (std::size_t at = 0; at < table.size(); at += sizeof(Elf64_Sym)) {
    const auto raw = elf_record<Elf64_Sym>(table, at);
    const auto name = elf_string(strings, raw.st_name);
    if (!name) return elf.damaged("a symbol's name is missing");
    symbols.push_back(
        {std::string(*name), raw.st_value, raw.st_size, raw.st_info, raw.st_other, raw.st_shndx != SHN_UNDEF});
  }
  return symbols;
}

Result<std::vector<ElfRelocation>> dynamic_relocations(const ElfFile& elf, const std::vector<ElfSymbol>& symbols) {
  std::vector<ElfRelocation> relocations;
  for (const ElfSection& section : elf.sections()) {
    if (section.type != SHT_RELA || (section.flags & SHF_ALLOC) == 0) continue;
    STEPCACHE_TRY_ASSIGN(const std::string table, table_of<Elf64_Rela>(elf, section));
    relocations.reserve(relocations.size() + table.size() / sizeof(Elf64_Rela));
    for (std::size_t at = 0; at < table.size(); at += sizeof(Elf64_Rela)) {
      const auto raw = elf_record<Elf64_Rela>(table, at);
      const auto symbol = static_cast<std::uint32_t>(ELF64_R_SYM(raw.r_info));
      if (symbol != 0 && symbol >= symbols.size()) return elf.damaged("a relocation's symbol is missing");
      relocations.push_back({raw.r_offset, static_cast<std::uint32_t>(ELF64_R_TYPE(raw.r_info)), symbol, raw.r_addend});
    }
  }
  return relocations;
}

Result<ElfDynamic> dynamic_section(const ElfFile& elf) {
  ElfDynamic dynamic;
  const ElfSection* const section = elf.section_of_type(SHT_DYNAMIC);
  if (section == nullptr) return dynamic;
  STEPCACHE_TRY_ASSIGN(const std::string table, table_of<Elf64_Dyn>(elf, *section));
  STEPCACHE_TRY_ASSIGN(const std::string strings, strings_of(elf, *section));
  for (std::size_t at = 0; at < table.size(); at += sizeof(Elf64_Dyn)) {
    const auto raw = elf_record<Elf64_Dyn>(table, at);
    if (raw.d_tag == DT_NULL) break;
    if (raw.d_tag == DT_NEEDED || raw.d_tag == DT_SONAME) {
      const auto name = elf_string(strings, raw.d_un.d_val);
      if (!name) return elf.damaged("a library's name is missing");
      if (raw.d_tag == DT_SONAME) {
        dynamic.soname = *name;
      } else {
        dynamic.needed.emplace_back(*name);
      }
    } else if (raw.d_tag == DT_INIT || raw.d_tag == DT_FINI || raw.d_tag == DT_SYMBOLIC || raw.d_tag == DT_FLAGS) {
      dynamic.entries.emplace_back(raw.d_tag, raw.d_un.d_val);
    }
  }
  return dynamic;
}

Result<std::string> build_id(const ElfFile& elf) {
  constexpr std::string_view k_owner("GNU\0", 4);
  for (const ElfSection& section : elf.sections()) {
    if (section.type != SHT_NOTE || (section.flags & SHF_ALLOC) == 0) continue;
    STEPCACHE_TRY_ASSIGN(const std::string notes, elf.content(section));
    std::size_t at = 0;
    while (notes.size() - at >= sizeof(Elf64_Nhdr)) {
      const auto note = elf_record<Elf64_Nhdr>(notes, at);
      const std::size_t name = at + sizeof(Elf64_Nhdr);
      const std::size_t left = notes.size() - name;
      const std::size_t name_size = padded(note.n_namesz);
      if (name_size > left || note.n_descsz > left - name_size) break;
      if (note.n_type == NT_GNU_BUILD_ID && notes.substr(name, note.n_namesz) == k_owner) {
        return notes.substr(name + name_size, note.n_descsz);
      }
      at = std::min(notes.size(), name + name_size + padded(note.n_descsz));
    }
  }
  return std::string();
}

bool has_link_relocations(const ElfFile& elf) {
  return std::any_of(elf.sections().begin(), elf.sections().end(), [&](const ElfSection& section) {
    // Of code and data: in a shared object, debugging information never has any.
    return section.type == SHT_RELA && (section.flags & SHF_ALLOC) == 0;
  });
}

}  // namespace stepcache::code_signature
