#include "workspace/explain.h"

#include "scheduler/earlier_executions.h"
#include "workspace/history.h"
#include "workspace/recorded_nondeterminism.h"
#include "workspace/step_lookup.h"

namespace stepcache::workspace {
namespace {

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

// The parts of a signature, as they are recorded; none when they are not.
std::vector<metadata::CodePart> recorded_parts(Workspace& workspace, const Digest& signature) {
  if (signature.is_zero()) return {};
  return workspace.metadata().code_parts(signature).value_or(std::vector<metadata::CodePart>());
}

// `now` is asked for its parts only when its signature is another than the old one.
template <class Parts>
std::optional<CodeExplanation> explain_code(Workspace& workspace, const Digest& before, const Digest& now,
                                            Parts parts_now) {
  const auto old_parts = recorded_parts(workspace, before);
  if (old_parts.empty()) return std::nullopt;
  CodeExplanation made;
  if (before == now) {
    made.comparison = cache::same_code(old_parts);
    return made;
  }
  const std::vector<metadata::CodePart> new_parts = parts_now();
  if (new_parts.empty()) return std::nullopt;
  made.comparison = cache::compare_code(old_parts, new_parts);
  if (const auto& primary = made.comparison.primary; primary && !made.comparison.only_machine_code) {
    made.diff = source_diff(primary->text_before, primary->line_before, primary->text_now, primary->line_now);
  }
  return made;
}

std::optional<CodeExplanation> explain_recorded_code(Workspace& workspace, const Digest& before, const Digest& now) {
  return explain_code(workspace, before, now, [&] { return recorded_parts(workspace, now); });
}

}  // namespace

std::optional<CodeExplanation> explain_code_now(Workspace& workspace, const PipelineProgram& program,
                                                pipeline::StepId step, const Digest& before) {
  const auto signature = program.signature_of(step);
  if (!signature) return std::nullopt;
  const Digest now = (*signature)->digest;
  return explain_code(workspace, before, now, [&] {
    auto parts = recorded_parts(workspace, now);
    if (parts.empty() && program.code_parts_of) {
      parts = program.code_parts_of(step).value_or(std::vector<metadata::CodePart>());
    }
    return parts;
  });
}

Result<Explanation> explain_recorded(Workspace& workspace, metadata::RunId run, const std::string& step) {
  STEPCACHE_TRY_ASSIGN(const auto recorded, recorded_run(workspace, run));
  STEPCACHE_TRY_ASSIGN(const RecordedStep* const found, step_named(recorded, step));
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
    explanation.code = explain_recorded_code(workspace, execution.code, execution.code);
    return explanation;
  }
  scheduler::EarlierExecutions earlier(workspace.metadata(), recorded.run.pipeline, run);
  if (const auto before = earlier.latest(step)) {
    compare_with(explanation, *before, execution.key_parts);
    explanation.code = explain_recorded_code(workspace, before->code, execution.code);
  } else {
    explanation.parts = cache::compare({}, execution.key_parts);
  }
  return explanation;
}

Result<Explanation> explain_now(Workspace& workspace, const PipelineProgram& program, const RunOptions& options,
                                const std::string& step) {
  STEPCACHE_TRY_ASSIGN(const pipeline::StepId id, step_named(program.pipeline, step));
  RunOptions with_inputs = options;
  with_inputs.keep_inputs = true;
  STEPCACHE_TRY_ASSIGN(const auto plan, plan_pipeline(workspace, program, with_inputs));
  const scheduler::StepResult& result = plan.steps[id];
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
    explanation.code = explain_code_now(workspace, program, id, before->code);
  } else {
    explanation.parts = cache::compare({}, result.inputs);
  }
  return explanation;
}

}  // namespace stepcache::workspace
