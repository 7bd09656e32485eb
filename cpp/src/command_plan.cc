#include "cpp/src/command.h"
#include "report/plan_text.h"
#include "report/run_json.h"
#include "workspace/plan_pipeline.h"

namespace stepcache::detail {

Result<int> plan_command(CommandContext& context) {
  STEPCACHE_TRY_ASSIGN(const auto plan,
                       workspace::plan_pipeline(context.workspace, context.program, run_options(context.line)));
  context.console.print(context.line.output.json ? report::plan_json(context.program.pipeline, plan)
                                                 : report::plan_text(context.console, context.program.pipeline, plan));
  return 0;
}

}  // namespace stepcache::detail
