#include <utility>

#include "external_input/kinds.h"

namespace stepcache::external_input {
namespace {

// File systems with coarse times give two writes this close together one ctime.
constexpr std::int64_t k_settled_ns = 2'000'000'000;

bool holds(const metadata::FileObservation& remembered, const platform::FileIdentity& identity) {
  const platform::FileIdentity then{remembered.device, remembered.inode, remembered.size_bytes, remembered.mtime_ns,
                                    remembered.ctime_ns};
  return then == identity && remembered.ctime_ns <= remembered.observed_ns - k_settled_ns;
}

}  // namespace

Result<Content> content_of(const Context& context, const std::filesystem::path& path, const platform::FileInfo& info,
                           std::vector<metadata::FileObservation>& to_remember) {
  if (context.recall) {
    const auto remembered = context.recall(path.native());
    if (remembered && holds(*remembered, info.identity)) return Content{remembered->digest, info.identity.size_bytes};
  }
  // Before reading: what is written later must not look older than what was read.
  const std::int64_t observed_ns = context.clock.wall_ns();
  STEPCACHE_TRY_ASSIGN(const platform::HashedFile hashed, platform::hash_file(context.files, path));
  const platform::FileIdentity& identity = hashed.info.identity;
  to_remember.push_back({path.native(), identity.device, identity.inode, identity.size_bytes, identity.mtime_ns,
                         identity.ctime_ns, observed_ns, hashed.digest});
  return Content{hashed.digest, identity.size_bytes};
}

Result<Observation> observe_file(const Context& context, const std::filesystem::path& path) {
  const auto missing = [&] {
    return fail(ErrorCode::not_found,
                "the input file is not there; make it, or give another path (relative paths start at " +
                    context.working_directory.native() + ")",
                path.native());
  };
  auto info = context.files.stat(path);
  if (!info && info.error().code == ErrorCode::not_found) return missing();
  if (!info) return fail(std::move(info).error());
  if (info->type == platform::FileType::directory) {
    return fail(ErrorCode::invalid_argument,
                "the input should be a file, but this is a folder; give a file in it, or "
                "declare the input as a folder",
                path.native());
  }
  if (info->type != platform::FileType::regular) {
    return fail(ErrorCode::invalid_argument,
                "the input should be a file, but this is a pipe, a socket or a device; "
                "write what it gives to a file first",
                path.native());
  }
  Observation seen;
  auto content = content_of(context, path, *info, seen.to_remember);
  if (!content && content.error().code == ErrorCode::not_found) return missing();
  if (!content) return fail(std::move(content).error());
  seen.digest = content->digest;
  seen.size_bytes = content->size_bytes;
  return seen;
}

}  // namespace stepcache::external_input
