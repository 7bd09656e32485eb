#pragma once

#include <cstdint>
#include <filesystem>

#include "digest/digest.h"
#include "platform/file_system.h"
#include "result/result.h"

namespace stepcache::program {

// A file as it was when something was made of it.
struct TrackedFile {
  std::filesystem::path path;
  platform::FileIdentity identity;
  Digest digest;
  // The identity vouches for the content: the file had not changed for two seconds when it was read. Before that, a
  // later change could leave the same times (the clock of a file system is coarse).
  bool settled = false;
};

// Reads and hashes a file. `now_ns` is the wall clock. Errors: not_found, io, busy (it keeps changing).
Result<TrackedFile> track_file(platform::FileSystem& files, const std::filesystem::path& path, std::int64_t now_ns);

enum class FileChange : std::uint8_t {
  none = 1,
  renewed = 2,  // the same content under another identity, or settled by now: `file` was brought up to date
  changed = 3,  // other content, or gone, or unreadable
};
// Compares with the file system: by identity when that suffices, else by content.
FileChange check_file(platform::FileSystem& files, TrackedFile& file, std::int64_t now_ns);

}  // namespace stepcache::program
