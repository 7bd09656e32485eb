#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command.h"
#include "report/store_json.h"
#include "report/store_text.h"
#include "workspace/verify.h"

namespace stepcache::cli {
namespace {

struct Options {
  bool repair = false;
};

Result<int> verify(Context& context, const Options& options) {
  STEPCACHE_TRY_ASSIGN(const auto result,
                       workspace::verify(context.place.folder, options.repair, context.place.settings.settings));
  context.console.print(context.console.json() ? report::verify_json(result)
                                               : report::verify_text(context.console, result));
  return result.findings.empty() ? 0 : exit_status(ErrorCode::damaged);
}

}  // namespace

void add_verify(CLI::App& program, CommandLine& line) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      add_command(program, line, "verify",
                  "Re-hash every stored object and check every record; exit status 3 when something is damaged",
                  "  stepcache verify\n"
                  "  stepcache verify --repair");
  command->add_flag("--repair", options->repair,
                    "Remove what is damaged (it is computed again when needed) and rebuild an unreadable database");
  command->callback(
      [&line, options] { line.action = [options](Context& context) { return verify(context, *options); }; });
}

}  // namespace stepcache::cli
