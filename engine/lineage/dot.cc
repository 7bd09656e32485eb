#include "lineage/dot.h"

#include <fmt/format.h>

#include <iterator>

#include "lineage/drawing.h"
#include "lineage/escape.h"
#include "lineage/palette.h"

namespace stepcache::lineage {
namespace {

std::string lines_of(const DrawnNode& drawn, bool marked) {
  std::string text = marked ? dot_text(drawn.mark) + "\\n" : std::string();
  text += dot_text(drawn.name);
  if (!drawn.detail.empty()) text += "\\n" + dot_text(drawn.detail);
  return text;
}

// Graphviz breaks tooltips at \n as it does labels.
std::string tooltip_of(const DrawnNode& drawn) {
  std::string text;
  for (const char c : drawn.tooltip) {
    if (c == '\n') {
      text += "\\n";
    } else {
      text += dot_text(std::string_view(&c, 1));
    }
  }
  return text;
}

}  // namespace

std::string to_dot(const LineageGraph& graph) {
  const Drawing drawing = draw(graph);
  std::string out;
  const auto put = [&out]<class... Arguments>(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(out), format, std::forward<Arguments>(arguments)...);
  };
  put("digraph lineage {{\n");
  put("  graph [rankdir=LR, charset=\"UTF-8\", fontname=\"sans-serif\", labelloc=t, label=\"{}\\n{}\"];\n",
      dot_text(one_line(graph.title)), dot_text(summary(graph)));
  put("  node [fontname=\"sans-serif\", fontsize=11, style=filled];\n");
  put("  edge [color=\"{}\", arrowsize=0.7];\n", k_edge);
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    const DrawnNode& drawn = drawing.nodes[id];
    const auto* step = std::get_if<StepNode>(&graph.nodes[id]);
    const bool external = std::holds_alternative<ExternalNode>(graph.nodes[id]);
    const Paint& paint = step != nullptr ? paint_of(step->status)
                         : external      ? external_paint()
                                         : paint_of(drawing.made[id]);
    put("  n{} [shape={}, fillcolor=\"{}\", color=\"{}\", fontcolor=\"{}\", label=\"{}\", tooltip=\"{}\"{}];\n", id,
        step != nullptr ? "circle"
        : external      ? "note"
                        : "box",
        paint.fill, paint.outline, paint.ink, lines_of(drawn, step != nullptr), tooltip_of(drawn),
        graph.focus == id ? ", penwidth=3" : "");
  }
  for (const Edge& edge : graph.edges) {
    std::string style = "solid";
    if (edge.state == EdgeState::cached) style = "dashed";
    if (edge.kind == EdgeKind::order) style = "dotted";
    put("  n{} -> n{} [style={}, tooltip=\"{}\"{}];\n", edge.from, edge.to, style, dot_text(one_line(edge.port)),
        edge.state == EdgeState::expected ? fmt::format(", color=\"{}\"", k_expected_edge) : std::string());
  }
  put("}}\n");
  return out;
}

}  // namespace stepcache::lineage
