#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/file_system.h"
#include "result/result.h"

namespace stepcache::code_signature {

// One section of an ELF file, as its header has it.
struct ElfSection {
  std::string name;
  std::uint32_t type = 0;
  std::uint64_t flags = 0;
  std::uint64_t address = 0;
  std::uint64_t offset = 0;
  std::uint64_t size_bytes = 0;  // 0 in the file for SHT_NOBITS
  std::uint32_t link = 0;
  std::uint64_t entry_size_bytes = 0;
};

// A 64-bit little-endian ELF file (x86-64 or AArch64), opened. Every offset and size that it names is checked against the
// file's size before it is used. Not thread-safe.
class ElfFile {
 public:
  // Nothing when the file is not such an ELF file. Errors: not_found, io; damaged when it begins like one and is cut.
  static Result<std::optional<ElfFile>> open(platform::FileSystem& files, const std::filesystem::path& path);

  const std::vector<ElfSection>& sections() const { return sections_; }
  const ElfSection* section_named(std::string_view name) const;
  // A section's bytes in the file; empty for SHT_NOBITS. Errors: damaged, io.
  Result<std::string> content(const ElfSection& section);
  // The GNU build id as hexadecimal digits; empty when there is none.
  Result<std::string> build_id();

 private:
  ElfFile() = default;
  Result<void> read_sections();
  Result<std::string> read(std::uint64_t offset, std::uint64_t size_bytes);

  std::unique_ptr<platform::ReadableFile> file_;
  std::filesystem::path path_;
  std::uint64_t size_bytes_ = 0;
  std::vector<ElfSection> sections_;
};

}  // namespace stepcache::code_signature
