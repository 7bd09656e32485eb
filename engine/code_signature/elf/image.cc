#include "code_signature/elf/image.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "code_signature/elf_dynamic.h"

namespace stepcache::code_signature {
namespace {

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> starts) {
  return std::any_of(starts.begin(), starts.end(), [&](std::string_view start) { return text.starts_with(start); });
}

// The number that ends a section's name, as in .rodata.cst8 and .rodata.name.str1.4 (width 1, alignment 4).
std::uint32_t width_in_name(std::string_view name) {
  for (const std::string_view mark : {".cst", ".str", ".cstW", ".strW"}) {
    const std::size_t at = name.rfind(mark);
    if (at == std::string_view::npos) continue;
    std::uint32_t width = 0;
    for (std::size_t i = at + mark.size(); i < name.size() && name[i] >= '0' && name[i] <= '9'; ++i)
      width = width * 10 + static_cast<std::uint32_t>(name[i] - '0');
    if (width > 0) return width;
  }
  return 0;
}

bool names_strings(std::string_view name) { return name.find(".str") != std::string_view::npos; }

SectionKind kind_of(const ElfSection& section) {
  const std::string_view name = section.name;
  if ((section.flags & SHF_ALLOC) == 0) return SectionKind::none;
  if (name.starts_with(".stepcache.engine")) return SectionKind::engine;
  if (starts_with_any(name, {".plt", ".iplt", ".got", ".igot"})) return SectionKind::linkage;
  if (starts_with_any(name, {".init_array", ".fini_array", ".preinit_array", ".ctors", ".dtors"})) {
    return SectionKind::start;
  }
  if (name == ".eh_frame" || name.starts_with(".gcc_except_table")) return SectionKind::exception;
  if (name == ".eh_frame_hdr" || name == ".interp" || name == ".tm_clone_table") return SectionKind::none;
  if (section.type != SHT_PROGBITS && section.type != SHT_NOBITS) return SectionKind::none;
  if ((section.flags & SHF_EXECINSTR) != 0) return SectionKind::code;
  if ((section.flags & SHF_TLS) != 0) return SectionKind::thread;
  if (name.starts_with(".data.rel.ro")) return SectionKind::constant;
  if ((section.flags & SHF_WRITE) != 0) return SectionKind::writable;
  // Linkers that keep no entry size say it in the name.
  if ((section.flags & SHF_MERGE) != 0 && (section.entry_size != 0 || width_in_name(name) != 0)) {
    return SectionKind::merged;
  }
  return SectionKind::constant;
}

}  // namespace

Error Image::unsupported(std::string_view what) const {
  return {ErrorCode::unsupported_format, std::string(what), path_.filename().native()};
}

Result<std::unique_ptr<Image>> Image::read(platform::FileSystem& files, const std::filesystem::path& path) {
  auto made = std::make_unique<Image>();
  Image& image = *made;
  image.path_ = path;
  STEPCACHE_TRY_ASSIGN(const auto elf, ElfFile::open(files, path));
  if (!elf) return fail(image.unsupported("it is no compiled program for x86-64 or AArch64 with section headers"));
  image.machine_ = elf->machine();
  if (elf->section_of_type(SHT_SYMTAB) == nullptr) {
    return fail(image.unsupported("its symbols were stripped: link without -s, and do not strip it"));
  }
  if (!has_link_relocations(*elf)) {
    return fail(image.unsupported(
        "the relocations of its link were not kept: link with -Wl,--emit-relocs, as stepcache_add_pipeline does"));
  }
  STEPCACHE_TRY(image.read_sections(*elf));
  STEPCACHE_TRY(image.read_symbols(*elf));
  STEPCACHE_TRY(image.read_relocations(*elf));
  STEPCACHE_TRY(image.read_loader_words(*elf));
  STEPCACHE_TRY_ASSIGN(ElfDynamic dynamic, dynamic_section(*elf));
  image.needed_ = std::move(dynamic.needed);
  return made;
}

