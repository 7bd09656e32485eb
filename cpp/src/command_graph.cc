#include "cpp/src/command.h"
#include "report/lineage_form.h"
#include "workspace/lineage_view.h"
#include "workspace/plan_pipeline.h"

namespace stepcache::detail {

Result<int> graph_command(CommandContext& context) {
  STEPCACHE_TRY_ASSIGN(const auto plan,
                       workspace::plan_pipeline(context.workspace, context.program, run_options(context.line)));
  STEPCACHE_TRY_ASSIGN(const auto graph, workspace::lineage_of_plan(context.program.pipeline, plan.steps));
  const std::string format = context.line.output.json ? "json" : context.line.format;
  STEPCACHE_TRY_ASSIGN(const auto text, report::lineage_form(graph, format));
  context.console.print(text);
  return 0;
}

}  // namespace stepcache::detail
