#include "code_signature/elf/symbol_names.h"

#include <elf.h>

#include <algorithm>
#include <array>
#include <utility>

#include "code_signature/elf_file.h"

namespace stepcache::code_signature {

SymbolNames::SymbolNames(platform::FileSystem& files, const std::filesystem::path& file) {
  const auto opened = ElfFile::open(files, file);
  if (!opened || !*opened) return;
  const ElfFile& elf = **opened;
  const ElfSection* section = elf.section_of_type(SHT_SYMTAB);
  if (section == nullptr) section = elf.section_of_type(SHT_DYNSYM);
  if (section == nullptr || section->link >= elf.sections().size()) return;
  const ElfSection& strings = elf.sections()[section->link];
  if (strings.type != SHT_STRTAB) return;
  const auto table = elf.content(*section);
  auto names = elf.content(strings);
  if (!table || !names) return;
  strings_ = std::move(*names);
  for (std::size_t at = 0; at + sizeof(Elf64_Sym) <= table->size(); at += sizeof(Elf64_Sym)) {
    const auto raw = elf_record<Elf64_Sym>(*table, at);
    const auto type = ELF64_ST_TYPE(raw.st_info);
    const bool is_function = type == STT_FUNC || type == STT_GNU_IFUNC;
    if (raw.st_shndx == SHN_UNDEF || raw.st_name == 0 || (!is_function && type != STT_OBJECT)) continue;
    symbols_.push_back({raw.st_value, raw.st_size, raw.st_name, is_function, ELF64_ST_BIND(raw.st_info) == STB_LOCAL});
  }
  std::stable_sort(symbols_.begin(), symbols_.end(),
                   [](const Symbol& a, const Symbol& b) { return a.address < b.address; });
}

std::string SymbolNames::name_at(std::uint64_t address, std::uint64_t size_bytes, bool is_function) const {
  const Symbol* best = nullptr;
  const auto rank = [&](const Symbol& symbol) { return std::pair(symbol.size != size_bytes, symbol.is_local); };
  auto symbol = std::lower_bound(symbols_.begin(), symbols_.end(), address,
                                 [](const Symbol& s, std::uint64_t a) { return s.address < a; });
  for (; symbol != symbols_.end() && symbol->address == address; ++symbol) {
    if (symbol->is_function != is_function) continue;
    if (best == nullptr || rank(*symbol) < rank(*best)) best = &*symbol;
  }
  if (best == nullptr) return "";
  return std::string(elf_string(strings_, best->name).value_or(""));
}

std::string SymbolNames::function(std::uint64_t address, std::uint64_t size_bytes) const {
  return name_at(address, size_bytes, true);
}

std::string SymbolNames::variable(std::uint64_t address) const { return name_at(address, 0, false); }

std::string without_clone_suffix(std::string_view symbol) {
  static constexpr std::array<std::string_view, 8> k_suffixes = {".part.",     ".cold",  ".constprop.", ".isra.",
                                                                 ".lto_priv.", ".llvm.", ".localalias", ".__uniq."};
  std::size_t end = symbol.size();
  for (const std::string_view suffix : k_suffixes) end = std::min(end, symbol.find(suffix));
  return std::string(symbol.substr(0, end == 0 ? symbol.size() : end));
}

}  // namespace stepcache::code_signature
