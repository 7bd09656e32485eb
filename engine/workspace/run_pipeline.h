#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "code_signature/parts.h"
#include "execution/executor.h"
#include "metadata/records.h"
#include "pipeline/pipeline.h"
#include "scheduler/scheduler.h"
#include "workspace/workspace.h"

namespace stepcache::workspace {

// A pipeline with all that is needed to run it or to say what running it would do.
struct PipelineProgram {
  pipeline::Pipeline pipeline;  // parameters already set from the command line
  execution::BodyOf body_of;    // by step id; must outlive the run
  // Code of a step; called when the step is about to run. The same object may serve many steps.
  std::function<Result<std::shared_ptr<const code_signature::CodeSignature>>(pipeline::StepId)> signature_of;
  // The parts of that code, the root first; asked for when a step ran whose signature is not recorded yet. May be empty.
  std::function<Result<std::vector<code_signature::Part>>(pipeline::StepId)> code_parts_of;
  std::filesystem::path program;       // absolute path of the program's file
  std::vector<std::string> arguments;  // its argument vector
  std::filesystem::path working_directory;
};

struct RunOptions {
  std::optional<bool> enable_cache;  // --cache, --no-cache: overrides every step and the pipeline
  bool fail_fast = false;
  double check = 0;             // --check: share of what could be reused that runs again to compare, 0 to 1
  bool capture_output = false;  // what steps print goes to their log (under --json)
  bool keep_inputs = false;     // fill StepResult::inputs also for cached steps (under --json)
};

// What became of a run.
struct RunResult {
  metadata::RunId run = 0;
  std::string pipeline;
  metadata::RunStatus status = metadata::RunStatus::completed;
  std::vector<pipeline::Parameter> parameters;
  std::int64_t duration_ns = 0;
  std::int64_t saved_ns = 0;
  std::vector<scheduler::StepResult> steps;  // by step id
  std::vector<std::string> warnings;         // damage found and healed, inputs that moved, nondeterministic steps
};

// The process exit status for a run: 0 completed, 130 cancelled, 1 when a step failed while it ran, 2 when all that
// failed are steps whose declared inputs could not be read.
int exit_status(const RunResult& result);

// A run under way, pulled forward by its surface: no callbacks.
//   auto run = RunSession::start(workspace, program, options);
//   while (auto event = run->next()) show(*event);       // blocks while steps run
//   RunResult result = run->finish();
class RunSession {
 public:
  // Records the run as running. Errors: invalid_argument (what Graph::check finds, before anything is recorded), those
  // of the stores.
  static Result<RunSession> start(Workspace& workspace, const PipelineProgram& program, const RunOptions& options);
  ~RunSession();
  RunSession(RunSession&&) noexcept;
  RunSession& operator=(RunSession&&) noexcept;

  metadata::RunId run() const;
  // The next thing that happened to a step; nothing when the run is over. Errors are those that end a run: the stores'.
  Result<std::optional<scheduler::Event>> next();
  // State of a step so far.
  const scheduler::StepResult& step(pipeline::StepId id) const;
  // Asks to stop: no further step starts; the run will be cancelled.
  void cancel();
  // Records the end of the run. Once, after next() gave nothing or an error.
  Result<RunResult> finish();

 private:
  struct State;
  explicit RunSession(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace stepcache::workspace
