#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command.h"
#include "cli/subject.h"
#include "report/lineage_form.h"
#include "workspace/lineage_view.h"

namespace stepcache::cli {
namespace {

struct Options {
  std::string subject;
  std::string format = "text";
};

Result<int> lineage(Context& context, const Options& options) {
  STEPCACHE_TRY_ASSIGN(auto workspace, workspace::open_existing(context.place, workspace::Access::read));
  STEPCACHE_TRY_ASSIGN(const auto subject, resolve_subject(workspace, options.subject));
  const auto* const run = std::get_if<metadata::RunId>(&subject);
  STEPCACHE_TRY_ASSIGN(const auto graph, run != nullptr ? workspace::lineage_of_run(workspace, *run)
                                                        : workspace::lineage_of_artifact(
                                                              workspace, std::get<metadata::ArtifactRecord>(subject)));
  STEPCACHE_TRY_ASSIGN(const auto text, report::lineage_form(graph, context.console.json() ? "json" : options.format));
  context.console.print(text);
  return 0;
}

}  // namespace

void add_lineage(CLI::App& program, CommandLine& line) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(
      program, line, "lineage", "Draw which step read what and made what: of a run, or across runs around an artifact",
      "  stepcache lineage latest --format svg > run.svg\n"
      "  stepcache lineage trainer.model");
  command
      ->add_option("RUN|ARTIFACT", options->subject,
                   "A run (number, `latest`, `latest~N`), or an artifact: 8 or more digits of its digest, or "
                   "[RUN/]STEP[.OUTPUT]")
      ->required();
  command->add_option("--format", options->format, "text, dot, svg or json (default: text)")->type_name("FORMAT");
  command->callback(
      [&line, options] { line.action = [options](Context& context) { return lineage(context, *options); }; });
}

}  // namespace stepcache::cli
