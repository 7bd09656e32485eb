#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command.h"
#include "cli/option_value.h"
#include "report/signature_json.h"
#include "report/signature_text.h"
#include "workspace/history.h"
#include "workspace/signature_view.h"

namespace stepcache::cli {
namespace {

struct Options {
  std::string step;
  std::string depth = "0";
};

Result<int> signature(Context& context, const Options& options) {
  STEPCACHE_TRY_ASSIGN(const auto depth, parse_count("--depth", options.depth));
  STEPCACHE_TRY_ASSIGN(auto workspace, workspace::open_existing(context.place, workspace::Access::read));
  STEPCACHE_TRY_ASSIGN(const auto step, workspace::resolve_step(workspace, options.step));
  STEPCACHE_TRY_ASSIGN(const auto view, workspace::signature_recorded(workspace, step.run, step.step));
  context.console.print(context.console.json() ? report::signature_json(view)
                                               : report::signature_text(context.console, view, depth));
  return 0;
}

}  // namespace

void add_signature(CLI::App& program, CommandLine& line) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(program, line, "signature",
                                  "Show the code of a step with all that it reaches: functions, data, libraries; of a "
                                  "recorded run, or with a PIPELINE as it is now",
                                  "  stepcache signature evaluator\n"
                                  "  stepcache signature 3/evaluator --depth 2\n"
                                  "  stepcache signature pipeline.cpp evaluator");
  command
      ->add_option("STEP", options->step,
                   "[RUN/]STEP of a recorded run (default: the latest that has it), or PIPELINE STEP")
      ->required();
  command->add_option("--depth", options->depth, "Leave out what is reached in more steps than that (default: nothing)")
      ->type_name("N");
  command->callback(
      [&line, options] { line.action = [options](Context& context) { return signature(context, *options); }; });
}

}  // namespace stepcache::cli
