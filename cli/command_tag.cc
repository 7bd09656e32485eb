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
  std::string run;
  std::vector<std::string> tags;
  bool remove = false;
};

Result<int> tag(Context& context, const Options& options) {
  STEPCACHE_TRY_ASSIGN(auto workspace, workspace::open_existing(context.place, workspace::Access::write));
  STEPCACHE_TRY_ASSIGN(const auto run, workspace::resolve_run(workspace, options.run));
  STEPCACHE_TRY_ASSIGN(const auto record, workspace::tag_run(workspace, run, options.tags, options.remove));
  if (context.console.json()) context.console.print(report::run_labels_json(record));
  context.console.tell(report::run_labels_text(record));
  return 0;
}

}  // namespace

void add_tag(CLI::App& program, CommandLine& line) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(program, line, "tag", "Give a run tags, or take them away",
                                  "  stepcache tag latest baseline\n"
                                  "  stepcache tag 3 baseline --remove");
  command->add_option("RUN", options->run, "A number, `latest` or `latest~N`")->required();
  command->add_option("TAG", options->tags, "Tags")->required();
  command->add_flag("--remove", options->remove, "Take them away");
  command->callback([&line, options] { line.action = [options](Context& context) { return tag(context, *options); }; });
}

}  // namespace stepcache::cli
