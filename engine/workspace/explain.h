#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cache/code_comparison.h"
#include "cache/explanation.h"
#include "metadata/records.h"
#include "workspace/plan_pipeline.h"
#include "workspace/source_diff.h"
#include "workspace/workspace.h"

namespace stepcache::workspace {

// The code of a step, piece by piece, beside that of the execution that it is compared with.
struct CodeExplanation {
  cache::CodeComparison comparison;
  std::vector<DiffLine> diff;  // of the primary change's source; empty when its text is not known
};

// Why a step ran, was reused, or would be: two keys side by side.
struct Explanation {
  std::string step;
  std::string status;       // a step status, or for `now`: reuse, run, undetermined
  metadata::RunId run = 0;  // the run asked about; 0: now
  cache::Reason reason;
  std::vector<cache::PartComparison> parts;  // old and new, side by side
  metadata::RunId compared_run = 0;          // the run whose execution is the old side; 0: none
  metadata::ExecutionId compared_execution = 0;
  metadata::RunId made_by_run = 0;  // of a hit: the run that made the result
  metadata::ExecutionId made_by_execution = 0;
  std::optional<CodeExplanation> code;  // unset: nothing to compare with, or the parts of one of them are not known
  std::int64_t duration_ns = 0;         // how long the execution that made the result took
  bool cacheable = true;
  std::string why_not;
  std::string error;                                                    // of a failed step
  std::shared_ptr<const scheduler::Nondeterministic> nondeterministic;  // its key gave other bytes before; null: no
};

// From records: why `step` ran or was cached in `run`. Errors: not_found (no such run or step; names the nearest).
Result<Explanation> explain_recorded(Workspace& workspace, metadata::RunId run, const std::string& step);
// Of now: what running the program would do with `step`.
Result<Explanation> explain_now(Workspace& workspace, const PipelineProgram& program, const RunOptions& options,
                                const std::string& step);

// The step's code as it is now beside the recorded code `before`: from the records where it ran already, else from the
// program. Nothing when the parts of one of them are not known.
std::optional<CodeExplanation> explain_code_now(Workspace& workspace, const PipelineProgram& program,
                                                pipeline::StepId step, const Digest& before);

}  // namespace stepcache::workspace
