#include "report/lineage_form.h"

#include "lineage/dot.h"
#include "lineage/json.h"
#include "lineage/svg.h"
#include "lineage/text.h"

namespace stepcache::report {

Result<std::string> lineage_form(const lineage::LineageGraph& graph, std::string_view format) {
  if (format == "text") return lineage::to_text(graph);
  if (format == "dot") return lineage::to_dot(graph);
  if (format == "svg") return lineage::to_svg(graph);
  if (format == "json") return lineage::to_json(graph);
  return fail(ErrorCode::invalid_argument, "takes text, dot, svg or json, as in `--format svg`", "--format");
}

}  // namespace stepcache::report
