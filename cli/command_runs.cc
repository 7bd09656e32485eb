#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command.h"
#include "cli/option_value.h"
#include "report/history_json.h"
#include "report/history_text.h"
#include "workspace/history.h"

namespace stepcache::cli {
namespace {

struct Options {
  std::string limit = "20";
  std::string pipeline;
};

Result<int> runs(Context& context, const Options& options) {
  STEPCACHE_TRY_ASSIGN(const auto limit, parse_count("--limit", options.limit));
  STEPCACHE_TRY_ASSIGN(auto workspace, workspace::open_existing(context.place, workspace::Access::read));
  STEPCACHE_TRY_ASSIGN(const auto runs, workspace::list_runs(workspace, options.pipeline, limit));
  context.console.print(context.console.json() ? report::runs_json(runs)
                                               : report::runs_text(context.console, runs, workspace::wall_time_now()));
  return 0;
}

}  // namespace

void add_runs(CLI::App& program, CommandLine& line) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(program, line, "runs", "List recorded runs, newest first",
                                  "  stepcache runs --limit 5\n"
                                  "  stepcache runs --pipeline boston_housing --json");
  command->add_option("--limit", options->limit, "How many at most (default: 20)")->type_name("N");
  command->add_option("--pipeline", options->pipeline, "Only runs of this pipeline")->type_name("NAME");
  command->callback(
      [&line, options] { line.action = [options](Context& context) { return runs(context, *options); }; });
}

}  // namespace stepcache::cli
