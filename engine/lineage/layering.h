#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lineage/adjacency.h"

namespace stepcache::lineage {

struct Layering {
  std::vector<std::uint32_t> layer;  // by node
  std::uint32_t layers = 0;          // none is empty
  std::vector<bool> reversed;        // by edge: it lies on a cycle and was turned to break it
};

// The first phase of a layered drawing (Sugiyama, Tagawa, Toda 1981): each edge goes from a layer to a later one,
// turned edges the other way. Longest paths from the sources; then nodes with more edges out than in move as late as
// they can, which shortens edges in total. Edges from a node to itself do not count. Linear; no recursion.
Layering assign_layers(std::size_t nodes, std::span<const LayoutEdge> edges);

}  // namespace stepcache::lineage
