#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command.h"
#include "report/history_json.h"
#include "report/history_text.h"
#include "workspace/history.h"
#include "workspace/labels.h"

namespace stepcache::cli {
namespace {

struct Options {
  std::string run, text;
};

Result<int> note(Context& context, const Options& options) {
  STEPCACHE_TRY_ASSIGN(auto workspace, workspace::open_existing(context.place, workspace::Access::write));
  STEPCACHE_TRY_ASSIGN(const auto run, workspace::resolve_run(workspace, options.run));
  STEPCACHE_TRY_ASSIGN(const auto record, workspace::note_run(workspace, run, options.text));
  if (context.console.json()) context.console.print(report::run_labels_json(record));
  context.console.tell(report::run_labels_text(record));
  return 0;
}

}  // namespace

void add_note(CLI::App& program, CommandLine& line) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(program, line, "note", "Write a note on a run; an empty one takes it away",
                                  "  stepcache note latest 'twice the hidden units'");
  command->add_option("RUN", options->run, "A number, `latest` or `latest~N`")->required();
  command->add_option("TEXT", options->text, "The note")->required();
  command->callback(
      [&line, options] { line.action = [options](Context& context) { return note(context, *options); }; });
}

}  // namespace stepcache::cli
