#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metadata/records.h"
#include "pipeline/pipeline.h"
#include "scheduler/scheduler.h"
#include "workspace/workspace.h"

namespace stepcache::workspace {

// Newest first; of one pipeline, or of all when `pipeline` is empty.
Result<std::vector<metadata::RunRecord>> list_runs(Workspace& workspace, const std::string& pipeline,
                                                   std::size_t limit);

// "7", "latest", "latest~2". Errors: invalid_argument, not_found.
Result<metadata::RunId> resolve_run(Workspace& workspace, std::string_view text);

// "[RUN/]STEP": a step of a run, by default of the latest run that has it. Errors: not_found (names the nearest).
struct StepOfRun {
  metadata::RunId run = 0;
  std::string step;
};
Result<StepOfRun> resolve_step(Workspace& workspace, std::string_view text);

// One step of a recorded run.
struct RecordedStep {
  std::string name;
  metadata::RunStep state;
  std::optional<metadata::ExecutionRecord> execution;  // that made its outputs; unset when forgotten or damaged
  std::shared_ptr<const scheduler::Nondeterministic> nondeterministic;  // its key gave other bytes; null: not known to
};
struct RecordedRun {
  metadata::RunRecord run;
  pipeline::Pipeline graph;           // shape; empty when its record is damaged
  std::vector<RecordedStep> steps;    // by step id
  std::vector<std::string> warnings;  // records that could not be read
};
Result<RecordedRun> recorded_run(Workspace& workspace, metadata::RunId run);

// What differs between two runs.
struct StepDifference {
  std::string step;
  std::string left_status, right_status;  // empty: not in that run
  bool same_outputs = false;
  std::vector<std::string> changes;  // "parameter epochs: 20 -> 30", "code", "output model: 1234.. -> 5678.."
};
struct RunDifference {
  metadata::RunRecord left, right;
  std::vector<std::string> parameters;  // "epochs: 20 -> 30"
  std::vector<StepDifference> steps;    // those that differ in any way, by the order of the right run
};
Result<RunDifference> diff_runs(Workspace& workspace, metadata::RunId left, metadata::RunId right);

}  // namespace stepcache::workspace
