#pragma once

#include <string>

#include "lineage/lineage_graph.h"

namespace stepcache::lineage {

// A picture: one SVG 1.1 document, UTF-8, without scripts or outside references, on white. Left to right; steps are
// circles with execution and name, artifacts rectangles with name and type, external inputs sheets; solid edges are
// fresh, dashed ones cached, pale ones not followed (yet). Names that are too long end in an ellipsis; the full ones
// are tooltips.
std::string to_svg(const LineageGraph& graph);

}  // namespace stepcache::lineage
