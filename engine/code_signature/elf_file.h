#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "digest/digest.h"
#include "platform/file_system.h"
#include "result/result.h"

namespace stepcache::code_signature {

// A section's header, from the ELF specification (gABI, "Sections").
struct ElfSection {
  std::string name;
  std::uint32_t type = 0;
  std::uint64_t flags = 0;
  std::uint64_t address = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint32_t link = 0;
  std::uint32_t info = 0;
  std::uint64_t entry_size = 0;
};

// A compiled program or shared object: 64-bit little-endian ELF for x86-64 or AArch64, read through a FileSystem and
// never mapped, so that a file that shrinks meanwhile is an error and no crash. Every offset is checked against the
// file's size. Not thread-safe.
class ElfFile {
 public:
  // Nothing when it is another kind of file, or an ELF file for another machine or without sections. Errors: damaged
  // for an ELF file that is cut or whose tables lie outside of it; not_found, io.
  static Result<std::optional<ElfFile>> open(platform::FileSystem& files, const std::filesystem::path& path);

  std::uint16_t machine() const { return machine_; }
  std::uint16_t type() const { return type_; }  // ET_EXEC, ET_DYN, ...
  std::uint64_t entry() const { return entry_; }
  std::uint64_t size_bytes() const { return size_bytes_; }
  // By section number; the first one is the empty one.
  const std::vector<ElfSection>& sections() const { return sections_; }
  // The first one of that type, or null.
  const ElfSection* section_of_type(std::uint32_t type) const;

  // All bytes of a section that has some in the file (not NOBITS). At most the file's size.
  Result<std::string> content(const ElfSection& section) const;
  // The same bytes in pieces, for sections that are only looked through.
  Result<void> each_block(const ElfSection& section, const std::function<void(Bytes)>& visit) const;

  // An error about this file.
  tl::unexpected<Error> damaged(std::string_view what) const;

 private:
  ElfFile() = default;
  Result<void> read(std::span<std::byte> buffer, std::uint64_t offset) const;
  Result<std::string> read_text(std::uint64_t offset, std::uint64_t size) const;
  Result<bool> read_sections(std::uint64_t table_offset, std::uint64_t count, std::uint64_t names_section);
  bool inside(std::uint64_t offset, std::uint64_t size) const;

  std::filesystem::path path_;
  std::shared_ptr<platform::ReadableFile> file_;
  std::uint64_t size_bytes_ = 0;
  std::uint16_t machine_ = 0;
  std::uint16_t type_ = 0;
  std::uint64_t entry_ = 0;
  std::vector<ElfSection> sections_;
};

// The text at `offset` of a string table, up to its NUL; nothing when it does not end within the table.
std::optional<std::string_view> elf_string(std::string_view table, std::uint64_t offset);

// One record of a table as the ELF headers declare it; `at` + sizeof(Record) lies inside the table.
template <class Record>
Record elf_record(std::string_view table, std::size_t at) {
  Record record;
  std::memcpy(&record, table.data() + at, sizeof record);
  return record;
}

}  // namespace stepcache::code_signature
