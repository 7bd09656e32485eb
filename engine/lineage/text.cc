#include "lineage/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "lineage/adjacency.h"
#include "lineage/drawing.h"
#include "lineage/escape.h"
#include "lineage/label.h"
#include "lineage/layering.h"

namespace stepcache::lineage {
namespace {

constexpr int k_longest_cell = 40;

// Rows of cells, aligned by column; the last cell of a row may be of any length.
class Table {
 public:
  void add(std::vector<std::string> cells) {
    for (std::size_t i = 0; i + 1 < cells.size(); ++i) {
      cells[i] = fit_columns(cells[i], k_longest_cell);
      if (widths_.size() <= i) widths_.resize(i + 1);
      widths_[i] = std::max(widths_[i], columns(cells[i]));
    }
    rows_.push_back(std::move(cells));
  }
  std::string line(std::size_t row) const {
    std::string text;
    const auto& cells = rows_[row];
    for (std::size_t i = 0; i < cells.size(); ++i) {
      text += cells[i];
      if (i + 1 < cells.size()) text.append(static_cast<std::size_t>(widths_[i] - columns(cells[i])) + 2, ' ');
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
  }
  std::size_t rows() const { return rows_.size(); }

 private:
  std::vector<std::vector<std::string>> rows_;
  std::vector<int> widths_;
};

class Text {
 public:
  explicit Text(const LineageGraph& graph)
      : graph_(graph),
        edges_(layout_edges(graph)),
        out_(graph.nodes.size(), edges_, Adjacency::End::from),
        in_(graph.nodes.size(), edges_, Adjacency::End::to) {}

  std::string write() && {
    for (const NodeId id : steps_in_order()) add_step(id);
    std::string text = one_line(graph_.title.empty() ? "Lineage" : graph_.title) + "\n" + summary(graph_) + "\n";
    for (const auto& [is_step, row] : lines_) {
      text += is_step ? "\n" + steps_.line(row) : "  " + values_.line(row);
    }
    if (graph_.focus && in_.of(*graph_.focus).empty() && out_.of(*graph_.focus).empty()) {
      add_value("*", *graph_.focus, "no recorded step read or made it");
      text += "\n  " + values_.line(values_.rows() - 1);
    }
    return text;
  }

 private:
  static std::vector<LayoutEdge> layout_edges(const LineageGraph& graph) {
    std::vector<LayoutEdge> edges;
    edges.reserve(graph.edges.size());
    for (const Edge& edge : graph.edges) edges.push_back({edge.from, edge.to});
    return edges;
  }

  std::vector<NodeId> steps_in_order() const {
    const Layering layering = assign_layers(graph_.nodes.size(), edges_);
    std::vector<NodeId> steps;
    for (NodeId id = 0; id < graph_.nodes.size(); ++id) {
      if (std::holds_alternative<StepNode>(graph_.nodes[id])) steps.push_back(id);
    }
    std::stable_sort(steps.begin(), steps.end(),
                     [&](NodeId a, NodeId b) { return layering.layer[a] < layering.layer[b]; });
    return steps;
  }

  void add_step(NodeId id) {
    const auto& step = std::get<StepNode>(graph_.nodes[id]);
    std::string why = one_line(step.error.empty() ? step.reason : step.error);
    if (step.run != 0 && step.run != graph_.run) {
      why += why.empty() ? fmt::format("in run {}", step.run) : fmt::format("; made in run {}", step.run);
    }
    lines_.emplace_back(true, steps_.rows());
    steps_.add({step_name(step), step.execution == 0 ? std::string("-") : fmt::format("#{}", step.execution),
                std::string(metadata::name(step.status)),
                step.duration_ns < 0 ? std::string() : duration_text(step.duration_ns), std::move(why)});
    for (const std::uint32_t e : in_.of(id)) {
      const Edge& edge = graph_.edges[e];
      lines_.emplace_back(false, values_.rows());
      if (edge.kind == EdgeKind::order) {
        values_.add({"after", step_name(std::get<StepNode>(graph_.nodes[edge.from]))});
      } else {
        add_value("<-", edge.from, maker_of(edge.from));
      }
    }
    for (const std::uint32_t e : out_.of(id)) {
      if (graph_.edges[e].kind == EdgeKind::order) continue;
      lines_.emplace_back(false, values_.rows());
      add_value("->", graph_.edges[e].to, {});
    }
  }

  static std::string step_name(const StepNode& step) {
    return step.name.empty() ? std::string("(forgotten)") : one_line(step.name);
  }

  // "of importer", for an input; several steps may have made equal bytes.
  std::string maker_of(NodeId id) const {
    const auto makers = in_.of(id);
    if (makers.empty()) return {};
    const auto& first = std::get<StepNode>(graph_.nodes[graph_.edges[makers[0]].from]);
    std::string text = "of " + step_name(first);
    if (graph_.run == 0 && first.execution != 0) text += fmt::format(" #{}", first.execution);
    if (makers.size() > 1) text += fmt::format(" and {} more", makers.size() - 1);
    return text;
  }

  void add_value(std::string_view direction, NodeId id, std::string more) {
    const std::string arrow = fmt::format("{}{}", direction, graph_.focus == id && direction != "*" ? " *" : "");
    if (const auto* external = std::get_if<ExternalNode>(&graph_.nodes[id])) {
      values_.add({arrow, one_line(external->name), std::string(name(external->kind)), {}, {}, std::move(more)});
      return;
    }
    const auto& artifact = std::get<ArtifactNode>(graph_.nodes[id]);
    values_.add({arrow, artifact.name.empty() ? std::string("(artifact)") : one_line(artifact.name),
                 one_line(artifact.type), artifact.digest ? artifact.digest->short_hex() : std::string("not made"),
                 artifact.digest ? size_text(artifact.size_bytes) : std::string(), std::move(more)});
  }

  const LineageGraph& graph_;
  std::vector<LayoutEdge> edges_;
  Adjacency out_;
  Adjacency in_;
  Table steps_;
  Table values_;
  std::vector<std::pair<bool, std::size_t>> lines_;  // whether of steps_, and its row
};

}  // namespace

std::string to_text(const LineageGraph& graph) { return Text(graph).write(); }

}  // namespace stepcache::lineage
