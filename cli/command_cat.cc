#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command.h"
#include "report/store_json.h"
#include "workspace/artifacts.h"

namespace stepcache::cli {
namespace {

struct Options {
  std::string artifact;
  bool raw = false;
};

Result<int> cat(Context& context, const Options& options) {
  if (options.raw && context.console.json()) {
    return fail(ErrorCode::invalid_argument, "gives the bytes as they are: leave out --json", "--raw");
  }
  STEPCACHE_TRY_ASSIGN(auto workspace, workspace::open_existing(context.place, workspace::Access::read));
  STEPCACHE_TRY_ASSIGN(const auto artifact, workspace::resolve_artifact(workspace, options.artifact));
  if (options.raw) {
    STEPCACHE_TRY_ASSIGN(const auto bytes, workspace::read_artifact(workspace, artifact));
    context.console.print(bytes);
    return 0;
  }
  STEPCACHE_TRY_ASSIGN(auto preview, workspace::preview_artifact(workspace, artifact));
  if (context.console.json()) {
    context.console.print(report::cat_json(artifact, preview));
    return 0;
  }
  if (!preview.ends_with('\n')) preview.push_back('\n');
  context.console.print(preview);
  return 0;
}

}  // namespace

void add_cat(CLI::App& program, CommandLine& line) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(program, line, "cat", "Print an artifact in a readable form, or its bytes",
                                  "  stepcache cat evaluator\n"
                                  "  stepcache cat 2/trainer.model --raw > model.json");
  command->add_option("ARTIFACT", options->artifact, "8 or more digits of its digest, or [RUN/]STEP[.OUTPUT]")
      ->required();
  command->add_flag("--raw", options->raw, "Its bytes as they are");
  command->callback([&line, options] { line.action = [options](Context& context) { return cat(context, *options); }; });
}

}  // namespace stepcache::cli
