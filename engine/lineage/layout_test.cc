#include "lineage/layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "lineage/crossing.h"
#include "lineage/layering.h"
#include "lineage/lineage_examples.h"

namespace stepcache::lineage {
namespace {

struct RandomGraph {
  std::vector<BoxSize> boxes;
  std::vector<LayoutEdge> edges;
};

RandomGraph random_graph(std::uint32_t seed, bool acyclic) {
  examples::Dice random(seed);
  RandomGraph graph;
  const std::uint32_t nodes = 1 + random.below(40);
  for (std::uint32_t i = 0; i < nodes; ++i) {
    const int width = 20 + static_cast<int>(random.below(150));
    graph.boxes.push_back(
        {width, 5 + static_cast<int>(random.below(30)), 5 + static_cast<int>(random.below(60)), width / 2});
  }
  std::vector<std::uint32_t> names(nodes);  // so that an edge's direction does not follow the numbers
  std::iota(names.begin(), names.end(), 0U);
  random.shuffle(names);
  const std::uint32_t wanted = random.below(2 * nodes + 1);
  for (std::uint32_t i = 0; i < wanted; ++i) {
    std::uint32_t a = random.below(nodes);
    std::uint32_t b = random.below(nodes);
    if (acyclic && a == b) continue;
    if (acyclic && a > b) std::swap(a, b);
    graph.edges.push_back({names[a], names[b]});
  }
  return graph;
}

void expect_no_overlap(const RandomGraph& graph, const Layout& layout) {
  for (std::size_t a = 0; a < graph.boxes.size(); ++a) {
    const Point at = layout.nodes[a].anchor;
    const Column& column = layout.columns[layout.nodes[a].layer];
    ASSERT_GE(at.x - graph.boxes[a].width / 2, column.left);
    ASSERT_LE(at.x + graph.boxes[a].width / 2, column.left + column.width);
    ASSERT_GE(at.y - graph.boxes[a].above, 0);
    ASSERT_LE(at.y + graph.boxes[a].below, layout.height);
    for (std::size_t b = 0; b < a; ++b) {
      if (layout.nodes[a].layer != layout.nodes[b].layer) continue;
      const Point other = layout.nodes[b].anchor;
      const bool apart = at.y + graph.boxes[a].below + 22 <= other.y - graph.boxes[b].above ||
                         other.y + graph.boxes[b].below + 22 <= at.y - graph.boxes[a].above;
      ASSERT_TRUE(apart) << "nodes " << a << " and " << b;
    }
  }
  for (std::size_t l = 1; l < layout.columns.size(); ++l) {
    ASSERT_GE(layout.columns[l].left, layout.columns[l - 1].left + layout.columns[l - 1].width + 52);
  }
}

// Level pieces of a way lie inside columns: none may touch a node that is not at its ends.
void expect_edges_pass_between_nodes(const RandomGraph& graph, const Layout& layout) {
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    const auto route = layout.route(e);
    for (std::size_t i = 0; i + 1 < route.size(); i += 2) {
      ASSERT_EQ(route[i].y, route[i + 1].y);
      for (std::size_t node = 0; node < graph.boxes.size(); ++node) {
        if (node == graph.edges[e].from || node == graph.edges[e].to) continue;
        const Point at = layout.nodes[node].anchor;
        const int left = std::min(route[i].x, route[i + 1].x);
        const int right = std::max(route[i].x, route[i + 1].x);
        const bool beside = right < at.x - graph.boxes[node].width / 2 || left > at.x + graph.boxes[node].width / 2;
        const bool above_or_below =
            route[i].y <= at.y - graph.boxes[node].above || route[i].y >= at.y + graph.boxes[node].below;
        ASSERT_TRUE(beside || above_or_below) << "edge " << e << " lies on node " << node;
      }
    }
  }
}

TEST(Layout, DrawsEveryRandomGraphWithEdgesGoingOnAndNothingOverlapping) {
  for (std::uint32_t seed = 0; seed < 4000; ++seed) {
    SCOPED_TRACE(seed);
    const RandomGraph graph = random_graph(seed, true);
    const Layout layout = layout_graph(graph.boxes, graph.edges);
    for (const LayoutEdge& edge : graph.edges) {
      ASSERT_LT(layout.nodes[edge.from].layer, layout.nodes[edge.to].layer);
    }
    expect_no_overlap(graph, layout);
    expect_edges_pass_between_nodes(graph, layout);
    if (HasFatalFailure()) return;
  }
}

TEST(Layout, DrawsGraphsWithCyclesToo) {
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE(seed);
    const RandomGraph graph = random_graph(seed, false);
    const Layout layout = layout_graph(graph.boxes, graph.edges);
    for (std::size_t e = 0; e < graph.edges.size(); ++e) {
      const LayoutEdge& edge = graph.edges[e];
      const auto route = layout.route(e);
      ASSERT_EQ(route.empty(), edge.from == edge.to);
      if (route.empty()) continue;
      ASSERT_NE(layout.nodes[edge.from].layer, layout.nodes[edge.to].layer);
      ASSERT_EQ(route.front().y, layout.nodes[edge.from].anchor.y);
      ASSERT_EQ(route.back().y, layout.nodes[edge.to].anchor.y);
    }
    expect_no_overlap(graph, layout);
    if (HasFatalFailure()) return;
  }
}

