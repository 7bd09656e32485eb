#pragma once

#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace stepcache::lineage {

struct LayoutEdge {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
};

// The edges at each node, in one array: those that leave it, or those that enter it, in the edges' order.
class Adjacency {
 public:
  enum class End : std::uint8_t { from, to };

  Adjacency(std::size_t nodes, std::span<const LayoutEdge> edges, End end) : begin_(nodes + 1), edges_(edges.size()) {
    const auto key = [end](const LayoutEdge& edge) { return end == End::from ? edge.from : edge.to; };
    for (const LayoutEdge& edge : edges) ++begin_[key(edge) + 1];
    std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
    std::vector<std::uint32_t> next(begin_.begin(), begin_.end() - 1);
    for (std::uint32_t i = 0; i < edges.size(); ++i) edges_[next[key(edges[i])]++] = i;
  }

  std::span<const std::uint32_t> of(std::uint32_t node) const {
    return std::span(edges_).subspan(begin_[node], begin_[node + 1] - begin_[node]);
  }

 private:
  std::vector<std::uint32_t> begin_;
  std::vector<std::uint32_t> edges_;
};

}  // namespace stepcache::lineage
