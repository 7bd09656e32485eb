#include "cpp/src/command.h"
#include "report/why_json.h"
#include "report/why_text.h"
#include "workspace/explain.h"

namespace stepcache::detail {

Result<int> why_command(CommandContext& context) {
  STEPCACHE_TRY_ASSIGN(const auto explanation, workspace::explain_now(context.workspace, context.program,
                                                                      run_options(context.line), context.line.step));
  context.console.print(context.line.output.json ? report::why_json(explanation)
                                                 : report::why_text(context.console, explanation));
  return 0;
}

}  // namespace stepcache::detail
