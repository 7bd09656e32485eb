#pragma once

#include <string>
#include <string_view>

#include "lineage/lineage_graph.h"
#include "result/result.h"

namespace stepcache::report {

// A lineage as `format` says: text, dot, svg or json (docs/formats/lineage.md). Errors: invalid_argument (another
// format).
Result<std::string> lineage_form(const lineage::LineageGraph& graph, std::string_view format);

}  // namespace stepcache::report