TEST(Layout, IsTheSameEveryTime) {
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    const RandomGraph graph = random_graph(seed, true);
    const Layout one = layout_graph(graph.boxes, graph.edges);
    const Layout two = layout_graph(graph.boxes, graph.edges);
    ASSERT_EQ(one.points, two.points);
    for (std::size_t i = 0; i < graph.boxes.size(); ++i) ASSERT_EQ(one.nodes[i].anchor, two.nodes[i].anchor);
  }
}

TEST(Layout, PutsAnEmptyGraphNowhere) {
  const Layout layout = layout_graph({}, {});
  EXPECT_EQ(layout.width, 0);
  EXPECT_EQ(layout.height, 0);
}

TEST(Layout, DrawsAChainOfAHundredThousandNodesAsOneLine) {
  constexpr std::uint32_t k_nodes = 100'000;
  const std::vector<BoxSize> boxes(k_nodes, {60, 20, 20, 30});
  std::vector<LayoutEdge> edges;
  edges.reserve(k_nodes);
  for (std::uint32_t i = 1; i < k_nodes; ++i) edges.push_back({i, i - 1});
  const Layout layout = layout_graph(boxes, edges);
  ASSERT_EQ(layout.columns.size(), k_nodes);
  for (std::uint32_t i = 0; i < k_nodes; ++i) {
    ASSERT_EQ(layout.nodes[i].layer, k_nodes - 1 - i);
    ASSERT_EQ(layout.nodes[i].anchor.y, 20);
  }
}

TEST(Layout, BreaksACycleOfAHundredThousandNodes) {
  constexpr std::uint32_t k_nodes = 100'000;
  std::vector<LayoutEdge> edges;
  edges.reserve(k_nodes);
  for (std::uint32_t i = 0; i < k_nodes; ++i) edges.push_back({i, (i + 1) % k_nodes});
  const Layering layering = assign_layers(k_nodes, edges);
  EXPECT_EQ(std::count(layering.reversed.begin(), layering.reversed.end(), true), 1);
  EXPECT_EQ(layering.layers, k_nodes);
}

TEST(Layout, BoundsTheBendsOfManyLongEdges) {
  constexpr std::uint32_t k_nodes = 3000;  // an edge from the first to each, and all in a chain: 4.5 million bends
  const std::vector<BoxSize> boxes(k_nodes, {60, 20, 20, 30});
  std::vector<LayoutEdge> edges;
  for (std::uint32_t i = 1; i < k_nodes; ++i) {
    edges.push_back({i - 1, i});
    edges.push_back({0, i});
  }
  const Layout layout = layout_graph(boxes, edges);
  EXPECT_LE(layout.points.size(), 4 * edges.size() + 16UL * (k_nodes + edges.size()));
  for (std::size_t e = 0; e < edges.size(); ++e) ASSERT_GE(layout.route(e).size(), 4U);
}

