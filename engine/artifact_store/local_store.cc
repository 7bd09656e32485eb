#include "artifact_store/local_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "digest/sha256.h"
#include "platform/unique_name.h"

namespace stepcache::artifact_store {
namespace {

using metadata::ObjectRecord;
using platform::FileInfo;
using platform::FileType;
using std::filesystem::path;

constexpr std::uint32_t k_folder_mode = 0700;
constexpr std::uint32_t k_temporary_mode = 0600;
constexpr std::uint32_t k_object_mode = 0444;
constexpr std::size_t k_fan_out_digits = 2;

ObjectRecord record_of(const Digest& digest, const FileInfo& info, std::int64_t verified_ns) {
  const platform::FileIdentity& identity = info.identity;
  return {digest,     identity.device, identity.inode, identity.size_bytes, identity.mtime_ns, identity.ctime_ns,
          verified_ns};
}

bool same_identity(const ObjectRecord& a, const ObjectRecord& b) {
  return a.digest == b.digest && a.device == b.device && a.inode == b.inode && a.size_bytes == b.size_bytes &&
         a.mtime_ns == b.mtime_ns && a.ctime_ns == b.ctime_ns;
}

bool is(const Error& error, ErrorCode code) { return error.code == code; }

class LocalStore final : public ArtifactStore {
 public:
  LocalStore(const path& folder, platform::FileSystem& files, platform::Clock& clock)
      : folder_(folder), objects_(folder / "objects"), temporaries_(folder / "tmp"), files_(files), clock_(clock) {
    // What needs a folder that could not be made fails later, with the reason.
    folder_is_new_ = !files_.stat(folder_);
    (void)files_.make_directories(objects_, k_folder_mode);
    (void)files_.make_directories(temporaries_, k_folder_mode);
  }

  path new_temporary() override { return temporaries_ / platform::unique_name(); }

  path path_of(const Digest& digest) const override {
    const std::string hex = digest.hex();
    return objects_ / hex.substr(0, k_fan_out_digits) / hex.substr(k_fan_out_digits);
  }

  Result<ObjectRecord> adopt(const path& temporary, const Digest& digest, std::uint64_t size_bytes) override {
    auto stored = take_over(temporary, digest, size_bytes);
    if (!stored) (void)files_.remove(temporary);
    return stored;
  }

  Result<ObjectRecord> put(Bytes bytes) override {
    const Digest digest = sha256(bytes);
    if (const auto there = whole_object(digest, bytes.size())) {
      note_stored(*there);
      return *there;
    }
    const path temporary = new_temporary();
    const auto written = [&]() -> Result<void> {
      STEPCACHE_TRY_ASSIGN(const auto file, files_.create(temporary, k_temporary_mode));
      STEPCACHE_TRY(file->append(bytes));
      return file->close();
    }();
    if (!written) {
      (void)files_.remove(temporary);
      return fail(written.error());
    }
    return adopt(temporary, digest, bytes.size());
  }

  Result<ObjectRecord> identity(const Digest& digest) override {
    const auto info = files_.stat(path_of(digest));
    if (!info) return fail(explained(info.error(), digest));
    return record_of(digest, *info, 0);
  }

  Result<ObjectRecord> verify(const Digest& digest) override {
    const path name = path_of(digest);
    const std::int64_t now_ns = clock_.wall_ns();
    const auto hashed = platform::hash_file(files_, name);
    if (!hashed) {
      forget_verified(digest);
      return fail(explained(hashed.error(), digest));
    }
    if (hashed->digest != digest) {
      forget_verified(digest);
      return fail(damaged(digest));
    }
    const ObjectRecord record = record_of(digest, hashed->info, now_ns);
    const std::scoped_lock lock(mutex_);
    verified_[digest] = record;
    return record;
  }

  Result<std::string> read(const Digest& digest) override {
    auto content = platform::read_whole(files_, path_of(digest));
    if (!content) return fail(explained(content.error(), digest));
    if (sha256(*content) != digest) {
      forget_verified(digest);
      return fail(damaged(digest));
    }
    return content;
  }

  Result<void> remove(const Digest& digest) override {
    STEPCACHE_TRY(files_.remove(path_of(digest)));
    const std::scoped_lock lock(mutex_);
    verified_.erase(digest);
    unsynced_.erase(digest);
    refused_.erase(digest);
    return {};
  }

