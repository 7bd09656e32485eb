#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lineage/adjacency.h"

namespace stepcache::lineage {

// The order of the nodes within each layer: layer l holds nodes[begin[l]] up to nodes[begin[l + 1]].
struct LayerOrder {
  std::vector<std::uint32_t> begin;
  std::vector<std::uint32_t> nodes;
  std::vector<std::uint32_t> slot;  // by node: its place in its layer

  std::size_t layers() const { return begin.size() - 1; }
  std::span<const std::uint32_t> layer(std::size_t l) const {
    return std::span(nodes).subspan(begin[l], begin[l + 1] - begin[l]);
  }
};

// Orders the nodes so that few of the segments (edges from a layer to the next one) cross: the order of a depth-first
// walk, which draws a tree without crossings, then barycentre sweeps to and fro, at most `max_sweeps`, of which the
// best result is kept. Deterministic; O(sweeps * (n + e) log n); no recursion.
LayerOrder order_layers(std::span<const std::uint32_t> layer_of, std::uint32_t layers,
                        std::span<const LayoutEdge> segments, int max_sweeps);

// How many pairs of segments cross.
std::uint64_t count_crossings(const LayerOrder& order, std::span<const LayoutEdge> segments);

}  // namespace stepcache::lineage
