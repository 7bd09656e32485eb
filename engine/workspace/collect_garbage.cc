#include "workspace/collect_garbage.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <unordered_map>
#include <unordered_set>

#include "encoding/tree.h"
#include "platform/file_system.h"

namespace stepcache::workspace {
namespace {

using metadata::ExecutionId;
using metadata::RunId;

// All that the store holds, and what needs what.
struct Inventory {
  struct Run {
    RunId id = 0;
    std::int64_t started_ns = 0;
    bool pinned = false;
    std::vector<ExecutionId> executions;
  };
  struct Artifact {
    std::uint64_t size_bytes = 0;
    bool pinned = false;
    std::vector<Digest> parts;  // of a tree
  };
  std::vector<Run> runs;                                         // newest first
  std::unordered_map<ExecutionId, std::vector<Digest>> outputs;  // every execution
  std::unordered_map<Digest, Artifact> artifacts;
  std::unordered_map<Digest, std::uint64_t> objects;
};

Result<std::vector<Digest>> parts_of(Workspace& workspace, const metadata::OutputRecord& output) {
  std::vector<Digest> parts;
  std::vector<std::pair<Digest, std::uint64_t>> trees = {{output.digest, output.size_bytes}};
  while (!trees.empty()) {
    const auto [digest, size] = trees.back();
    trees.pop_back();
    std::string manifest;
    if (size > metadata::k_inline_limit) {
      auto bytes = workspace.artifacts().read(digest);
      // A damaged tree keeps no parts: they could not be found through it.
      if (!bytes) continue;
      manifest = std::move(*bytes);
    } else {
      auto artifact = workspace.metadata().artifact(digest);
      if (!artifact || !artifact->content) continue;
      manifest = std::move(*artifact->content);
    }
    const auto entries = encoding::decode_tree(as_bytes(manifest));
    if (!entries) continue;
    for (const encoding::TreeEntry& entry : *entries) {
      parts.push_back(entry.digest);
      if (entry.is_tree) trees.emplace_back(entry.digest, entry.size_bytes);
    }
  }
  return parts;
}

Result<void> list_runs(Workspace& workspace, Inventory& inventory) {
  constexpr std::size_t k_page = 500;
  RunId before = 0;
  while (true) {
    STEPCACHE_TRY_ASSIGN(const auto page, workspace.metadata().runs({"", k_page, before}));
    if (page.empty()) return {};
    before = page.back().id;
    for (const metadata::RunRecord& run : page) {
      Inventory::Run listed{run.id, run.started_ns, run.pinned, {}};
      const auto steps =
          run.steps.is_zero() ? Result<std::vector<metadata::RunStep>>() : workspace.metadata().run_steps(run.steps);
      if (!run.steps.is_zero() && steps) {
        for (const metadata::RunStep& step : *steps) {
          if (step.execution != 0) listed.executions.push_back(step.execution);
        }
      }
      STEPCACHE_TRY_ASSIGN(const auto own, workspace.metadata().executions_of_run(run.id));
      for (const metadata::ExecutionRecord& execution : own) listed.executions.push_back(execution.id);
      std::sort(listed.executions.begin(), listed.executions.end());
      listed.executions.erase(std::unique(listed.executions.begin(), listed.executions.end()), listed.executions.end());
      inventory.runs.push_back(std::move(listed));
    }
  }
}

Result<Inventory> take_inventory(Workspace& workspace) {
  Inventory inventory;
  STEPCACHE_TRY(list_runs(workspace, inventory));
  STEPCACHE_TRY(workspace.metadata().each_artifact([&](const metadata::ArtifactRecord& artifact) {
    inventory.artifacts[artifact.digest] = {artifact.size_bytes, artifact.pinned, {}};
    return true;
  }));
  std::vector<metadata::OutputRecord> trees;
  STEPCACHE_TRY(workspace.metadata().each_execution([&](const metadata::ExecutionRecord& execution) {
    auto& outputs = inventory.outputs[execution.id];
    for (const metadata::OutputRecord& output : execution.outputs) {
      outputs.push_back(output.digest);
      if (output.tree) trees.push_back(output);
    }
    return true;
  }));
  for (const metadata::OutputRecord& tree : trees) {
    auto& artifact = inventory.artifacts[tree.digest];
    if (!artifact.parts.empty()) continue;
    STEPCACHE_TRY_ASSIGN(artifact.parts, parts_of(workspace, tree));
  }
  STEPCACHE_TRY(workspace.artifacts().each([&](const Digest& digest, std::uint64_t size) {
    inventory.objects[digest] = size;
    return true;
  }));
  return inventory;
}

// What the kept runs need, counted by use, so that giving up one run tells what becomes free.
class Needs {
 public:
  explicit Needs(const Inventory& inventory) : inventory_(inventory) {
    for (const auto& [digest, artifact] : inventory.artifacts) {
      if (artifact.pinned) add_artifact(digest);
    }
  }
  void add(const Inventory::Run& run) {
    for (const ExecutionId id : run.executions) {
      if (++executions_[id] > 1) continue;
      if (const auto found = inventory_.outputs.find(id); found != inventory_.outputs.end()) {
        for (const Digest& digest : found->second) add_artifact(digest);
      }
    }
  }
  void give_up(const Inventory::Run& run) {
    for (const ExecutionId id : run.executions) {
      if (--executions_[id] > 0) continue;
      if (const auto found = inventory_.outputs.find(id); found != inventory_.outputs.end()) {
        for (const Digest& digest : found->second) drop_artifact(digest);
      }
    }
  }
  bool needs_execution(ExecutionId id) const {
    const auto found = executions_.find(id);
    return found != executions_.end() && found->second > 0;
  }
  bool needs_artifact(const Digest& digest) const {
    const auto found = artifacts_.find(digest);
    return found != artifacts_.end() && found->second > 0;
  }
  std::uint64_t size_bytes() const { return size_bytes_; }

