#include "testing/memory_artifact_store.h"

#include <utility>
#include <vector>

#include "digest/sha256.h"
#include "platform/unique_name.h"

namespace stepcache::testing {

using metadata::ObjectRecord;
using std::filesystem::path;

namespace {

ObjectRecord record_of(const Digest& digest, const platform::FileInfo& info, std::int64_t verified_ns) {
  const platform::FileIdentity& identity = info.identity;
  return {digest,     identity.device, identity.inode, identity.size_bytes, identity.mtime_ns, identity.ctime_ns,
          verified_ns};
}

auto damaged(const path& name) {
  return fail(ErrorCode::damaged, "the object does not hold the bytes that were stored", name.native());
}

}  // namespace

MemoryArtifactStore::MemoryArtifactStore(path folder, platform::FileSystem& files, platform::Clock& clock)
    : folder_(std::move(folder)), files_(files), clock_(clock) {
  constexpr std::uint32_t k_mode = 0700;
  (void)files_.make_directories(folder_ / "tmp", k_mode);
}

path MemoryArtifactStore::new_temporary() { return folder_ / "tmp" / platform::unique_name(); }

path MemoryArtifactStore::path_of(const Digest& digest) const { return folder_ / digest.hex(); }

Result<ObjectRecord> MemoryArtifactStore::adopt(const path& temporary, const Digest& digest, std::uint64_t size_bytes) {
  const std::scoped_lock lock(mutex_);
  if (next_store_) {
    (void)files_.remove(temporary);
    return fail(*std::exchange(next_store_, std::nullopt));
  }
  const auto hashed = platform::hash_file(files_, temporary);
  if (!hashed) return fail(hashed.error());
  const std::uint64_t found_bytes = hashed->info.identity.size_bytes;
  if (found_bytes != size_bytes || hashed->digest != digest) {
    (void)files_.remove(temporary);
    return found_bytes != size_bytes
               ? fail(ErrorCode::damaged, "the file does not have the size that it was said to have",
                      temporary.native())
               : fail(ErrorCode::internal, "the file does not have the digest that it was said to have",
                      temporary.native());
  }
  ++uses_[digest].stored;
  unsynced_.insert(digest);
  if (const auto there = hashed_record(digest)) {
    STEPCACHE_TRY(files_.remove(temporary));
    return *there;
  }
  constexpr std::uint32_t k_mode = 0444;
  STEPCACHE_TRY(files_.set_mode(temporary, k_mode));
  STEPCACHE_TRY(files_.rename(temporary, path_of(digest)));
  return hashed_record(digest);
}

Result<ObjectRecord> MemoryArtifactStore::put(Bytes bytes) {
  constexpr std::uint32_t k_mode = 0600;
  const path temporary = new_temporary();
  {
    STEPCACHE_TRY_ASSIGN(const auto file, files_.create(temporary, k_mode));
    STEPCACHE_TRY(file->append(bytes));
    STEPCACHE_TRY(file->close());
  }
  return adopt(temporary, sha256(bytes), bytes.size());
}

Result<ObjectRecord> MemoryArtifactStore::identity(const Digest& digest) {
  STEPCACHE_TRY_ASSIGN(const auto info, files_.stat(path_of(digest)));
  return record_of(digest, info, 0);
}

Result<ObjectRecord> MemoryArtifactStore::verify(const Digest& digest) {
  const std::scoped_lock lock(mutex_);
  ++uses_[digest].verified;
  return hashed_record(digest);
}

Result<ObjectRecord> MemoryArtifactStore::hashed_record(const Digest& digest) {
  const std::int64_t now_ns = clock_.wall_ns();
  STEPCACHE_TRY_ASSIGN(const auto hashed, platform::hash_file(files_, path_of(digest)));
  if (hashed.digest != digest) return damaged(path_of(digest));
  return record_of(digest, hashed.info, now_ns);
}

Result<std::string> MemoryArtifactStore::read(const Digest& digest) {
  const std::scoped_lock lock(mutex_);
  ++uses_[digest].read;
  STEPCACHE_TRY_ASSIGN(auto content, platform::read_whole(files_, path_of(digest)));
  if (sha256(content) != digest) return damaged(path_of(digest));
  return content;
}

Result<void> MemoryArtifactStore::remove(const Digest& digest) { return files_.remove(path_of(digest)); }

Result<void> MemoryArtifactStore::each(const std::function<bool(const Digest&, std::uint64_t)>& visit) {
  STEPCACHE_TRY_ASSIGN(const auto names, files_.list(folder_));
  for (const std::string& name : names) {
    const auto digest = Digest::from_hex(name);
    if (!digest) continue;
    STEPCACHE_TRY_ASSIGN(const auto info, files_.stat(folder_ / name));
    if (info.type == platform::FileType::regular && !visit(*digest, info.identity.size_bytes)) break;
  }
  return {};
}

Result<std::uint64_t> MemoryArtifactStore::remove_temporaries(std::int64_t before_ns) {
  std::uint64_t freed_bytes = 0;
  STEPCACHE_TRY_ASSIGN(const auto names, files_.list(folder_ / "tmp"));
  for (const std::string& name : names) {
    std::vector<path> tree = {folder_ / "tmp" / name};
    std::uint64_t bytes = 0;
    bool is_old = true;
    for (std::size_t i = 0; i < tree.size(); ++i) {
      const path current = tree[i];
      STEPCACHE_TRY_ASSIGN(const auto info, files_.stat_link(current));
      is_old = is_old && info.identity.ctime_ns < before_ns;
      if (info.type != platform::FileType::directory) {
        bytes += info.identity.size_bytes;
        continue;
      }
      STEPCACHE_TRY_ASSIGN(const auto inside, files_.list(current));
      for (const std::string& inner : inside) tree.push_back(current / inner);
    }
    if (!is_old) continue;
    STEPCACHE_TRY(platform::remove_tree(files_, tree.front()));
    freed_bytes += bytes;
  }
  return freed_bytes;
}

Result<void> MemoryArtifactStore::sync() {
  const std::scoped_lock lock(mutex_);
  if (next_sync_) return fail(*std::exchange(next_sync_, std::nullopt));
  unsynced_.clear();
  return {};
}

void MemoryArtifactStore::fail_next_store(Error error) {
  const std::scoped_lock lock(mutex_);
  next_store_ = std::move(error);
}

void MemoryArtifactStore::fail_next_sync(Error error) {
  const std::scoped_lock lock(mutex_);
  next_sync_ = std::move(error);
}

MemoryArtifactStore::Uses MemoryArtifactStore::uses(const Digest& digest) const {
  const std::scoped_lock lock(mutex_);
  const auto found = uses_.find(digest);
  return found == uses_.end() ? Uses{} : found->second;
}

std::uint64_t MemoryArtifactStore::times_stored(const Digest& digest) const { return uses(digest).stored; }
std::uint64_t MemoryArtifactStore::times_verified(const Digest& digest) const { return uses(digest).verified; }
std::uint64_t MemoryArtifactStore::times_read(const Digest& digest) const { return uses(digest).read; }

std::size_t MemoryArtifactStore::unsynced() const {
  const std::scoped_lock lock(mutex_);
  return unsynced_.size();
}

}  // namespace stepcache::testing
