#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "code_signature/elf/source_text.h"
#include "platform/file_system.h"

namespace stepcache::code_signature {

struct SourceFile {
  std::string name;        // relative to the project when below it
  bool is_system = false;  // a header of the system or of a compiler
  // Null when the file cannot be read, or was written after the program was: its lines are not those of the program.
  std::shared_ptr<const SourceText> text;
};

// The source files that one program's DWARF names, each looked for and read once. Not thread-safe.
class SourceFiles {
 public:
  SourceFiles(platform::FileSystem& files, std::filesystem::path program, std::filesystem::path project);

  // `name` as DWARF has it, compiled in `folder`. Under -ffile-prefix-map and its like both may be relative: then the
  // file is looked for below the project, with the folder and without it, and at last as it is named.
  const SourceFile& find(const std::string& name, const std::string& folder);

 private:
  SourceFile read(const std::filesystem::path& name, const std::filesystem::path& folder);
  std::filesystem::path relative(const std::filesystem::path& file) const;

  platform::FileSystem& files_;
  std::filesystem::path program_;
  std::filesystem::path project_;
  std::filesystem::path canonical_project_;
  std::optional<std::int64_t> built_ns_;
  std::unordered_map<std::string, SourceFile> found_;
};

}  // namespace stepcache::code_signature
