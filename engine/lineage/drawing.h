#pragma once

#include <string>
#include <vector>

#include "lineage/layout.h"
#include "lineage/lineage_graph.h"

namespace stepcache::lineage {

constexpr int k_step_radius = 27;
constexpr double k_name_px = 13;    // first lines
constexpr double k_detail_px = 11;  // second lines

// A node as it is drawn: what is written on it, cut to fit, and where. Texts are as one_line gives them, not yet
// escaped.
struct DrawnNode {
  std::string name;
  std::string detail;   // the second line; may be empty
  std::string mark;     // inside a step's circle: #12
  std::string tooltip;  // everything, uncut, in lines
  BoxSize box;
};

struct Drawing {
  Layout layout;
  std::vector<DrawnNode> nodes;  // by node
  std::vector<EdgeState> made;   // by node: the state of the edge that made it; `fresh` for what nothing made
};

// Sizes and places of all nodes: the same for every format that has positions. Artifacts of a column are equally wide.
Drawing draw(const LineageGraph& graph);

// "4 steps (3 cached, 1 completed), 6 artifacts, 1 external input"
std::string summary(const LineageGraph& graph);

}  // namespace stepcache::lineage
