#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "artifact_store/artifact_store.h"
#include "platform/clock.h"
#include "platform/file_system.h"

namespace stepcache::testing {

// An artifact store that remembers what it was asked, for tests of the rooms above; its objects are files of a flat
// folder in a file system that is usually in memory too. Stricter than a real one: it hashes what it adopts, and an
// error `internal` tells a caller that lied about the digest. Syncs nothing. Thread-safe.
class MemoryArtifactStore final : public artifact_store::ArtifactStore {
 public:
  // Objects in `folder`, temporaries in `folder`/tmp; both are made.
  MemoryArtifactStore(std::filesystem::path folder, platform::FileSystem& files, platform::Clock& clock);

  std::filesystem::path new_temporary() override;
  Result<metadata::ObjectRecord> adopt(const std::filesystem::path& temporary, const Digest& digest,
                                       std::uint64_t size_bytes) override;
  Result<metadata::ObjectRecord> put(Bytes bytes) override;
  Result<metadata::ObjectRecord> identity(const Digest& digest) override;
  Result<metadata::ObjectRecord> verify(const Digest& digest) override;
  std::filesystem::path path_of(const Digest& digest) const override;
  Result<std::string> read(const Digest& digest) override;
  Result<void> remove(const Digest& digest) override;
  Result<void> each(const std::function<bool(const Digest&, std::uint64_t)>& visit) override;
  Result<std::uint64_t> remove_temporaries(std::int64_t before_ns) override;
  Result<void> sync() override;

  // --- For tests

  // The next call of adopt() or put() fails with this, and stores nothing.
  void fail_next_store(Error error);
  void fail_next_sync(Error error);
  // How often the object was stored (merged or not), verified, read.
  std::uint64_t times_stored(const Digest& digest) const;
  std::uint64_t times_verified(const Digest& digest) const;
  std::uint64_t times_read(const Digest& digest) const;
  // Objects stored since the last sync().
  std::size_t unsynced() const;

 private:
  struct Uses {
    std::uint64_t stored = 0;
    std::uint64_t verified = 0;
    std::uint64_t read = 0;
  };
  Result<metadata::ObjectRecord> hashed_record(const Digest& digest);
  Uses uses(const Digest& digest) const;

  const std::filesystem::path folder_;
  platform::FileSystem& files_;
  platform::Clock& clock_;
  mutable std::recursive_mutex mutex_;
  std::map<Digest, Uses> uses_;
  std::set<Digest> unsynced_;
  std::optional<Error> next_store_;
  std::optional<Error> next_sync_;
};

}  // namespace stepcache::testing
