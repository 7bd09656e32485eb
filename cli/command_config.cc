#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "report/config_json.h"
#include "report/config_text.h"

namespace stepcache::cli {
namespace {

Result<int> config(Context& context) {
  const workspace::Place& place = context.place;
  context.console.print(context.console.json()
                            ? report::config_json(place.settings, place.folder, place.project)
                            : report::config_text(context.console, place.settings, place.folder, place.project));
  return 0;
}

}  // namespace

void add_config(CLI::App& program, CommandLine& line) {
  CLI::App* command = add_command(program, line, "config", "Show every setting with its value and where that came from",
                                  "  stepcache config\n"
                                  "  STEPCACHE_COLOR=never stepcache config --json");
  command->callback([&line] { line.action = config; });
}

}  // namespace stepcache::cli
