#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lineage/crossing.h"

namespace stepcache::lineage {

// How far a node reaches from its row.
struct RowExtent {
  int above = 0;
  int below = 0;
  int gap = 0;        // least distance to the next node; between two nodes the smaller one's
  bool bend = false;  // a place on a long edge: long edges are kept straight first
};

// A row (y coordinate) for each node: in each layer in the given order, at least above + gap + below apart. Sweeps to
// and fro; in each, a layer's rows are the least-squares fit to the weighted mean of its neighbours' rows under the
// distances (isotonic regression by pooling adjacent violators: exact, linear). Then nodes joined by their only edges
// are brought onto one row where there is room. The smallest row minus `above` is 0.
std::vector<int> assign_rows(const LayerOrder& order, std::span<const LayoutEdge> segments,
                             std::span<const RowExtent> extents);

}  // namespace stepcache::lineage
