#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "code_signature/elf_file.h"
#include "platform/file_system.h"
#include "result/result.h"

namespace stepcache::code_signature {

// What a section holds, for those who follow code and data.
enum class SectionKind : std::uint8_t {
  none,       // not loaded, or nothing that code can mean: headers, symbol tables, notes
  code,       // machine code
  constant,   // read-only, also after the loader relocated it (.data.rel.ro)
  merged,     // equal constants once: compared by value
  writable,   // .data, .bss and their like
  thread,     // each thread's own: .tdata, .tbss
  linkage,    // .plt, .got: how imported names are reached
  start,      // .init_array and its like
  exception,  // .eh_frame, .gcc_except_table
  engine,     // the engine's own code: named, never walked
};

struct ImageSection {
  ElfSection header;
  SectionKind kind = SectionKind::none;
  std::string bytes;              // the file's; empty for NOBITS and for what is not loaded
  std::uint32_t entry_width = 0;  // of merged constants; of strings: the width of a character
  bool strings = false;
  std::uint64_t end() const { return header.address + header.size; }
};

// An entry of .symtab. Names live as long as the image.
struct ImageSymbol {
  std::string_view name;
  std::uint64_t value = 0;  // an address, also of a thread's variable: where its initial value lies
  std::uint64_t size = 0;
  std::uint32_t section = 0;  // number; 0: undefined, or not in a section
  std::uint8_t type = 0;      // STT_*
  std::uint8_t binding = 0;   // STB_*
  std::uint8_t visibility = 0;
  bool absolute = false;
};

// A relocation of the link, as --emit-relocs keeps it, or of the loader.
struct ImageRelocation {
  std::uint64_t address = 0;
  std::int64_t addend = 0;
  std::uint32_t type = 0;
  std::uint32_t symbol = 0;
};

// What the loader does to a word: adds the load address to a value, or looks a name up.
struct LoaderWord {
  std::uint64_t value = 0;
  std::string_view import;  // empty: the value counts
};

// One ELF file with all that the walk over its code and data reads. Immutable once read; stays where it is.
class Image {
 public:
  // Errors: unsupported_format, saying why and which option helps (not ELF, stripped, without the relocations of its
  // link); damaged, not_found, io.
  static Result<std::unique_ptr<Image>> read(platform::FileSystem& files, const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  std::uint16_t machine() const { return machine_; }
  bool is_program() const { return program_; }  // not a shared object
  const std::vector<ImageSection>& sections() const { return sections_; }
  const std::vector<ImageSymbol>& symbols() const { return symbols_; }
  // Of a section, by address.
  const std::vector<ImageRelocation>& relocations(std::uint32_t section) const { return relocations_[section]; }
  // What the loader writes at an address; nothing when the file's bytes stand.
  const LoaderWord* loader_word(std::uint64_t address) const;
  // The name of a variable that was copied here from a library (R_*_COPY); empty for any other address.
  std::string_view copied_import(std::uint64_t address) const;
  // The loaded section that holds an address, or 0. The end of a section is not in it.
  std::uint32_t section_at(std::uint64_t address) const;
  // A symbol of that name that is defined here, or null. A local function only when no other symbol is called so.
  const ImageSymbol* symbol_named(std::string_view name) const;
  // Whether others may bind to a name of this file, and where it lies.
  const ImageSymbol* exported(std::string_view name) const;
  // Where the initial values of a thread's variables start, and how many bytes each thread has of them.
  std::uint64_t thread_block() const { return thread_block_; }
  std::uint64_t thread_block_size() const { return thread_block_size_; }
  const std::vector<std::string>& needed() const { return needed_; }

  // `size` (at most 8) bytes at an address as an unsigned number, little-endian; zero in NOBITS. Nothing outside.
  std::optional<std::uint64_t> word(std::uint64_t address, std::size_t size) const;

  Error unsupported(std::string_view what) const;

 private:
  Result<void> read_sections(const ElfFile& elf);
  Result<void> read_symbols(const ElfFile& elf);
  Result<void> read_relocations(const ElfFile& elf);
  Result<void> read_loader_words(const ElfFile& elf);

  std::filesystem::path path_;
  std::uint16_t machine_ = 0;
  bool program_ = false;
  std::uint64_t thread_block_ = 0;
  std::uint64_t thread_block_size_ = 0;
  std::vector<ImageSection> sections_;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> by_address_;  // loaded sections with bytes or memory
  std::string names_;
  std::vector<ImageSymbol> symbols_;
  std::vector<ImageSymbol> exports_;
  std::unordered_map<std::string_view, std::uint32_t> by_name_;
  std::unordered_map<std::string_view, std::uint32_t> exported_by_name_;
  std::vector<std::vector<ImageRelocation>> relocations_;
  std::vector<std::string> import_names_;
  std::unordered_map<std::uint64_t, LoaderWord> loader_words_;
  std::unordered_map<std::uint64_t, std::string_view> copied_;
  std::vector<std::string> needed_;
};

}  // namespace stepcache::code_signature
