#include "lineage/layering.h"

#include <algorithm>
#include <utility>

namespace stepcache::lineage {
namespace {

// Edges that close a cycle in a depth-first walk with a stack of our own.
std::vector<bool> find_back_edges(std::size_t nodes, std::span<const LayoutEdge> edges, const Adjacency& out,
                                  const Adjacency& in) {
  enum class Mark : std::uint8_t { unseen, open, done };
  std::vector<bool> back(edges.size());
  std::vector<Mark> marks(nodes, Mark::unseen);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> stack;  // node, how many of its edges are done
  const auto walk = [&](std::uint32_t root) {
    if (marks[root] != Mark::unseen) return;
    marks[root] = Mark::open;
    stack.emplace_back(root, 0);
    while (!stack.empty()) {
      auto& [node, done] = stack.back();
      const auto leaving = out.of(node);
      if (done == leaving.size()) {
        marks[node] = Mark::done;
        stack.pop_back();
        continue;
      }
      const std::uint32_t edge = leaving[done++];
      const std::uint32_t target = edges[edge].to;
      if (marks[target] == Mark::open) {
        back[edge] = true;
      } else if (marks[target] == Mark::unseen) {
        marks[target] = Mark::open;
        stack.emplace_back(target, 0);
      }
    }
  };
  // True sources first, so that the edges turned are those that lead back.
  for (std::uint32_t node = 0; node < nodes; ++node) {
    if (in.of(node).empty()) walk(node);
  }
  for (std::uint32_t node = 0; node < nodes; ++node) walk(node);
  return back;
}

}  // namespace

Layering assign_layers(std::size_t nodes, std::span<const LayoutEdge> edges) {
  Layering result;
  result.layer.assign(nodes, 0);
  if (nodes == 0) return result;
  result.reversed = find_back_edges(nodes, edges, Adjacency(nodes, edges, Adjacency::End::from),
                                    Adjacency(nodes, edges, Adjacency::End::to));
  std::vector<LayoutEdge> forward;
  forward.reserve(edges.size());
  for (std::size_t i = 0; i < edges.size(); ++i) {
    if (edges[i].from == edges[i].to) continue;
    forward.push_back(result.reversed[i] ? LayoutEdge{edges[i].to, edges[i].from} : edges[i]);
  }
  const Adjacency out(nodes, forward, Adjacency::End::from);
  const Adjacency in(nodes, forward, Adjacency::End::to);

  std::vector<std::uint32_t> order;
  order.reserve(nodes);
  std::vector<std::size_t> waits_for(nodes);
  for (std::uint32_t node = 0; node < nodes; ++node) {
    waits_for[node] = in.of(node).size();
    if (waits_for[node] == 0) order.push_back(node);
  }
  for (std::size_t next = 0; next < order.size(); ++next) {
    for (const std::uint32_t edge : out.of(order[next])) {
      const std::uint32_t target = forward[edge].to;
      result.layer[target] = std::max(result.layer[target], result.layer[order[next]] + 1);
      if (--waits_for[target] == 0) order.push_back(target);
    }
  }
  result.layers = *std::max_element(result.layer.begin(), result.layer.end()) + 1;

  // A longest path cannot move, so no layer becomes empty.
  for (auto node = order.rbegin(); node != order.rend(); ++node) {
    const auto leaving = out.of(*node);
    if (leaving.size() <= in.of(*node).size()) continue;
    std::uint32_t latest = result.layers;
    for (const std::uint32_t edge : leaving) latest = std::min(latest, result.layer[forward[edge].to] - 1);
    result.layer[*node] = latest;
  }
  return result;
}

}  // namespace stepcache::lineage
