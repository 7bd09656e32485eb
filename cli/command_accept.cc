#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command.h"
#include "cli/option_value.h"
#include "report/accept_text.h"
#include "workspace/accept.h"

namespace stepcache::cli {
namespace {

struct Options {
  bool list = false;
  std::string revoke;
};

Result<int> list(Context& context) {
  STEPCACHE_TRY_ASSIGN(auto workspace, workspace::open_existing(context.place, workspace::Access::read));
  STEPCACHE_TRY_ASSIGN(const auto acceptances, workspace::list_acceptances(workspace));
  context.console.print(context.console.json()
                            ? report::accept_json(acceptances)
                            : report::acceptances_text(context.console, acceptances, workspace::wall_time_now()));
  return 0;
}

Result<int> revoke(Context& context, const std::string& id) {
  STEPCACHE_TRY_ASSIGN(const std::uint64_t number, parse_count("--revoke", id));
  STEPCACHE_TRY_ASSIGN(auto workspace, workspace::open_existing(context.place, workspace::Access::write));
  STEPCACHE_TRY_ASSIGN(const auto acceptance,
                       workspace::revoke_acceptance(workspace, static_cast<std::int64_t>(number)));
  if (context.console.json()) context.console.print(report::accept_json({acceptance}));
  context.console.tell(report::accepted_text(acceptance));
  return 0;
}

}  // namespace

void add_accept(CLI::App& program, CommandLine& line) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      add_command(program, line, "accept", "Declare that an edit of a step changes no result; list or revoke such",
                  "  stepcache accept pipeline.cpp trainer --note 'renamed a variable'\n"
                  "  stepcache accept --list\n"
                  "  stepcache accept --revoke 3");
  // With a PIPELINE all is passed on to its program before anything is parsed: this is for the help.
  const auto passed_on = [](const auto&) {};
  command->add_option_function<std::string>("PIPELINE", passed_on, "A C++ source, a Python file or a program");
  command->add_option_function<std::vector<std::string>>(
      "STEP", passed_on, "Its present code gives what its earlier code gave; --yes does not ask, --note TEXT says why");
  auto* const list_all = command->add_flag("--list", options->list, "Show all that was accepted");
  command->add_option("--revoke", options->revoke, "The step runs by its own code again")
      ->type_name("ID")
      ->excludes(list_all);
  command->callback([&line, options] {
    line.action = [options](Context& context) {
      return options->list ? list(context) : revoke(context, options->revoke);
    };
  });
}

}  // namespace stepcache::cli
