#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command.h"
#include "cli/option_value.h"
#include "report/store_json.h"
#include "report/store_text.h"
#include "workspace/artifacts.h"

namespace stepcache::cli {
namespace {

struct Options {
  std::string type;
  std::string limit = "100";
};

Result<int> artifacts(Context& context, const Options& options) {
  workspace::ArtifactFilter filter;
  filter.type = options.type;
  STEPCACHE_TRY_ASSIGN(filter.limit, parse_count("--limit", options.limit));
  STEPCACHE_TRY_ASSIGN(auto workspace, workspace::open_existing(context.place, workspace::Access::read));
  STEPCACHE_TRY_ASSIGN(const auto artifacts, workspace::list_artifacts(workspace, filter));
  context.console.print(context.console.json() ? report::artifacts_json(artifacts)
                                               : report::artifacts_text(context.console, artifacts));
  return 0;
}

}  // namespace

void add_artifacts(CLI::App& program, CommandLine& line) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(program, line, "artifacts", "List artifacts, newest first",
                                  "  stepcache artifacts --limit 10\n"
                                  "  stepcache artifacts --type float64 --json");
  command->add_option("--type", options->type, "Only artifacts of this type")->type_name("TYPE");
  command->add_option("--limit", options->limit, "How many at most (default: 100)")->type_name("N");
  command->callback(
      [&line, options] { line.action = [options](Context& context) { return artifacts(context, *options); }; });
}

}  // namespace stepcache::cli
