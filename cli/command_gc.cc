#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command.h"
#include "cli/option_value.h"
#include "report/store_json.h"
#include "report/store_text.h"
#include "workspace/collect_garbage.h"

namespace stepcache::cli {
namespace {

struct Options {
  std::string keep_runs, older_than, max_size;
  bool dry_run = false;
};

Result<int> gc(Context& context, const Options& options) {
  workspace::GarbageOptions wanted;
  wanted.dry_run = options.dry_run;
  if (!options.keep_runs.empty()) {
    STEPCACHE_TRY_ASSIGN(wanted.keep_runs, parse_count("--keep-runs", options.keep_runs));
  } else if (const std::uint64_t keep = context.place.settings.settings.keep_runs; keep > 0) {
    wanted.keep_runs = keep;
  }
  if (!options.older_than.empty()) {
    STEPCACHE_TRY_ASSIGN(wanted.older_than_ns, parse_age("--older-than", options.older_than));
  }
  if (!options.max_size.empty()) {
    STEPCACHE_TRY_ASSIGN(wanted.max_size_bytes, parse_size("--max-size", options.max_size));
  }
  STEPCACHE_TRY_ASSIGN(auto workspace, workspace::open_existing(context.place, workspace::Access::write));
  STEPCACHE_TRY_ASSIGN(const auto result, workspace::collect_garbage(workspace, wanted));
  if (context.console.json()) context.console.print(report::gc_json(result));
  context.console.tell(report::gc_text(context.console, result));
  return 0;
}

}  // namespace

void add_gc(CLI::App& program, CommandLine& line) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      add_command(program, line, "gc", "Forget old runs and delete what no kept run needs; what is pinned stays",
                  "  stepcache gc --keep-runs 20 --dry-run\n"
                  "  stepcache gc --older-than 30d --max-size 5GB");
  command->add_option("--keep-runs", options->keep_runs, "Forget all but the newest N runs")->type_name("N");
  command->add_option("--older-than", options->older_than, "Forget runs older than this: 7d, 12h, 30m")
      ->type_name("AGE");
  command->add_option("--max-size", options->max_size, "Then forget the oldest runs until the rest fits: 500MB, 2GiB")
      ->type_name("SIZE");
  command->add_flag("--dry-run", options->dry_run, "Delete nothing; say what would be deleted");
  command->callback([&line, options] { line.action = [options](Context& context) { return gc(context, *options); }; });
}

}  // namespace stepcache::cli
