#pragma once

#include <string>

#include "lineage/lineage_graph.h"

namespace stepcache::lineage {

// For terminals and logs: a block for each step, sources first, with what it read ("<-") and what it made ("->");
// columns aligned; no colours. The artifact asked about is marked with "*". Linear in the graph's size.
std::string to_text(const LineageGraph& graph);

}  // namespace stepcache::lineage
