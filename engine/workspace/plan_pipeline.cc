#include "workspace/plan_pipeline.h"

#include "pipeline/graph.h"
#include "workspace/scheduler_request.h"

namespace stepcache::workspace {
namespace {

// A plan starts nothing.
class NoExecutor final : public execution::Executor {
 public:
  std::size_t capacity() const override { return 1; }
  Result<void> start(execution::Attempt attempt) override {
    return fail(ErrorCode::internal, "a plan tried to run a step", attempt.step_name);
  }
  std::optional<execution::Outcome> wait(std::chrono::milliseconds) override { return std::nullopt; }
  void cancel_all() override {}
};

}  // namespace

Result<PlanResult> plan_pipeline(Workspace& workspace, const PipelineProgram& program, const RunOptions& options) {
  STEPCACHE_TRY_ASSIGN(const auto graph, pipeline::Graph::check(program.pipeline));
  NoExecutor executor;
  scheduler::Request request = scheduler_request(workspace, program, graph, options);
  request.plan = true;
  scheduler::Scheduler scheduler(scheduler_rooms(workspace, executor), std::move(request));
  while (true) {
    STEPCACHE_TRY_ASSIGN(const auto event, scheduler.advance());
    if (!event) break;
  }
  PlanResult result;
  result.pipeline = program.pipeline.name;
  result.parameters = program.pipeline.parameters;
  result.steps = scheduler.take_steps();
  for (const scheduler::StepResult& step : result.steps) {
    if (step.decision == scheduler::Decision::run) result.expected_ns += step.expected_ns;
    result.saved_ns += step.saved_ns;
  }
  return result;
}

}  // namespace stepcache::workspace