  Result<void> each(const std::function<bool(const Digest&, std::uint64_t)>& visit) override {
    const auto fan_out = files_.list(objects_);
    if (!fan_out && is(fan_out.error(), ErrorCode::not_found)) return {};
    if (!fan_out) return fail(fan_out.error());
    for (const std::string& first_digits : *fan_out) {
      if (first_digits.size() != k_fan_out_digits) continue;
      const auto names = files_.list(objects_ / first_digits);
      if (!names && is(names.error(), ErrorCode::not_found)) continue;  // a file, or removed meanwhile
      if (!names) return fail(names.error());
      for (const std::string& name : *names) {
        const auto digest = Digest::from_hex(first_digits + name);
        if (!digest) continue;
        const auto info = files_.stat_link(objects_ / first_digits / name);
        if (!info && is(info.error(), ErrorCode::not_found)) continue;
        if (!info) return fail(info.error());
        if (info->type == FileType::regular && !visit(*digest, info->identity.size_bytes)) return {};
      }
    }
    return {};
  }

  Result<std::uint64_t> remove_temporaries(std::int64_t before_ns) override {
    const auto names = files_.list(temporaries_);
    if (!names && is(names.error(), ErrorCode::not_found)) return std::uint64_t{0};
    if (!names) return fail(names.error());
    std::uint64_t freed_bytes = 0;
    for (const std::string& name : *names) {
      STEPCACHE_TRY_ASSIGN(const Age age, age_of(temporaries_ / name));
      if (age.last_change_ns >= before_ns) continue;
      STEPCACHE_TRY(platform::remove_tree(files_, temporaries_ / name));
      freed_bytes += age.size_bytes;
    }
    return freed_bytes;
  }

  Result<void> sync() override {
    // Held throughout: a second caller must not return while the first one is still at it.
    const std::scoped_lock syncing(sync_mutex_);
    std::set<Digest> pending;
    {
      const std::scoped_lock lock(mutex_);
      pending.swap(unsynced_);
    }
    std::map<path, std::vector<Digest>> by_folder;
    for (const Digest& digest : pending) {
      const path name = path_of(digest);
      const auto synced = files_.sync_file(name);
      if (synced) {
        by_folder[name.parent_path()].push_back(digest);
      } else if (!is(synced.error(), ErrorCode::not_found)) {  // removed meanwhile, by another process
        note_refused({digest}, synced.error());
      }
    }
    bool is_new_folder = false;
    for (const auto& [folder, digests] : by_folder) {
      if (const auto synced = files_.sync_directory(folder); !synced) {
        note_refused(digests, synced.error());
      } else if (!synced_folders_.contains(folder)) {
        is_new_folder = true;
      }
    }
    // The names on the way down to the objects. Whoever made them may have died before syncing them.
    if (is_new_folder) {
      auto synced = files_.sync_directory(objects_);
      if (synced) synced = files_.sync_directory(folder_);
      if (synced && folder_is_new_)
        synced = files_.sync_directory(folder_.has_parent_path() ? folder_.parent_path() : ".");
      for (const auto& [folder, digests] : by_folder) {
        if (synced) {
          synced_folders_.insert(folder);
        } else {
          note_refused(digests, synced.error());
        }
      }
    }
    const std::scoped_lock lock(mutex_);
    if (!refused_.empty()) return fail(refused_.begin()->second);
    return {};
  }

 private:
  struct Age {
    std::int64_t last_change_ns = 0;
    std::uint64_t size_bytes = 0;
  };

  Result<ObjectRecord> take_over(const path& temporary, const Digest& digest, std::uint64_t size_bytes) {
    STEPCACHE_TRY_ASSIGN(const FileInfo info, files_.stat_link(temporary));
    if (info.type != FileType::regular || info.identity.size_bytes != size_bytes) {
      return fail(ErrorCode::damaged,
                  fmt::format("the file has {} bytes where {} were written to it: something else changed it; run again",
                              info.identity.size_bytes, size_bytes),
                  temporary.native());
    }
    if (const auto there = whole_object(digest, size_bytes)) {
      (void)files_.remove(temporary);
      note_stored(*there);
      return *there;
    }

    const path name = path_of(digest);
    STEPCACHE_TRY(files_.set_mode(temporary, k_object_mode));
    auto renamed = files_.rename(temporary, name);
    if (!renamed && is(renamed.error(), ErrorCode::not_found)) {
      STEPCACHE_TRY(files_.make_directories(name.parent_path(), k_folder_mode));
      renamed = files_.rename(temporary, name);
    }
    if (!renamed) return fail(renamed.error());
    // Before the identity is taken: an identity must never look older than it is.
    const std::int64_t now_ns = clock_.wall_ns();
    STEPCACHE_TRY_ASSIGN(const FileInfo stored, files_.stat(name));
    const ObjectRecord record = record_of(digest, stored, now_ns);
    {
      // A new file: what the device said of an earlier one does not count for it.
      const std::scoped_lock lock(mutex_);
      refused_.erase(digest);
    }
    note_stored(record);
    return record;
  }