TEST(Layout, KeepsAnEdgeThatSkipsLayersStraight) {
  // 0 -> 1 -> 2 -> 3 -> 5, and 0 -> 4 -> 5, where 4 has only these: the way from 4 to 5 runs beside the chain.
  const std::vector<BoxSize> boxes(6, {60, 20, 20, 30});
  const std::vector<LayoutEdge> edges = {{0, 1}, {1, 2}, {2, 3}, {3, 5}, {0, 4}, {4, 5}};
  const Layout layout = layout_graph(boxes, edges);
  EXPECT_EQ(layout.nodes[1].anchor.y, layout.nodes[2].anchor.y);
  EXPECT_EQ(layout.nodes[2].anchor.y, layout.nodes[3].anchor.y);
  const auto route = layout.route(5);
  for (std::size_t i = 0; i + 2 < route.size(); ++i) EXPECT_EQ(route[i].y, layout.nodes[4].anchor.y) << i;
}

TEST(Layering, BringsASourceToWhereItIsUsed) {
  // 0 -> 1 -> 2 -> 3, and 4 -> 3: not at the far left.
  const Layering layering = assign_layers(5, std::vector<LayoutEdge>{{0, 1}, {1, 2}, {2, 3}, {4, 3}});
  EXPECT_EQ(layering.layer[4], 2U);
}

TEST(Crossings, AreNoneInATree) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    examples::Dice random(seed);
    const std::uint32_t nodes = 2 + random.below(60);
    std::vector<LayoutEdge> edges;
    std::vector<std::uint32_t> depth = {0};
    for (std::uint32_t i = 1; i < nodes; ++i) {
      const std::uint32_t parent = random.below(i);
      edges.push_back({parent, i});
      depth.push_back(depth[parent] + 1);
    }
    random.shuffle(edges);
    const std::uint32_t layers = *std::max_element(depth.begin(), depth.end()) + 1;
    ASSERT_EQ(count_crossings(order_layers(depth, layers, edges, 8), edges), 0U) << seed;
  }
}

TEST(Crossings, AreCountedAsByHandAndSweptAway) {
  // Two layers, four edges, each crossing: 0-7, 1-6, 2-5, 3-4 in that order cross 6 times; none need.
  const std::vector<std::uint32_t> layer_of = {0, 0, 0, 0, 1, 1, 1, 1};
  const std::vector<LayoutEdge> edges = {{0, 7}, {1, 6}, {2, 5}, {3, 4}};
  const LayerOrder crossed{{0, 4, 8}, {0, 1, 2, 3, 4, 5, 6, 7}, {0, 1, 2, 3, 0, 1, 2, 3}};
  EXPECT_EQ(count_crossings(crossed, edges), 6U);
  EXPECT_EQ(count_crossings(order_layers(layer_of, 2, edges, 8), edges), 0U);
}

TEST(Crossings, NeverGrowBySweeping) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    examples::Dice random(seed);
    std::vector<std::uint32_t> layer_of;
    layer_of.reserve(40);
    for (std::uint32_t i = 0; i < 40; ++i) layer_of.push_back(i / 8);
    std::vector<LayoutEdge> edges;
    for (std::uint32_t i = 8; i < 40; ++i) edges.push_back({(i / 8 - 1) * 8 + random.below(8), i});
    for (std::uint32_t i = 0; i < 32; ++i) edges.push_back({i, (i / 8 + 1) * 8 + random.below(8)});
    const auto swept = count_crossings(order_layers(layer_of, 5, edges, 8), edges);
    ASSERT_LE(swept, count_crossings(order_layers(layer_of, 5, edges, 0), edges)) << seed;
  }
}

}  // namespace
}  // namespace stepcache::lineage
