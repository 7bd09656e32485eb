#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command.h"
#include "report/why_json.h"
#include "report/why_text.h"
#include "workspace/explain.h"
#include "workspace/history.h"

namespace stepcache::cli {
namespace {

struct Options {
  std::string step;
};

Result<int> why(Context& context, const Options& options) {
  STEPCACHE_TRY_ASSIGN(auto workspace, workspace::open_existing(context.place, workspace::Access::read));
  STEPCACHE_TRY_ASSIGN(const auto step, workspace::resolve_step(workspace, options.step));
  STEPCACHE_TRY_ASSIGN(const auto explanation, workspace::explain_recorded(workspace, step.run, step.step));
  context.console.print(context.console.json() ? report::why_json(explanation)
                                               : report::why_text(context.console, explanation));
  return 0;
}

}  // namespace

void add_why(CLI::App& program, CommandLine& line) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(
      program, line, "why",
      "Say why a step ran or was reused in a recorded run; with a PIPELINE: what a run would do with it now",
      "  stepcache why evaluator\n"
      "  stepcache why 3/evaluator -v\n"
      "  stepcache why pipeline.cpp evaluator --epochs 30");
  command
      ->add_option("STEP", options->step,
                   "[RUN/]STEP of a recorded run (default: the latest that has it), or PIPELINE STEP")
      ->required();
  command->callback([&line, options] { line.action = [options](Context& context) { return why(context, *options); }; });
}

}  // namespace stepcache::cli
