#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "code_signature/elf_file.h"
#include "code_signature/parts.h"
#include "platform/file_system.h"
#include "result/result.h"

namespace stepcache::code_signature {

// Whether a path lies in a folder or below it, as it is written; nothing lies in an empty one.
bool is_below(const std::filesystem::path& file, const std::filesystem::path& folder);

// Files that count as a whole: a program or project library by its code and data, any other library by its build.
// Errors: not_found, io; damaged for a cut ELF file.
class FileIdentities {
 public:
  explicit FileIdentities(platform::FileSystem& files) : files_(files) {}

  // A file whose code counts itself.
  Result<Part> own(std::string kind, const std::filesystem::path& path);
  // A shared object: that of the project, or one with its link relocations, by its code; else by its build id, or its
  // bytes where it has none.
  Result<Part> library(const std::filesystem::path& path, const std::filesystem::path& project);

  // Names of files whose code could not be told from the rest.
  const std::vector<std::string>& taken_whole() const { return taken_whole_; }

 private:
  Result<Part> own(std::string kind, const std::filesystem::path& path, const std::optional<ElfFile>& elf);
  Result<void> take_whole(const std::filesystem::path& path, Part& part);

  platform::FileSystem& files_;
  std::vector<std::string> taken_whole_;
};

}  // namespace stepcache::code_signature
