#include "code_signature/elf/source_files.h"

#include <system_error>
#include <utility>
#include <vector>

namespace stepcache::code_signature {
namespace {

using std::filesystem::path;

constexpr std::uint64_t k_most_bytes = std::uint64_t{16} << 20U;  // generated tables are larger, and nobody reads them

bool is_below(const path& file, const path& folder) {
  if (folder.empty()) return false;
  auto name = file.begin();
  for (const path& part : folder) {
    if (part.empty()) continue;  // after a last slash
    if (name == file.end() || *name != part) return false;
    ++name;
  }
  return name != file.end();
}

bool is_of_the_system(const path& file) {
  if (!file.is_absolute()) return false;
  const std::string& text = file.native();
  return text.starts_with("/usr/") || text.find("/lib/gcc/") != std::string::npos ||
         text.find("/lib/clang/") != std::string::npos || text.find("/include/c++/") != std::string::npos;
}

}  // namespace

SourceFiles::SourceFiles(platform::FileSystem& files, path program, path project)
    : files_(files), program_(std::move(program)), project_(project.lexically_normal()) {
  std::error_code ignored;
  canonical_project_ = std::filesystem::weakly_canonical(project_, ignored);
  if (const auto info = files_.stat(program_)) built_ns_ = info->identity.mtime_ns;
}

const SourceFile& SourceFiles::find(const std::string& name, const std::string& folder) {
  const std::string key = folder + '\0' + name;
  const auto found = found_.find(key);
  if (found != found_.end()) return found->second;
  return found_.emplace(key, read(path(name).lexically_normal(), path(folder).lexically_normal())).first->second;
}

path SourceFiles::relative(const path& file) const {
  if (is_below(file, project_)) return file.lexically_relative(project_);
  std::error_code error;
  const path canonical = std::filesystem::weakly_canonical(file, error);
  if (!error && is_below(canonical, canonical_project_)) return canonical.lexically_relative(canonical_project_);
  return file;
}

SourceFile SourceFiles::read(const path& name, const path& folder) {
  std::vector<path> places;
  const path plain = is_below(name, folder) ? name.lexically_relative(folder) : name;
  if (name.is_absolute()) places.push_back(name);
  if (!project_.empty()) {
    if (!name.is_absolute()) places.push_back((project_ / name).lexically_normal());
    if (!plain.is_absolute()) places.push_back((project_ / plain).lexically_normal());
  }
  if (!name.is_absolute()) places.push_back(name);

  SourceFile file;
  for (const path& place : places) {
    const auto info = files_.stat(place);
    if (!info || info->type != platform::FileType::regular) continue;
    const path shown = relative(place);
    file.name = shown.native();
    file.is_system = is_of_the_system(shown);
    // A system header's lines change with the system's packages only, and there are many.
    if (file.is_system || !built_ns_ || info->identity.mtime_ns > *built_ns_) return file;
    if (auto text = platform::read_whole(files_, place, k_most_bytes)) {
      file.text = std::make_shared<const SourceText>(std::move(*text));
    }
    return file;
  }
  const path shown = relative(places.front());
  file.name = name.is_absolute() ? shown.native() : name.native();
  file.is_system = is_of_the_system(shown);
  return file;
}

}  // namespace stepcache::code_signature
