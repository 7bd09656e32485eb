#pragma once

#include <filesystem>
#include <optional>

#include "external_input/external_input.h"

namespace stepcache::external_input {

// What one regular file was seen to hold.
struct SeenFile {
  Digest digest;
  std::uint64_t size_bytes = 0;
  std::optional<metadata::FileObservation> to_remember;  // when it had to be read
};

// Observes a regular file of which `info` was just read. `path` is absolute. Errors: those of platform::hash_file.
Result<SeenFile> observe_file(const Context& context, const std::filesystem::path& path,
                              const platform::FileInfo& info);

}  // namespace stepcache::external_input
