#include "workspace/verify.h"

#include <fmt/format.h>

#include <chrono>
#include <unordered_set>

#include "digest/sha256.h"
#include "metadata/sqlite/salvage.h"
#include "metadata/sqlite/sqlite_metadata_store.h"

namespace stepcache::workspace {
namespace {

namespace fs = std::filesystem;

// The first free name metadata.db.damaged-N.
fs::path damaged_name(platform::FileSystem& files, const fs::path& folder) {
  for (int number = 1;; ++number) {
    fs::path name = folder / fmt::format("metadata.db.damaged-{}", number);
    if (!files.stat(name)) return name;
  }
}

// Moves the unreadable database aside, with its journal, and keeps what checks.
Result<std::string> rebuild_database(platform::FileSystem& files, const fs::path& folder) {
  const fs::path database = folder / "metadata.db";
  const fs::path aside = damaged_name(files, folder);
  STEPCACHE_TRY(files.rename(database, aside));
  for (const char* suffix : {"-wal", "-shm"}) {
    const fs::path journal = database.string() + suffix;
    if (files.stat(journal)) STEPCACHE_TRY(files.rename(journal, aside.string() + suffix));
  }
  STEPCACHE_TRY_ASSIGN(const auto report, metadata::salvage(aside, database));
  std::uint64_t kept = 0;
  std::uint64_t lost = 0;
  for (const auto& table : report.tables) {
    kept += table.kept;
    lost += table.lost;
  }
  return fmt::format("moved to {}; {} records were kept, {} known to be lost; all objects were kept",
                     aside.filename().string(), kept, lost);
}

class Verification {
 public:
  Verification(Workspace& workspace, bool repair, VerifyResult& result)
      : workspace_(workspace), repair_(repair), result_(result) {}

  Result<void> check_objects() {
    std::vector<std::pair<Digest, std::uint64_t>> objects;
    STEPCACHE_TRY(workspace_.artifacts().each([&](const Digest& digest, std::uint64_t size) {
      objects.emplace_back(digest, size);
      return true;
    }));
    for (const auto& [digest, size] : objects) {
      ++result_.objects;
      result_.bytes += size;
      const auto verified = workspace_.artifacts().verify(digest);
      if (verified) {
        whole_.insert(digest);
        if (repair_) STEPCACHE_TRY(workspace_.metadata().put_object(*verified));
        continue;
      }
      if (verified.error().code != ErrorCode::damaged) return fail(verified.error());
      Finding finding{"object", digest.hex(), "its bytes are not those of its name",
                      "`verify --repair` removes it; the step that made it runs again when it is needed"};
      if (repair_) {
        STEPCACHE_TRY(workspace_.artifacts().remove(digest));
        finding.repair = "removed; the step that made it runs again when it is needed";
      }
      result_.findings.push_back(std::move(finding));
    }
    return {};
  }

  Result<void> check_artifacts() {
    return workspace_.metadata().each_artifact([&](const metadata::ArtifactRecord& artifact) {
      ++result_.artifacts;
      if (artifact.size_bytes > metadata::k_inline_limit) {
        if (!whole_.contains(artifact.digest)) missing_.insert(artifact.digest);
      } else if (!artifact.content || sha256(*artifact.content) != artifact.digest) {
        result_.findings.push_back({"artifact", artifact.digest.hex(), "its bytes are not those of its digest",
                                    "the step that made it runs again when it is needed"});
      } else {
        result_.bytes += artifact.size_bytes;
      }
      return true;
    });
  }

  // An object that is gone is damage only to what could still be served.
  Result<void> check_entries() {
    std::unordered_set<Digest> reported;
    std::unordered_set<Digest> broken;
    STEPCACHE_TRY(workspace_.metadata().each_entry([&](const metadata::CacheEntry& entry) {
      ++result_.records;
      for (const metadata::OutputRecord& output : entry.outputs) {
        if (!missing_.contains(output.digest)) continue;
        broken.insert(entry.key);
        if (!reported.insert(output.digest).second) continue;
        result_.findings.push_back({"object", output.digest.hex(),
                                    "it is missing or damaged, and a cached result needs it",
                                    repair_ ? "the result is forgotten; the step runs again when it is needed"
                                            : "the step that made it runs again when it is needed"});
      }
      return true;
    }));
    if (!repair_) return {};
    for (const Digest& key : broken) STEPCACHE_TRY(workspace_.metadata().forget_entries(key));
    return {};
  }

  Result<void> check_records() {
    STEPCACHE_TRY(workspace_.metadata().each_execution([&](const metadata::ExecutionRecord&) {
      ++result_.records;
      return true;
    }));
    STEPCACHE_TRY_ASSIGN(const auto damaged, workspace_.metadata().check_records());
    for (const metadata::DamagedRecord& record : damaged) {
      result_.findings.push_back({"record", fmt::format("{} {}", record.table, record.row), record.what,
                                  repair_ ? "removed" : "`verify --repair` removes it"});
    }
    if (repair_ && !damaged.empty()) STEPCACHE_TRY(workspace_.metadata().delete_damaged_records());
    return {};
  }

 private:
  Workspace& workspace_;
  bool repair_;
  VerifyResult& result_;
  std::unordered_set<Digest> whole_;
  std::unordered_set<Digest> missing_;
};

}  // namespace

Result<VerifyResult> verify(const fs::path& folder, bool repair, const Settings& settings) {
  VerifyResult result;
  result.repaired = repair;
  auto workspace = Workspace::open(folder, repair ? Access::write : Access::read, settings);
  if (!workspace && workspace.error().code == ErrorCode::damaged) {
    Finding finding{"database", "metadata.db", workspace.error().message,
                    "`verify --repair` moves it aside, keeps what can be read of it, and keeps all objects"};
    if (repair) {
      STEPCACHE_TRY_ASSIGN(finding.repair, rebuild_database(platform::real_file_system(), folder));
      workspace = Workspace::open(folder, Access::write, settings);
    }
    result.findings.push_back(std::move(finding));
    if (!repair) return result;
  }
  if (!workspace) return fail(workspace.error());

  std::unique_ptr<platform::HeldLock> alone;
  if (repair) {
    constexpr std::chrono::milliseconds k_patience{2'000};
    auto lock = workspace->locks().lock(k_in_use_lock, platform::LockKind::exclusive, k_patience);
    if (!lock) {
      if (lock.error().code != ErrorCode::busy) return fail(lock.error());
      return fail(ErrorCode::busy,
                  "a run is under way here, and repairing must not take from it: try again when it has ended",
                  folder.string());
    }
    alone = std::move(*lock);
  }
  Verification verification(*workspace, repair, result);
  const auto checked = [&]() -> Result<void> {
    STEPCACHE_TRY(verification.check_objects());
    STEPCACHE_TRY(verification.check_artifacts());
    STEPCACHE_TRY(verification.check_entries());
    STEPCACHE_TRY(verification.check_records());
    return {};
  }();
  if (checked) return result;
  if (checked.error().code != ErrorCode::damaged) return fail(checked.error());
  // The database opened, but cannot be read through.
  Finding finding{"database", "metadata.db", checked.error().message,
                  "`verify --repair` moves it aside, keeps what can be read of it, and keeps all objects"};
  if (repair) {
    alone.reset();
    workspace = fail(checked.error());  // closes the stores before the file is moved
    STEPCACHE_TRY_ASSIGN(finding.repair, rebuild_database(platform::real_file_system(), folder));
  }
  result.findings.push_back(std::move(finding));
  return result;
}

}  // namespace stepcache::workspace
