#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "workspace/workspace.h"

namespace stepcache::workspace {

struct GarbageOptions {
  std::optional<std::uint64_t> keep_runs;       // the newest N runs
  std::optional<std::int64_t> older_than_ns;    // runs that started longer ago
  std::optional<std::uint64_t> max_size_bytes;  // then oldest runs first, until the artifacts fit
  bool dry_run = false;
};
struct GarbageResult {
  std::vector<metadata::RunId> runs;  // forgotten
  std::uint64_t executions = 0, artifacts = 0, objects = 0;
  std::uint64_t freed_bytes = 0, kept_bytes = 0;
  bool dry_run = false;
};
// Forgets runs and what only they needed, removes objects that no record names and old temporaries. Pinned runs and
// artifacts, and all that a kept run needs, stay. With no option: only what no run needs. Errors: busy (a run is under
// way: nothing is deleted).
Result<GarbageResult> collect_garbage(Workspace& workspace, const GarbageOptions& options);

}  // namespace stepcache::workspace
