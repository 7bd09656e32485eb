#pragma once

#include <string>

#include "lineage/lineage_graph.h"

namespace stepcache::lineage {

// The graph for Graphviz, UTF-8, valid for any names: `stepcache lineage 3 --format dot | dot -Tpdf`.
std::string to_dot(const LineageGraph& graph);

}  // namespace stepcache::lineage
