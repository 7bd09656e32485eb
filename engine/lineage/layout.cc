#include "lineage/layout.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "lineage/coordinates.h"
#include "lineage/crossing.h"
#include "lineage/layering.h"

namespace stepcache::lineage {
namespace {

constexpr int k_max_crossing_sweeps = 12;

// The graph in which every edge goes to the next layer: nodes, then bends, each a point where a long edge passes a
// layer.
struct ProperGraph {
  std::vector<std::uint32_t> layer_of;  // nodes and bends
  std::vector<LayoutEdge> segments;
  std::vector<std::uint32_t> first_bend;  // by edge; its bends follow one another, by layer
  std::vector<std::uint32_t> bends;       // by edge: how many
};

LayoutEdge forwards(const Layering& layering, std::span<const LayoutEdge> edges, std::size_t edge) {
  return layering.reversed[edge] ? LayoutEdge{edges[edge].to, edges[edge].from} : edges[edge];
}

ProperGraph make_proper(const Layering& layering, std::span<const LayoutEdge> edges) {
  ProperGraph proper;
  proper.layer_of = layering.layer;
  proper.first_bend.assign(edges.size(), 0);
  proper.bends.assign(edges.size(), 0);
  const auto span_of = [&](std::size_t edge) {
    const LayoutEdge e = forwards(layering, edges, edge);
    return layering.layer[e.to] - layering.layer[e.from];
  };

  std::size_t wanted = 0;
  for (std::size_t i = 0; i < edges.size(); ++i) wanted += std::max(span_of(i), 1U) - 1;
  const std::size_t budget = 8 * (layering.layer.size() + edges.size());
  std::uint32_t longest = layering.layers;
  if (wanted > budget) {
    // The longest span with which all edges up to it fit the budget.
    std::vector<std::size_t> cost(layering.layers + 1);
    for (std::size_t i = 0; i < edges.size(); ++i) cost[span_of(i)] += std::max(span_of(i), 1U) - 1;
    std::partial_sum(cost.begin(), cost.end(), cost.begin());
    longest = static_cast<std::uint32_t>(std::upper_bound(cost.begin(), cost.end(), budget) - cost.begin()) - 1;
  }

  for (std::size_t i = 0; i < edges.size(); ++i) {
    const std::uint32_t span = span_of(i);
    if (span == 0 || span > longest) continue;
    const LayoutEdge edge = forwards(layering, edges, i);
    proper.first_bend[i] = static_cast<std::uint32_t>(proper.layer_of.size());
    proper.bends[i] = span - 1;
    std::uint32_t from = edge.from;
    for (std::uint32_t k = 1; k < span; ++k) {
      const auto bend = static_cast<std::uint32_t>(proper.layer_of.size());
      proper.layer_of.push_back(layering.layer[edge.from] + k);
      proper.segments.push_back({from, bend});
      from = bend;
    }
    proper.segments.push_back({from, edge.to});
  }
  return proper;
}

// A curve of a given height needs some width, or it stands upright.
std::vector<Column> place_columns(const ProperGraph& proper, std::span<const BoxSize> boxes, std::span<const int> rows,
                                  std::uint32_t layers, const Spacing& spacing) {
  std::vector<Column> columns(layers);
  for (std::size_t node = 0; node < boxes.size(); ++node) {
    Column& column = columns[proper.layer_of[node]];
    column.width = std::max(column.width, boxes[node].width);
  }
  std::vector<int> climb(layers);
  for (const LayoutEdge& segment : proper.segments) {
    int& highest = climb[proper.layer_of[segment.from]];
    highest = std::max(highest, std::abs(rows[segment.from] - rows[segment.to]));
  }
  for (std::uint32_t l = 1; l < layers; ++l) {
    const int gap =
        std::clamp(spacing.between_layers + climb[l - 1] / 8, spacing.between_layers, 3 * spacing.between_layers);
    columns[l].left = columns[l - 1].left + columns[l - 1].width + gap;
  }
  return columns;
}

void add_route(Layout& layout, const ProperGraph& proper, const LayoutEdge& edge, std::size_t id, bool reversed,
               std::span<const BoxSize> boxes, std::span<const int> rows) {
  if (edge.from == edge.to) return;
  const auto begin = static_cast<std::ptrdiff_t>(layout.points.size());
  const PlacedNode& from = layout.nodes[edge.from];
  const PlacedNode& to = layout.nodes[edge.to];
  const Column& first = layout.columns[from.layer];
  const Column& last = layout.columns[to.layer];
  layout.points.push_back({from.anchor.x + boxes[edge.from].attach, from.anchor.y});
  layout.points.push_back({first.left + first.width, from.anchor.y});
  for (std::uint32_t k = 0; k < proper.bends[id]; ++k) {
    const std::uint32_t bend = proper.first_bend[id] + k;
    const Column& column = layout.columns[proper.layer_of[bend]];
    layout.points.push_back({column.left, rows[bend]});
    layout.points.push_back({column.left + column.width, rows[bend]});
  }
  layout.points.push_back({last.left, to.anchor.y});
  layout.points.push_back({to.anchor.x - boxes[edge.to].attach, to.anchor.y});
  if (reversed) std::reverse(layout.points.begin() + begin, layout.points.end());
}

}  // namespace

Layout layout_graph(std::span<const BoxSize> boxes, std::span<const LayoutEdge> edges, const Spacing& spacing) {
  Layout layout;
  layout.route_begin.assign(edges.size() + 1, 0);
  if (boxes.empty()) return layout;
  const Layering layering = assign_layers(boxes.size(), edges);
  const ProperGraph proper = make_proper(layering, edges);
  const LayerOrder order = order_layers(proper.layer_of, layering.layers, proper.segments, k_max_crossing_sweeps);

  std::vector<RowExtent> extents;
  extents.reserve(proper.layer_of.size());
  for (const BoxSize& box : boxes) extents.push_back({box.above, box.below, spacing.between_nodes, false});
  extents.resize(proper.layer_of.size(), {0, 0, spacing.between_bends, true});
  const std::vector<int> rows = assign_rows(order, proper.segments, extents);

  layout.columns = place_columns(proper, boxes, rows, layering.layers, spacing);
  layout.width = layout.columns.back().left + layout.columns.back().width;
  layout.nodes.reserve(boxes.size());
  for (std::uint32_t node = 0; node < boxes.size(); ++node) {
    const Column& column = layout.columns[layering.layer[node]];
    layout.nodes.push_back({layering.layer[node], order.slot[node], {column.left + column.width / 2, rows[node]}});
  }
  for (std::size_t i = 0; i < rows.size(); ++i) layout.height = std::max(layout.height, rows[i] + extents[i].below);
  for (std::size_t i = 0; i < edges.size(); ++i) {
    add_route(layout, proper, forwards(layering, edges, i), i, layering.reversed[i], boxes, rows);
    layout.route_begin[i + 1] = static_cast<std::uint32_t>(layout.points.size());
  }
  return layout;
}

}  // namespace stepcache::lineage
