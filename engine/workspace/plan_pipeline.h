#pragma once

#include "workspace/run_pipeline.h"

namespace stepcache::workspace {

// What a run would do now. Nothing is run or recorded.
struct PlanResult {
  std::string pipeline;
  std::vector<pipeline::Parameter> parameters;
  std::vector<scheduler::StepResult> steps;  // by step id; `decision` is set, status is pending
  std::int64_t expected_ns = 0;              // sum over the steps that would run, as far as earlier executions tell
  std::int64_t saved_ns = 0;
};
Result<PlanResult> plan_pipeline(Workspace& workspace, const PipelineProgram& program, const RunOptions& options);

}  // namespace stepcache::workspace
