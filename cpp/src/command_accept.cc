#include <unistd.h>

#include <iostream>
#include <string>

#include "cpp/src/command.h"
#include "report/accept_text.h"
#include "workspace/accept.h"

namespace stepcache::detail {
namespace {

bool is_yes(const std::string& answer) { return answer == "y" || answer == "Y" || answer == "yes"; }

}  // namespace

Result<int> accept_command(CommandContext& context) {
  const CommandLine& line = context.line;
  report::Console& console = context.console;
  STEPCACHE_TRY_ASSIGN(const auto proposed,
                       workspace::propose_acceptance(context.workspace, context.program, line.step));
  console.tell(report::proposal_text(console, proposed));
  if (!line.yes) {
    if (console.json() || console.quiet() || isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0) {
      return fail(ErrorCode::invalid_argument,
                  "nobody can be asked here: look at what would be accepted, then say so with --yes", "accept");
    }
    console.print(report::accept_question(proposed));
    console.flush();
    std::string answer;
    std::getline(std::cin, answer);
    if (!is_yes(answer)) {
      console.tell("nothing was accepted\n");
      return 0;
    }
  }
  STEPCACHE_TRY_ASSIGN(const auto acceptance, workspace::accept(context.workspace, proposed, line.note));
  if (console.json()) console.print(report::accept_json({acceptance}));
  console.tell(report::accepted_text(acceptance));
  return 0;
}

}  // namespace stepcache::detail
