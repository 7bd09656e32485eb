#pragma once

#include <filesystem>

#include "external_input/external_input.h"

// One function for each kind of external input. Paths are absolute and normal. Errors: those of observe().
namespace stepcache::external_input {

Result<Observation> observe_file(const Context& context, const std::filesystem::path& path);
Result<Observation> observe_folder(const Context& context, const std::filesystem::path& path);
Result<Observation> observe_variable(const Context& context, const std::string& name);

// A regular file's content, remembered or read; what is to be remembered is appended. `info` is what stat just said.
struct Content {
  Digest digest;
  std::uint64_t size_bytes = 0;
};
Result<Content> content_of(const Context& context, const std::filesystem::path& path, const platform::FileInfo& info,
                           std::vector<metadata::FileObservation>& to_remember);

}  // namespace stepcache::external_input
