#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "code_signature/elf_file.h"

// What the dynamic linker reads of an ELF file. Every index and offset is checked: `damaged` for one that leads
// outside.
namespace stepcache::code_signature {

struct ElfSymbol {
  std::string name;
  std::uint64_t value = 0;
  std::uint64_t size = 0;
  std::uint8_t info = 0;   // type and binding
  std::uint8_t other = 0;  // visibility
  bool defined = false;
};
// The dynamic symbol table, by symbol number; empty when there is none.
Result<std::vector<ElfSymbol>> dynamic_symbols(const ElfFile& elf);

struct ElfRelocation {
  std::uint64_t offset = 0;
  std::uint32_t type = 0;
  std::uint32_t symbol = 0;  // number; 0: none. Below the number of `symbols`, or 0
  std::int64_t addend = 0;
};
// The relocations that the dynamic linker applies, in the file's order (SHT_RELA sections that are loaded).
Result<std::vector<ElfRelocation>> dynamic_relocations(const ElfFile& elf, const std::vector<ElfSymbol>& symbols);

struct ElfDynamic {
  std::vector<std::string> needed;  // names of libraries, in order
  std::string soname;               // the name under which others need this one; empty: none
  // Tag and value of what decides which code runs when it is loaded: DT_INIT, DT_FINI, DT_SYMBOLIC, DT_FLAGS.
  std::vector<std::pair<std::int64_t, std::uint64_t>> entries;
};
Result<ElfDynamic> dynamic_section(const ElfFile& elf);

// The GNU build id, as bytes; empty when there is none.
Result<std::string> build_id(const ElfFile& elf);

// Whether the linker kept the relocations of code and data (--emit-relocs).
bool has_link_relocations(const ElfFile& elf);

}  // namespace stepcache::code_signature