  // The object that is there, when it is whole. Read only when its identity is not one that this store has seen whole.
  std::optional<ObjectRecord> whole_object(const Digest& digest, std::uint64_t size_bytes) {
    const auto info = files_.stat(path_of(digest));
    if (!info || info->type != FileType::regular || info->identity.size_bytes != size_bytes) return std::nullopt;
    {
      const std::scoped_lock lock(mutex_);
      if (refused_.contains(digest)) return std::nullopt;
      const auto known = verified_.find(digest);
      if (known != verified_.end() && same_identity(known->second, record_of(digest, *info, 0))) return known->second;
    }
    const auto verified = verify(digest);
    if (!verified) return std::nullopt;
    return *verified;
  }

  void note_stored(const ObjectRecord& record) {
    const std::scoped_lock lock(mutex_);
    verified_[record.digest] = record;
    unsynced_.insert(record.digest);
  }

  void note_refused(const std::vector<Digest>& digests, const Error& error) {
    const std::scoped_lock lock(mutex_);
    for (const Digest& digest : digests) refused_.insert_or_assign(digest, error);
  }

  void forget_verified(const Digest& digest) {
    const std::scoped_lock lock(mutex_);
    verified_.erase(digest);
  }

  // The newest change in a tree, and its bytes. With an explicit stack: a step may leave a deep one.
  Result<Age> age_of(const path& name) {
    Age age;
    std::vector<path> stack = {name};
    while (!stack.empty()) {
      const path current = std::move(stack.back());
      stack.pop_back();
      const auto info = files_.stat_link(current);
      if (!info && is(info.error(), ErrorCode::not_found)) continue;
      if (!info) return fail(info.error());
      age.last_change_ns = std::max(age.last_change_ns, info->identity.ctime_ns);
      if (info->type != FileType::directory) {
        age.size_bytes += info->identity.size_bytes;
        continue;
      }
      STEPCACHE_TRY_ASSIGN(const auto names, files_.list(current));
      for (const std::string& inside : names) stack.push_back(current / inside);
    }
    return age;
  }

  Error damaged(const Digest& digest) const {
    return {
        ErrorCode::damaged,
        fmt::format("object {} does not hold the bytes that were stored; run the pipeline again to make it anew, or "
                    "`stepcache verify --repair` to remove it",
                    digest.short_hex()),
        path_of(digest).native()};
  }

  // What a refusal of the file system means for an object.
  Error explained(Error error, const Digest& digest) {
    if (is(error, ErrorCode::not_found)) {
      error.message =
          fmt::format("object {} is not in the store; run the pipeline again to make it", digest.short_hex());
    }
    if (is(error, ErrorCode::busy)) return damaged(digest);  // nothing may ever write to an object
    if (is(error, ErrorCode::io)) {
      const auto info = files_.stat(path_of(digest));
      if (info && info->type != FileType::regular) return damaged(digest);
    }
    return error;
  }

  const path folder_;
  const path objects_;
  const path temporaries_;
  platform::FileSystem& files_;
  platform::Clock& clock_;
  bool folder_is_new_ = false;

  std::mutex mutex_;
  std::unordered_map<Digest, ObjectRecord> verified_;  // seen whole by this store, with the identity they had
  std::set<Digest> unsynced_;                          // stored since the last sync
  std::map<Digest, Error> refused_;                    // could not be synced

  std::mutex sync_mutex_;
  std::set<path> synced_folders_;  // fan-out folders whose own names are on the medium
};

}  // namespace

std::unique_ptr<ArtifactStore> open_local_store(const path& folder, platform::FileSystem& files,
                                                platform::Clock& clock) {
  return std::make_unique<LocalStore>(folder, files, clock);
}

bool still_verified(const ObjectRecord& recorded, const ObjectRecord& now) {
  // Within this time two writes can leave the same times behind: clocks of file systems tick in steps.
  constexpr std::int64_t k_settled_ns = 2'000'000'000;
  return same_identity(recorded, now) && recorded.verified_ns >= k_settled_ns &&
         recorded.ctime_ns <= recorded.verified_ns - k_settled_ns;
}

}  // namespace stepcache::artifact_store