Result<void> Image::read_sections(const ElfFile& elf) {
  program_ = elf.type() == ET_EXEC;
  sections_.resize(elf.sections().size());
  relocations_.resize(sections_.size());
  for (std::uint32_t number = 0; number < sections_.size(); ++number) {
    ImageSection& section = sections_[number];
    section.header = elf.sections()[number];
    if (section.header.name == ".interp") program_ = true;
    section.kind = kind_of(section.header);
    if (section.kind == SectionKind::none) continue;
    if (section.header.type != SHT_NOBITS) {
      STEPCACHE_TRY_ASSIGN(section.bytes, elf.content(section.header));
    }
    if (section.kind == SectionKind::merged) {
      section.strings = (section.header.flags & SHF_STRINGS) != 0 || names_strings(section.header.name);
      section.entry_width = static_cast<std::uint32_t>(section.header.entry_size);
      if (section.entry_width == 0) section.entry_width = width_in_name(section.header.name);
    }
    if (section.kind == SectionKind::thread) {
      // It lies over what comes behind it: found by its symbols alone.
      if (thread_block_ == 0) thread_block_ = section.header.address;
      thread_block_size_ = section.end() - thread_block_;
    } else if (section.header.size > 0) {
      by_address_.emplace_back(section.header.address, number);
    }
  }
  std::sort(by_address_.begin(), by_address_.end());
  return {};
}

Result<void> Image::read_symbols(const ElfFile& elf) {
  const ElfSection& table = *elf.section_of_type(SHT_SYMTAB);
  if (table.link >= sections_.size() || table.entry_size != sizeof(Elf64_Sym)) {
    return elf.damaged("its symbol table has an unknown form");
  }
  STEPCACHE_TRY_ASSIGN(const std::string records, elf.content(table));
  STEPCACHE_TRY_ASSIGN(names_, elf.content(elf.sections()[table.link]));
  std::string extended;  // section numbers that do not fit into 16 bits
  if (const ElfSection* section = elf.section_of_type(SHT_SYMTAB_SHNDX)) {
    STEPCACHE_TRY_ASSIGN(extended, elf.content(*section));
  }
  const std::size_t count = records.size() / sizeof(Elf64_Sym);
  symbols_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto raw = elf_record<Elf64_Sym>(records, i * sizeof(Elf64_Sym));
    const auto name = elf_string(names_, raw.st_name);
    if (!name) return elf.damaged("a symbol's name is missing");
    ImageSymbol symbol;
    symbol.name = *name;
    symbol.value = raw.st_value;
    symbol.size = raw.st_size;
    symbol.type = ELF64_ST_TYPE(raw.st_info);
    symbol.binding = ELF64_ST_BIND(raw.st_info);
    symbol.visibility = ELF64_ST_VISIBILITY(raw.st_other);
    symbol.absolute = raw.st_shndx == SHN_ABS;
    if (raw.st_shndx == SHN_XINDEX) {
      if ((i + 1) * sizeof(std::uint32_t) > extended.size()) return elf.damaged("a symbol's section is missing");
      symbol.section = elf_record<std::uint32_t>(extended, i * sizeof(std::uint32_t));
    } else if (raw.st_shndx < SHN_LORESERVE) {
      symbol.section = raw.st_shndx;
    }
    if (symbol.section >= sections_.size()) return elf.damaged("a symbol's section is missing");
    if (symbol.type == STT_TLS) symbol.value += thread_block_;
    symbols_.push_back(symbol);
  }
  for (std::uint32_t i = 0; i < symbols_.size(); ++i) {
    const ImageSymbol& symbol = symbols_[i];
    if (symbol.section != 0 && symbol.binding != STB_LOCAL) by_name_.emplace(symbol.name, i);
  }
  return {};
}

Result<void> Image::read_relocations(const ElfFile& elf) {
  for (const ElfSection& table : elf.sections()) {
    if (table.type != SHT_RELA || (table.flags & SHF_ALLOC) != 0) continue;
    if (table.info >= sections_.size() || table.entry_size != sizeof(Elf64_Rela)) {
      return elf.damaged("its relocations have an unknown form");
    }
    // Those of debugging information are the greater part, and mean nothing here.
    if (sections_[table.info].kind == SectionKind::none) continue;
    STEPCACHE_TRY_ASSIGN(const std::string records, elf.content(table));
    std::vector<ImageRelocation>& into = relocations_[table.info];
    into.reserve(into.size() + records.size() / sizeof(Elf64_Rela));
    for (std::size_t at = 0; at + sizeof(Elf64_Rela) <= records.size(); at += sizeof(Elf64_Rela)) {
      const auto raw = elf_record<Elf64_Rela>(records, at);
      const auto symbol = static_cast<std::uint32_t>(ELF64_R_SYM(raw.r_info));
      if (symbol >= symbols_.size()) return elf.damaged("a relocation's symbol is missing");
      into.push_back({raw.r_offset, raw.r_addend, static_cast<std::uint32_t>(ELF64_R_TYPE(raw.r_info)), symbol});
    }
    const auto by_address = [](const ImageRelocation& a, const ImageRelocation& b) { return a.address < b.address; };
    if (!std::is_sorted(into.begin(), into.end(), by_address)) std::stable_sort(into.begin(), into.end(), by_address);
  }
  return {};
}

