#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "code_signature/file_identity.h"
#include "platform/file_system.h"
#include "result/result.h"

namespace stepcache::code_signature {

// The libraries that are not followed: which of them gives a name, what each one is, and what it needs in turn.
// Read when first asked.
class LibraryScope {
 public:
  static constexpr std::uint32_t k_none = UINT32_MAX;

  // `by_name`: a library counts by its name alone, whatever its build.
  LibraryScope(platform::FileSystem& files, std::vector<std::filesystem::path> libraries, std::filesystem::path project,
               bool by_name);

  const std::vector<std::filesystem::path>& libraries() const { return libraries_; }
  // The first one, in load order, that defines the name; k_none when none does.
  Result<std::uint32_t> giver_of(std::string_view name);
  // By its position. Edges are positions in libraries(). Errors: as FileIdentities.
  Result<const Part*> part(std::uint32_t library);

 private:
  Result<void> read_names();

  platform::FileSystem& files_;
  std::vector<std::filesystem::path> libraries_;
  std::filesystem::path project_;
  bool by_name_;
  bool names_read_ = false;
  std::unordered_map<std::string, std::uint32_t> givers_;
  std::unordered_map<std::string, std::uint32_t> by_soname_;  // and by file name, under which others may be needed
  std::vector<std::string> names_;                            // soname, or file name where there is none
  std::vector<std::vector<std::string>> needed_;
  std::unordered_map<std::uint32_t, Part> parts_;
};

}  // namespace stepcache::code_signature
