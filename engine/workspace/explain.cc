#include "workspace/explain.h"

#include <fmt/format.h>

#include <algorithm>

#include "scheduler/earlier_executions.h"
#include "workspace/history.h"
#include "workspace/nearest_name.h"
#include "workspace/recorded_nondeterminism.h"

namespace stepcache::workspace {
namespace {

Error no_such_step(const std::string& step, const std::string& pipeline, const std::vector<std::string>& names) {
  return {ErrorCode::not_found, fmt::format("{} has no step of this name{}", pipeline, did_you_mean(step, names)),
          step};
}

void compare_with(Explanation& explanation, const metadata::ExecutionRecord& before,
                  std::span<const metadata::KeyPart> now) {
  explanation.parts = cache::compare(before.key_parts, now);
  explanation.compared_run = before.run;
  explanation.compared_execution = before.id;
}

void name_maker(Explanation& explanation, const metadata::ExecutionRecord& maker) {
  explanation.made_by_run = maker.run;
  explanation.made_by_execution = maker.id;
  explanation.duration_ns = maker.duration_ns;
}

}  // namespace

Result<Explanation> explain_recorded(Workspace& workspace, metadata::RunId run, const std::string& step) {
  STEPCACHE_TRY_ASSIGN(const auto recorded, recorded_run(workspace, run));
  const auto found = std::find_if(recorded.steps.begin(), recorded.steps.end(),
                                  [&](const RecordedStep& candidate) { return candidate.name == step; });
  if (found == recorded.steps.end()) {
    std::vector<std::string> names;
    names.reserve(recorded.steps.size());
    for (const RecordedStep& candidate : recorded.steps) names.push_back(candidate.name);
    return fail(no_such_step(step, fmt::format("run {}", run), names));
  }
  Explanation explanation;
  explanation.step = step;
  explanation.status = metadata::name(found->state.status);
  explanation.run = run;
  explanation.reason.code = cache::reason_named(found->state.reason_code);
  explanation.reason.text = found->state.reason_text;
  if (!found->execution) return explanation;

  const metadata::ExecutionRecord& execution = *found->execution;
  name_maker(explanation, execution);
  explanation.cacheable = execution.cached_for_later;
  explanation.why_not = execution.why_not;
  explanation.error = execution.error;
  explanation.nondeterministic = recorded_nondeterminism(workspace, execution.key);
  if (found->state.status == metadata::StepStatus::cached) {
    compare_with(explanation, execution, execution.key_parts);
    return explanation;
  }
  scheduler::EarlierExecutions earlier(workspace.metadata(), recorded.run.pipeline, run);
  if (const auto before = earlier.latest(step)) {
    compare_with(explanation, *before, execution.key_parts);
  } else {
    explanation.parts = cache::compare({}, execution.key_parts);
  }
  return explanation;
}

Result<Explanation> explain_now(Workspace& workspace, const PipelineProgram& program, const RunOptions& options,
                                const std::string& step) {
  const auto& steps = program.pipeline.steps;
  const auto found = std::find_if(steps.begin(), steps.end(), [&](const pipeline::Step& s) { return s.name == step; });
  if (found == steps.end()) {
    std::vector<std::string> names;
    names.reserve(steps.size());
    for (const pipeline::Step& candidate : steps) names.push_back(candidate.name);
    return fail(no_such_step(step, program.pipeline.name, names));
  }
  RunOptions with_inputs = options;
  with_inputs.keep_inputs = true;
  STEPCACHE_TRY_ASSIGN(const auto plan, plan_pipeline(workspace, program, with_inputs));
  const scheduler::StepResult& result = plan.steps[static_cast<std::size_t>(found - steps.begin())];
  Explanation explanation;
  explanation.step = step;
  explanation.status = scheduler::name(result.decision);
  explanation.reason = result.reason;
  explanation.cacheable = result.cacheable;
  explanation.why_not = result.why_not;
  explanation.error = result.error;
  explanation.nondeterministic = recorded_nondeterminism(workspace, result.key);
  std::optional<metadata::ExecutionRecord> before;
  if (result.decision == scheduler::Decision::reuse) {
    if (auto made = workspace.metadata().execution(result.execution)) before = std::move(*made);
    explanation.made_by_run = result.produced_by_run;
    explanation.made_by_execution = result.execution;
    explanation.duration_ns = result.saved_ns;
  } else {
    scheduler::EarlierExecutions earlier(workspace.metadata(), program.pipeline.name, 0);
    before = earlier.latest(step);
    if (before) explanation.duration_ns = before->duration_ns;
  }
  if (result.inputs.empty()) return explanation;  // undetermined: its inputs are not known yet
  if (before) {
    compare_with(explanation, *before, result.inputs);
  } else {
    explanation.parts = cache::compare({}, result.inputs);
  }
  return explanation;
}

}  // namespace stepcache::workspace
