#include "workspace/run_pipeline.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "digest/sha256.h"
#include "metadata/parameter_record.h"
#include "pipeline/graph.h"
#include "pipeline/graph_blob.h"
#include "platform/process.h"
#include "workspace/scheduler_request.h"

namespace stepcache::workspace {

struct RunSession::State {
  State(Workspace& given_workspace, const PipelineProgram& given_program, pipeline::Graph given_graph)
      : workspace(given_workspace), program(given_program), graph(std::move(given_graph)) {}

  Workspace& workspace;
  const PipelineProgram& program;
  pipeline::Graph graph;
  metadata::RunId run = 0;
  std::int64_t started = 0;  // monotonic
  std::unique_ptr<platform::HeldLock> in_use;
  std::unique_ptr<platform::HeldLock> alive;
  std::unique_ptr<execution::Executor> executor;
  std::optional<scheduler::Scheduler> scheduler;
  std::optional<Error> error;  // what ended the run before its time
};

namespace {

metadata::NewRun new_run(Workspace& workspace, const PipelineProgram& program) {
  metadata::NewRun made;
  made.graph_blob = pipeline::encode_graph(program.pipeline);
  made.run.pipeline = program.pipeline.name;
  made.run.status = metadata::RunStatus::running;
  made.run.started_ns = workspace.clock().wall_ns();
  made.run.program = program.program.string();
  made.run.arguments = program.arguments;
  made.run.folder = program.working_directory.string();
  made.run.process = platform::process_id();
  made.run.parameters = metadata::record_parameters(program.pipeline.parameters);
  made.run.graph = sha256(made.graph_blob);
  return made;
}

// What a step's status becomes when the run ends before the step does: cancelled in haste, or ended by an error.
metadata::StepStatus final_status(metadata::StepStatus status) {
  if (status == metadata::StepStatus::running) return metadata::StepStatus::cancelled;
  if (status == metadata::StepStatus::pending) return metadata::StepStatus::skipped;
  return status;
}

metadata::RunOutcome outcome_of(const std::vector<scheduler::StepResult>& steps) {
  metadata::RunOutcome outcome;
  outcome.steps.reserve(steps.size());
  for (const scheduler::StepResult& step : steps) {
    const metadata::StepStatus status = final_status(step.status);
    outcome.saved_ns += step.saved_ns;
    switch (status) {
      case metadata::StepStatus::cached:
        ++outcome.cached;
        break;
      case metadata::StepStatus::completed:
        ++outcome.completed;
        break;
      case metadata::StepStatus::failed:
        ++outcome.failed;
        break;
      default:
        ++outcome.skipped;
    }
    const bool stopped = status != step.status;
    outcome.steps.push_back({status, step.execution,
                             std::string(cache::name(stopped ? cache::ReasonCode::stopped : step.reason.code)),
                             stopped ? "the run ended before it" : step.reason.text});
  }
  return outcome;
}

}  // namespace

int exit_status(const RunResult& result) {
  if (result.status == metadata::RunStatus::completed) return 0;
  if (result.status == metadata::RunStatus::cancelled) return exit_status(ErrorCode::cancelled);
  constexpr int k_users_mistake = 2;
  bool failed_before_start = false;
  for (const scheduler::StepResult& step : result.steps) {
    if (step.status != metadata::StepStatus::failed) continue;
    if (exit_status(step.error_code) != k_users_mistake) return exit_status(ErrorCode::step_failed);
    failed_before_start = true;
  }
  return failed_before_start ? k_users_mistake : exit_status(ErrorCode::step_failed);
}

Result<RunSession> RunSession::start(Workspace& workspace, const PipelineProgram& program, const RunOptions& options) {
  constexpr std::chrono::milliseconds k_wait_for_deleters{60'000};
  const std::int64_t started = workspace.clock().monotonic_ns();
  STEPCACHE_TRY_ASSIGN(auto graph, pipeline::Graph::check(program.pipeline));
  auto state = std::make_unique<State>(workspace, program, std::move(graph));
  state->started = started;
  // Others may run at the same time; only what deletes must wait.
  auto in_use = workspace.locks().lock(k_in_use_lock, platform::LockKind::shared, k_wait_for_deleters);
  if (!in_use) {
    if (in_use.error().code != ErrorCode::busy) return fail(in_use.error());
    return fail(ErrorCode::busy,
                "another process is deleting in this workspace (gc or verify --repair): run again when it has ended",
                workspace.folder().string());
  }
  state->in_use = std::move(*in_use);
  STEPCACHE_TRY_ASSIGN(state->run, workspace.metadata().begin_run(new_run(workspace, program)));
  STEPCACHE_TRY_ASSIGN(state->alive, workspace.locks().try_lock(k_run_locks + static_cast<std::uint64_t>(state->run),
                                                                platform::LockKind::exclusive));
  state->executor = execution::make_in_process_executor(program.body_of, workspace.clock());
  scheduler::Request request = scheduler_request(workspace, program, state->graph, options);
  request.run = state->run;
  if (options.capture_output) {
    request.log_folder = workspace.folder() / "logs" / fmt::format("run-{}", state->run);
    STEPCACHE_TRY(workspace.files().make_directories(request.log_folder, 0700));
  }
  state->scheduler.emplace(scheduler_rooms(workspace, *state->executor), std::move(request));
  return RunSession(std::move(state));
}

RunSession::RunSession(std::unique_ptr<State> state) : state_(std::move(state)) {}
RunSession::~RunSession() = default;
RunSession::RunSession(RunSession&&) noexcept = default;
RunSession& RunSession::operator=(RunSession&&) noexcept = default;

metadata::RunId RunSession::run() const { return state_->run; }

Result<std::optional<scheduler::Event>> RunSession::next() {
  auto event = state_->scheduler->advance();
  if (!event) state_->error = event.error();
  return event;
}

const scheduler::StepResult& RunSession::step(pipeline::StepId id) const { return state_->scheduler->steps()[id]; }

void RunSession::cancel() { state_->scheduler->cancel(); }

Result<RunResult> RunSession::finish() {
  State& state = *state_;
  scheduler::Scheduler& scheduler = *state.scheduler;
  // Results are on the medium before the run says that it has ended.
  const auto synced = state.workspace.artifacts().sync();
  metadata::RunOutcome outcome = outcome_of(scheduler.steps());
  if (scheduler.cancelled()) {
    outcome.status = metadata::RunStatus::cancelled;
  } else if (outcome.failed > 0 || state.error || !synced) {
    outcome.status = metadata::RunStatus::failed;
  }
  outcome.ended_ns = state.workspace.clock().wall_ns();
  outcome.duration_ns = state.workspace.clock().monotonic_ns() - state.started;
  STEPCACHE_TRY(state.workspace.metadata().finish_run(state.run, outcome));
  if (outcome.completed > 0) STEPCACHE_TRY(state.workspace.metadata().sync());
  STEPCACHE_TRY(synced);

  RunResult result;
  result.run = state.run;
  result.pipeline = state.program.pipeline.name;
  result.status = outcome.status;
  result.parameters = state.program.pipeline.parameters;
  result.duration_ns = outcome.duration_ns;
  result.saved_ns = outcome.saved_ns;
  result.warnings = scheduler.warnings();
  result.steps = scheduler.take_steps();
  return result;
}

}  // namespace stepcache::workspace