Result<void> Image::read_loader_words(const ElfFile& elf) {
  STEPCACHE_TRY_ASSIGN(const auto symbols, dynamic_symbols(elf));
  STEPCACHE_TRY_ASSIGN(const auto relocations, dynamic_relocations(elf, symbols));
  const bool arm = machine_ == EM_AARCH64;
  const std::uint32_t relative = arm ? R_AARCH64_RELATIVE : R_X86_64_RELATIVE;
  const std::uint32_t indirect = arm ? R_AARCH64_IRELATIVE : R_X86_64_IRELATIVE;
  const std::uint32_t copy = arm ? R_AARCH64_COPY : R_X86_64_COPY;
  import_names_.reserve(symbols.size() * 2);
  for (const ElfSymbol& symbol : symbols) import_names_.push_back(symbol.name);
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    const ElfSymbol& symbol = symbols[i];
    if (!symbol.defined || symbol.name.empty()) continue;
    ImageSymbol made;
    made.name = import_names_[i];
    made.value = symbol.value;
    made.size = symbol.size;
    made.type = ELF64_ST_TYPE(symbol.info);
    made.binding = ELF64_ST_BIND(symbol.info);
    made.section = section_at(symbol.value);
    exported_by_name_.emplace(made.name, static_cast<std::uint32_t>(exports_.size()));
    exports_.push_back(made);
  }
  loader_words_.reserve(relocations.size());
  for (const ElfRelocation& relocation : relocations) {
    if (relocation.type == copy) {
      copied_.emplace(relocation.offset, import_names_[relocation.symbol]);
    } else if (relocation.type == relative || relocation.type == indirect) {
      loader_words_.emplace(relocation.offset, LoaderWord{static_cast<std::uint64_t>(relocation.addend), {}});
    } else if (relocation.symbol != 0) {
      loader_words_.emplace(relocation.offset, LoaderWord{static_cast<std::uint64_t>(relocation.addend),
                                                          import_names_[relocation.symbol]});
    }
  }
  return {};
}

const LoaderWord* Image::loader_word(std::uint64_t address) const {
  const auto found = loader_words_.find(address);
  return found == loader_words_.end() ? nullptr : &found->second;
}

std::string_view Image::copied_import(std::uint64_t address) const {
  const auto found = copied_.find(address);
  return found == copied_.end() ? std::string_view() : found->second;
}

std::uint32_t Image::section_at(std::uint64_t address) const {
  auto after = std::upper_bound(by_address_.begin(), by_address_.end(), std::pair(address, UINT32_MAX));
  if (after == by_address_.begin()) return 0;
  const std::uint32_t number = std::prev(after)->second;
  return address < sections_[number].end() ? number : 0;
}

const ImageSymbol* Image::symbol_named(std::string_view name) const {
  const auto found = by_name_.find(name);
  if (found != by_name_.end()) return &symbols_[found->second];
  // mold makes local what a program does not export, main too. A name that several have tells none of them.
  const ImageSymbol* local = nullptr;
  for (const ImageSymbol& symbol : symbols_) {
    if (symbol.section == 0 || symbol.binding != STB_LOCAL || symbol.type != STT_FUNC || symbol.name != name) continue;
    if (local != nullptr) return nullptr;
    local = &symbol;
  }
  return local;
}

const ImageSymbol* Image::exported(std::string_view name) const {
  const auto found = exported_by_name_.find(name);
  return found == exported_by_name_.end() ? nullptr : &exports_[found->second];
}

std::optional<std::uint64_t> Image::word(std::uint64_t address, std::size_t size) const {
  const std::uint32_t number = section_at(address);
  if (number == 0 || size > sizeof(std::uint64_t)) return std::nullopt;
  const ImageSection& section = sections_[number];
  const std::uint64_t at = address - section.header.address;
  if (section.header.size - at < size) return std::nullopt;
  std::uint64_t value = 0;
  if (!section.bytes.empty()) std::memcpy(&value, section.bytes.data() + at, size);
  return value;
}

}  // namespace stepcache::code_signature
