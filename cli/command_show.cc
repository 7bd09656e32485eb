#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command.h"
#include "report/history_json.h"
#include "report/history_text.h"
#include "workspace/history.h"

namespace stepcache::cli {
namespace {

struct Options {
  std::string run = "latest";
};

Result<int> show(Context& context, const Options& options) {
  STEPCACHE_TRY_ASSIGN(auto workspace, workspace::open_existing(context.place, workspace::Access::read));
  STEPCACHE_TRY_ASSIGN(const auto run, workspace::resolve_run(workspace, options.run));
  STEPCACHE_TRY_ASSIGN(const auto recorded, workspace::recorded_run(workspace, run));
  for (const std::string& warning : recorded.warnings) context.console.warn(warning);
  context.console.print(context.console.json()
                            ? report::show_json(recorded)
                            : report::show_text(context.console, recorded, workspace::wall_time_now()));
  return 0;
}

}  // namespace

void add_show(CLI::App& program, CommandLine& line) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(program, line, "show", "Show a recorded run: its parameters, steps and artifacts",
                                  "  stepcache show\n"
                                  "  stepcache show latest~1 -v");
  command->add_option("RUN", options->run, "A number, `latest` or `latest~N` (default: latest)");
  command->callback(
      [&line, options] { line.action = [options](Context& context) { return show(context, *options); }; });
}

}  // namespace stepcache::cli
