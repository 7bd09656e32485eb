#include "external_input/file_observation.h"

#include <chrono>
#include <utility>

namespace stepcache::external_input {
namespace {

// File times move in steps (a tick of the kernel; 2 s on some file systems). A file that changed just before it was
// read may change again within the step, and its identity would not tell.
constexpr std::int64_t k_settled_ns = std::chrono::nanoseconds(std::chrono::seconds(2)).count();

bool still_holds(const metadata::FileObservation& remembered, const platform::FileIdentity& now) {
  const platform::FileIdentity then = {remembered.device, remembered.inode, remembered.size_bytes, remembered.mtime_ns,
                                       remembered.ctime_ns};
  return then == now && remembered.observed_ns - k_settled_ns >= remembered.ctime_ns;
}

}  // namespace

Result<SeenFile> observe_file(const Context& context, const std::filesystem::path& path,
                              const platform::FileInfo& info) {
  if (context.recall) {
    const auto remembered = context.recall(path.native());
    if (remembered && still_holds(*remembered, info.identity)) {
      return SeenFile{remembered->digest, info.identity.size_bytes, std::nullopt};
    }
  }
  // Taken before the first byte is read: what is written from here on has a later ctime than a settled one.
  const std::int64_t observed_ns = context.clock.wall_ns();
  STEPCACHE_TRY_ASSIGN(const platform::HashedFile hashed, platform::hash_file(context.files, path));
  const platform::FileIdentity& identity = hashed.info.identity;
  metadata::FileObservation seen;
  seen.path = path.native();
  seen.device = identity.device;
  seen.inode = identity.inode;
  seen.size_bytes = identity.size_bytes;
  seen.mtime_ns = identity.mtime_ns;
  seen.ctime_ns = identity.ctime_ns;
  seen.observed_ns = observed_ns;
  seen.digest = hashed.digest;
  return SeenFile{hashed.digest, identity.size_bytes, std::move(seen)};
}

}  // namespace stepcache::external_input
