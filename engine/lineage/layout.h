#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lineage/adjacency.h"

namespace stepcache::lineage {

// The room that a node takes, in pixels, around its anchor: the point through which its row goes.
struct BoxSize {
  int width = 0;   // centred on the anchor
  int above = 0;   // from the anchor up
  int below = 0;   // from the anchor down
  int attach = 0;  // edges begin and end this far from the anchor, at most width / 2
};

struct Point {
  int x = 0;
  int y = 0;
  friend bool operator==(const Point&, const Point&) = default;
};

struct Spacing {
  int between_layers = 52;  // grows where edges climb steeply, up to three times
  int between_nodes = 22;
  int between_bends = 12;  // beside an edge that passes through a layer
};

struct PlacedNode {
  std::uint32_t layer = 0;
  std::uint32_t slot = 0;  // place in its layer, from the top; edges that pass through take slots too
  Point anchor;
};

struct Column {
  int left = 0;
  int width = 0;
};

struct Layout {
  int width = 0;
  int height = 0;
  std::vector<PlacedNode> nodes;
  std::vector<Column> columns;  // by layer
  // The way of edge e: points[route_begin[e]] up to points[route_begin[e + 1]], from its source to its target. Segments
  // are, in turn, level inside a column (the first, third, ...) and a curve between two columns (the second, ...).
  // Empty for an edge from a node to itself.
  std::vector<Point> points;
  std::vector<std::uint32_t> route_begin;

  std::span<const Point> route(std::size_t edge) const {
    return std::span(points).subspan(route_begin[edge], route_begin[edge + 1] - route_begin[edge]);
  }
};

// A layered drawing from left to right. Every edge goes to a later layer (one that closes a cycle: to an earlier one);
// no two nodes overlap; an edge that skips layers passes between their nodes. Where that would take more than eight
// bends for each node and edge, the longest edges go straight instead and may lie behind nodes. The first column begins
// at x = 0, the topmost box at y = 0. Deterministic, without recursion, near linear.
Layout layout_graph(std::span<const BoxSize> boxes, std::span<const LayoutEdge> edges, const Spacing& spacing = {});

}  // namespace stepcache::lineage