 private:
  void add_artifact(const Digest& digest) {
    const auto found = inventory_.artifacts.find(digest);
    if (++artifacts_[digest] == 1 && found != inventory_.artifacts.end()) size_bytes_ += found->second.size_bytes;
    if (found == inventory_.artifacts.end()) return;
    for (const Digest& part : found->second.parts) count_part(part, 1);
  }
  void drop_artifact(const Digest& digest) {
    const auto found = inventory_.artifacts.find(digest);
    if (--artifacts_[digest] == 0 && found != inventory_.artifacts.end()) size_bytes_ -= found->second.size_bytes;
    if (found == inventory_.artifacts.end()) return;
    for (const Digest& part : found->second.parts) count_part(part, -1);
  }
  void count_part(const Digest& digest, std::int64_t change) {
    const auto found = inventory_.artifacts.find(digest);
    const std::uint64_t size = found == inventory_.artifacts.end() ? 0 : found->second.size_bytes;
    std::int64_t& uses = artifacts_[digest];
    const bool needed_before = uses > 0;
    uses += change;
    if (uses > 0 && !needed_before) size_bytes_ += size;
    if (uses == 0 && needed_before) size_bytes_ -= size;
  }

  const Inventory& inventory_;
  std::unordered_map<ExecutionId, std::int64_t> executions_;
  std::unordered_map<Digest, std::int64_t> artifacts_;
  std::uint64_t size_bytes_ = 0;
};

Error busy_error(Workspace& workspace) {
  std::string who;
  if (const auto running = workspace.metadata().running_runs()) {
    for (const metadata::RunRecord& run : *running) {
      who += fmt::format("{}run {} of {} (process {})", who.empty() ? "" : ", ", run.id, run.pipeline, run.process);
    }
  }
  return {ErrorCode::busy,
          fmt::format("{} under way here, so nothing was deleted: run `gc` again when it has ended",
                      who.empty() ? "a run is" : who + " is"),
          workspace.folder().string()};
}

std::vector<const Inventory::Run*> choose_runs_to_forget(const Inventory& inventory, const GarbageOptions& options,
                                                         std::int64_t now_ns, Needs& needs) {
  std::vector<const Inventory::Run*> forget;
  std::vector<const Inventory::Run*> kept;
  for (std::size_t i = 0; i < inventory.runs.size(); ++i) {
    const Inventory::Run& run = inventory.runs[i];
    const bool too_many = options.keep_runs && i >= *options.keep_runs;
    const bool too_old = options.older_than_ns && run.started_ns < now_ns - *options.older_than_ns;
    // With both, a run has to be beyond both: --keep-runs promises the newest N.
    const bool beyond = options.keep_runs && options.older_than_ns ? too_many && too_old : too_many || too_old;
    if (beyond && !run.pinned) {
      forget.push_back(&run);
    } else {
      kept.push_back(&run);
      needs.add(run);
    }
  }
  while (options.max_size_bytes && needs.size_bytes() > *options.max_size_bytes && !kept.empty()) {
    const Inventory::Run* oldest = kept.back();
    kept.pop_back();
    if (oldest->pinned) continue;
    needs.give_up(*oldest);
    forget.push_back(oldest);
  }
  return forget;
}

}  // namespace

Result<GarbageResult> collect_garbage(Workspace& workspace, const GarbageOptions& options) {
  constexpr std::chrono::milliseconds k_patience{2'000};
  std::unique_ptr<platform::HeldLock> alone;
  if (!options.dry_run) {
    auto lock = workspace.locks().lock(k_in_use_lock, platform::LockKind::exclusive, k_patience);
    if (!lock) return fail(lock.error().code == ErrorCode::busy ? busy_error(workspace) : lock.error());
    alone = std::move(*lock);
  }
  STEPCACHE_TRY_ASSIGN(const Inventory inventory, take_inventory(workspace));
  Needs needs(inventory);
  const std::int64_t now = workspace.clock().wall_ns();
  GarbageResult result;
  result.dry_run = options.dry_run;
  metadata::GarbagePlan plan;
  for (const Inventory::Run* run : choose_runs_to_forget(inventory, options, now, needs)) plan.runs.push_back(run->id);
  std::sort(plan.runs.begin(), plan.runs.end());
  for (const auto& [id, outputs] : inventory.outputs) {
    if (!needs.needs_execution(id)) plan.executions.push_back(id);
  }
  std::sort(plan.executions.begin(), plan.executions.end());
  std::vector<Digest> objects;
  for (const auto& [digest, artifact] : inventory.artifacts) {
    if (needs.needs_artifact(digest)) {
      result.kept_bytes += artifact.size_bytes;
      continue;
    }
    plan.artifacts.push_back(digest);
    if (artifact.size_bytes <= metadata::k_inline_limit) result.freed_bytes += artifact.size_bytes;
  }
  std::sort(plan.artifacts.begin(), plan.artifacts.end());
  for (const auto& [digest, size] : inventory.objects) {
    if (needs.needs_artifact(digest)) continue;
    objects.push_back(digest);
    result.freed_bytes += size;
  }
  result.runs = plan.runs;
  result.executions = plan.executions.size();
  result.artifacts = plan.artifacts.size();
  result.objects = objects.size();
  if (options.dry_run) return result;

  // Records first: after a crash between the two an object may be left that no record names, never the other way round.
  STEPCACHE_TRY(workspace.metadata().forget(plan));
  for (const Digest& digest : objects) STEPCACHE_TRY(workspace.artifacts().remove(digest));
  STEPCACHE_TRY_ASSIGN(const std::uint64_t temporaries, workspace.artifacts().remove_temporaries(now));
  result.freed_bytes += temporaries;
  for (const RunId run : plan.runs) {
    STEPCACHE_TRY(platform::remove_tree(workspace.files(), workspace.folder() / "logs" / fmt::format("run-{}", run)));
  }
  return result;
}

}  // namespace stepcache::workspace
