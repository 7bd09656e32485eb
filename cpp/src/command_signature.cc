#include "cpp/src/command.h"
#include "report/signature_json.h"
#include "report/signature_text.h"
#include "workspace/signature_view.h"

namespace stepcache::detail {

Result<int> signature_command(CommandContext& context) {
  STEPCACHE_TRY_ASSIGN(const auto view,
                       workspace::signature_now(context.workspace, context.program, context.line.step));
  context.console.print(context.line.output.json
                            ? report::signature_json(view)
                            : report::signature_text(context.console, view, context.line.depth));
  return 0;
}

}  // namespace stepcache::detail
