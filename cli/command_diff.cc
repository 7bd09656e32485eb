#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command.h"
#include "report/history_json.h"
#include "report/history_text.h"
#include "workspace/history.h"

namespace stepcache::cli {
namespace {

struct Options {
  std::string left, right;
};

Result<int> diff(Context& context, const Options& options) {
  STEPCACHE_TRY_ASSIGN(auto workspace, workspace::open_existing(context.place, workspace::Access::read));
  STEPCACHE_TRY_ASSIGN(const auto left, workspace::resolve_run(workspace, options.left));
  STEPCACHE_TRY_ASSIGN(const auto right, workspace::resolve_run(workspace, options.right));
  STEPCACHE_TRY_ASSIGN(const auto difference, workspace::diff_runs(workspace, left, right));
  context.console.print(context.console.json()
                            ? report::diff_json(difference)
                            : report::diff_text(context.console, difference, workspace::wall_time_now()));
  return 0;
}

}  // namespace

void add_diff(CLI::App& program, CommandLine& line) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(program, line, "diff",
                                  "Say what differs between two runs: parameters, statuses, code, inputs, outputs",
                                  "  stepcache diff latest~1 latest");
  command->add_option("LEFT", options->left, "The earlier run: a number, `latest` or `latest~N`")->required();
  command->add_option("RIGHT", options->right, "The later run")->required();
  command->callback(
      [&line, options] { line.action = [options](Context& context) { return diff(context, *options); }; });
}

}  // namespace stepcache::cli
