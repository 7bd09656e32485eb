#pragma once

#include <string>

#include "lineage/lineage_graph.h"

namespace stepcache::lineage {

// One JSON object with schema "stepcache.lineage/1" (docs/formats/lineage.md): nodes with the positions of the SVG
// picture's layout, edges with their ways; a node or an edge a line.
std::string to_json(const LineageGraph& graph);

}  // namespace stepcache::lineage
