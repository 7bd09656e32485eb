#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command.h"
#include "cli/subject.h"
#include "report/history_json.h"
#include "report/history_text.h"
#include "workspace/labels.h"

namespace stepcache::cli {
namespace {

struct Options {
  std::string subject;
  bool remove = false;
};

Result<int> pin(Context& context, const Options& options) {
  STEPCACHE_TRY_ASSIGN(auto workspace, workspace::open_existing(context.place, workspace::Access::write));
  STEPCACHE_TRY_ASSIGN(const auto subject, resolve_subject(workspace, options.subject));
  if (const auto* const run = std::get_if<metadata::RunId>(&subject)) {
    STEPCACHE_TRY_ASSIGN(const auto record, workspace::pin_run(workspace, *run, !options.remove));
    if (context.console.json()) context.console.print(report::run_labels_json(record));
    context.console.tell(report::run_labels_text(record));
    return 0;
  }
  STEPCACHE_TRY_ASSIGN(
      const auto artifact,
      workspace::pin_artifact(workspace, std::get<metadata::ArtifactRecord>(subject), !options.remove));
  if (context.console.json()) context.console.print(report::artifact_labels_json(artifact));
  context.console.tell(report::artifact_labels_text(artifact));
  return 0;
}

}  // namespace

void add_pin(CLI::App& program, CommandLine& line) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(program, line, "pin", "Keep a run or an artifact from gc, or let it go",
                                  "  stepcache pin latest\n"
                                  "  stepcache pin trainer.model --remove");
  command
      ->add_option("RUN|ARTIFACT", options->subject,
                   "A run (number, `latest`, `latest~N`), or an artifact: 8 or more digits of its digest, or "
                   "[RUN/]STEP[.OUTPUT]")
      ->required();
  command->add_flag("--remove", options->remove, "Let it go");
  command->callback([&line, options] { line.action = [options](Context& context) { return pin(context, *options); }; });
}

}  // namespace stepcache::cli
