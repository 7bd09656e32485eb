#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "artifact_store/artifact_store.h"
#include "metadata/metadata_store.h"
#include "platform/clock.h"
#include "platform/file_system.h"
#include "platform/lock_file.h"
#include "result/result.h"
#include "workspace/settings.h"

namespace stepcache::workspace {

// How far a command goes: readers work on a read-only folder too, and on one that others can write.
enum class Access : std::uint8_t { read, write };

// The folder `.stepcache` of a project, opened: the stores, held and closed together. The only place that names
// concrete backends. What can be done with it are free functions, one file each (run_pipeline, explain, history,
// verify, ...). Not thread-safe.
class Workspace {
 public:
  // Opens `folder` (the `.stepcache` folder itself). With Access::write it is made (mode 0700) when it is not there,
  // and runs whose owner died are marked interrupted. Errors: not_found (Access::read and nothing there),
  // invalid_argument (it is a file; others can write it), unsupported_format (newer or foreign), damaged (see verify),
  // io (read-only folder with Access::write), busy.
  static Result<Workspace> open(const std::filesystem::path& folder, Access access, const Settings& settings = {});
  // Same, on stores given by a test.
  struct Parts;
  explicit Workspace(std::unique_ptr<Parts> parts);

  ~Workspace();
  Workspace(Workspace&&) noexcept;
  Workspace& operator=(Workspace&&) noexcept;

  const std::filesystem::path& folder() const;
  // The project: the nearest folder upward with stepcache.toml, else the one that holds the workspace.
  const std::filesystem::path& project() const;
  const Settings& settings() const;

  metadata::MetadataStore& metadata();
  artifact_store::ArtifactStore& artifacts();
  platform::FileSystem& files();
  platform::Clock& clock();
  platform::LockFile& locks();

 private:
  std::unique_ptr<Parts> parts_;
};

// The offsets in the `locks` file that have a meaning; keys use those from k_key_locks on.
constexpr std::uint64_t k_in_use_lock = 0;          // shared by every run, exclusive for what deletes
constexpr std::uint64_t k_programs_lock = 1;        // compiling a pipeline's program
constexpr std::uint64_t k_run_locks = 1ULL << 32U;  // + run id: held while the run's owner lives
constexpr std::uint64_t k_key_locks = 1ULL << 48U;

// Where the workspace is: `option` (of --workspace), else $STEPCACHE_WORKSPACE, else the nearest `.stepcache` upward
// from `start`, else `start`/.stepcache. Always absolute. Nothing is created.
std::filesystem::path locate(platform::FileSystem& files, const std::string& option,
                             const std::filesystem::path& start);

}  // namespace stepcache::workspace
