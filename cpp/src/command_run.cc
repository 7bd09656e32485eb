#include <unistd.h>

#include <memory>
#include <optional>

#include "cpp/src/command.h"
#include "cpp/src/step_gate.h"
#include "platform/cancel_signal.h"
#include "report/live_run.h"
#include "report/summary.h"

namespace stepcache::detail {
namespace {

// How long a step that is running may go on after Ctrl-C; a second Ctrl-C does not wait.
constexpr int k_grace_ms = 3000;

// The standard output and error of the program, also while a step's output is captured.
class OwnStreams {
 public:
  OwnStreams() : output_(dup(STDOUT_FILENO)), error_(dup(STDERR_FILENO)) {}
  ~OwnStreams() {
    close(output_);
    close(error_);
  }
  OwnStreams(const OwnStreams&) = delete;
  OwnStreams& operator=(const OwnStreams&) = delete;

  void put_back() const {
    std::fflush(nullptr);
    dup2(output_, STDOUT_FILENO);
    dup2(error_, STDERR_FILENO);
  }

 private:
  int output_;
  int error_;
};

}  // namespace

workspace::RunOptions run_options(const CommandLine& line) {
  workspace::RunOptions options;
  options.enable_cache = line.enable_cache;
  options.fail_fast = line.fail_fast;
  options.check = line.check;
  options.capture_output = line.output.json;
  options.keep_inputs = line.output.json;
  return options;
}

Result<int> run_command(CommandContext& context) {
  const workspace::PipelineProgram& program = context.program;
  STEPCACHE_TRY_ASSIGN(auto session,
                       workspace::RunSession::start(context.workspace, program, run_options(context.line)));
  const OwnStreams streams;
  auto live = std::make_unique<report::LiveRun>(context.console, program.pipeline, session.run());

  const auto end_run = [&]() -> Result<int> {
    auto result = session.finish();
    if (!result) {
      live.reset();
      return fail(std::move(result).error());
    }
    live->finish(*result);
    live.reset();
    report::print_run(context.console, program.pipeline, *result);
    return workspace::exit_status(*result);
  };
  // A step in this process cannot be stopped: when it does not end by itself, the process ends instead of it.
  const platform::CancelSignal cancel(k_grace_ms, [&] {
    (void)context.gate.hold([&] {
      if (context.line.output.json) streams.put_back();
      session.cancel();
      const auto status = end_run();
      _exit(context.console.finish(status ? *status : report::report_error(context.console, status.error())));
    });
  });

  std::optional<Error> stores_error;
  for (;;) {
    if (cancel.requested()) session.cancel();
    const auto event = session.next();
    if (!event) stores_error = event.error();
    if (!event || !*event) break;
    const auto& step = session.step((*event)->step);
    live->show(**event, step);
    if (context.trace.on()) context.trace.take(program.pipeline, **event, step);
  }
  auto status = end_run();
  if (stores_error) return fail(*std::move(stores_error));
  return status;
}

}  // namespace stepcache::detail
