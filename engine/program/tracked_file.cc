#include "program/tracked_file.h"

namespace stepcache::program {
namespace {

constexpr std::int64_t k_settled_after_ns = 2'000'000'000;

}  // namespace

Result<TrackedFile> track_file(platform::FileSystem& files, const std::filesystem::path& path, std::int64_t now_ns) {
  STEPCACHE_TRY_ASSIGN(const platform::HashedFile hashed, platform::hash_file(files, path));
  const platform::FileIdentity& identity = hashed.info.identity;
  return TrackedFile{path, identity, hashed.digest, now_ns - identity.ctime_ns >= k_settled_after_ns};
}

FileChange check_file(platform::FileSystem& files, TrackedFile& file, std::int64_t now_ns) {
  const auto info = files.stat(file.path);
  if (!info || info->type != platform::FileType::regular) return FileChange::changed;
  if (file.settled && info->identity == file.identity) return FileChange::none;
  if (info->identity.size_bytes != file.identity.size_bytes) return FileChange::changed;
  auto now = track_file(files, file.path, now_ns);
  if (!now || now->digest != file.digest) return FileChange::changed;
  const bool same = now->identity == file.identity && now->settled == file.settled;
  file = *std::move(now);
  return same ? FileChange::none : FileChange::renewed;
}

}  // namespace stepcache::program
