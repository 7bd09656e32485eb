#include "lineage/drawing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "lineage/escape.h"
#include "lineage/label.h"

namespace stepcache::lineage {
namespace {

constexpr double k_step_label_px = 170;
constexpr double k_box_label_px = 210;
constexpr double k_type_px = 160;  // types are long and matter less
constexpr int k_box_padding = 14;
constexpr int k_box_half_height = 22;
constexpr int k_least_box_width = 84;
constexpr int k_label_height = 40;  // two lines below a step's circle

void add_line(std::string& text, std::string_view line) {
  if (!text.empty()) text += '\n';
  text += line;
}

int up(double px) { return static_cast<int>(std::ceil(px)); }

struct NodeDrawer {
  const LineageGraph& graph;

  DrawnNode operator()(const StepNode& step) const {
    DrawnNode drawn;
    const std::string full = step.name.empty() ? std::string("(forgotten)") : one_line(step.name);
    drawn.name = fit_px(full, k_name_px, true, k_step_label_px);
    drawn.mark = step.execution == 0 ? std::string("–") : fmt::format("#{}", step.execution);
    drawn.detail = std::string(metadata::name(step.status));
    const bool elsewhere = step.run != 0 && step.run != graph.run;
    if (elsewhere) {
      drawn.detail += fmt::format(" · run {}", step.run);
    } else if (step.duration_ns >= 0 && step.status != metadata::StepStatus::cached) {
      drawn.detail += " · " + duration_text(step.duration_ns);
    }
    drawn.detail = fit_px(drawn.detail, k_detail_px, false, k_step_label_px);

    add_line(drawn.tooltip, "step " + full);
    add_line(drawn.tooltip, metadata::name(step.status));
    if (!step.reason.empty()) add_line(drawn.tooltip, one_line(step.reason));
    if (!step.error.empty()) add_line(drawn.tooltip, one_line(step.error));
    if (step.execution != 0) {
      add_line(drawn.tooltip, step.run == 0 ? fmt::format("execution {}", step.execution)
                                            : fmt::format("execution {}, in run {}", step.execution, step.run));
    }
    if (step.duration_ns >= 0) add_line(drawn.tooltip, "took " + duration_text(step.duration_ns));

    const double label = std::max(width_px(drawn.name, k_name_px, true), width_px(drawn.detail, k_detail_px, false));
    drawn.box = {std::max(2 * k_step_radius, up(label)), k_step_radius, k_step_radius + k_label_height, k_step_radius};
    return drawn;
  }

  DrawnNode operator()(const ArtifactNode& artifact) const {
    DrawnNode drawn;
    const std::string full = artifact.name.empty() ? std::string("artifact") : one_line(artifact.name);
    const std::string type = one_line(artifact.type);
    fill_box(drawn, full, type, Cut::end);
    add_line(drawn.tooltip, "artifact " + full);
    if (!type.empty()) add_line(drawn.tooltip, "type " + type);
    if (artifact.digest) {
      add_line(drawn.tooltip, "SHA-256 " + artifact.digest->hex());
      add_line(drawn.tooltip, size_text(artifact.size_bytes));
    } else {
      add_line(drawn.tooltip, "not made");
    }
    return drawn;
  }

  DrawnNode operator()(const ExternalNode& external) const {
    DrawnNode drawn;
    const bool variable = external.kind == pipeline::ExternalKind::environment;
    const std::string full = one_line(external.name);
    const std::string kind = variable ? std::string("environment variable") : std::string(name(external.kind));
    fill_box(drawn, full, kind, variable ? Cut::end : Cut::start);
    add_line(drawn.tooltip, kind + " " + full);
    return drawn;
  }

 private:
  static void fill_box(DrawnNode& drawn, std::string_view full, std::string_view detail, Cut cut) {
    drawn.name = fit_px(full, k_name_px, true, k_box_label_px, cut);
    const double name_width = width_px(drawn.name, k_name_px, true);
    drawn.detail = fit_px(detail, k_detail_px, false, std::max(k_type_px, name_width));
    const double label = std::max(name_width, width_px(drawn.detail, k_detail_px, false));
    const int width = std::max(k_least_box_width, 2 * ((up(label) + 1) / 2) + 2 * k_box_padding);
    drawn.box = {width, k_box_half_height, k_box_half_height, width / 2};
  }
};

std::vector<BoxSize> boxes_of(const std::vector<DrawnNode>& nodes) {
  std::vector<BoxSize> boxes;
  boxes.reserve(nodes.size());
  for (const DrawnNode& node : nodes) boxes.push_back(node.box);
  return boxes;
}

}  // namespace

Drawing draw(const LineageGraph& graph) {
  Drawing drawing;
  drawing.nodes.reserve(graph.nodes.size());
  for (const Node& node : graph.nodes) drawing.nodes.push_back(std::visit(NodeDrawer{graph}, node));
  drawing.made.assign(graph.nodes.size(), EdgeState::fresh);
  std::vector<LayoutEdge> edges;
  edges.reserve(graph.edges.size());
  for (const Edge& edge : graph.edges) {
    edges.push_back({edge.from, edge.to});
    drawing.made[edge.to] = edge.state;
  }

  drawing.layout = layout_graph(boxes_of(drawing.nodes), edges);
  // Boxes grow to their column's widest, into room that is theirs; edges then begin at the column's edge.
  std::vector<int> widest(drawing.layout.columns.size());
  const auto is_box = [&](std::size_t i) { return !std::holds_alternative<StepNode>(graph.nodes[i]); };
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    int& width = widest[drawing.layout.nodes[i].layer];
    if (is_box(i)) width = std::max(width, drawing.nodes[i].box.width);
  }
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!is_box(i)) continue;
    BoxSize& box = drawing.nodes[i].box;
    box.width = widest[drawing.layout.nodes[i].layer];
    box.attach = box.width / 2;
  }
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    const std::uint32_t begin = drawing.layout.route_begin[e];
    const std::uint32_t end = drawing.layout.route_begin[e + 1];
    if (begin == end) continue;
    const auto move = [&](std::uint32_t node, Point& at) {
      const int x = drawing.layout.nodes[node].anchor.x;
      at.x = at.x < x ? x - drawing.nodes[node].box.attach : x + drawing.nodes[node].box.attach;
    };
    move(graph.edges[e].from, drawing.layout.points[begin]);
    move(graph.edges[e].to, drawing.layout.points[end - 1]);
  }
  return drawing;
}

std::string summary(const LineageGraph& graph) {
  using metadata::StepStatus;
  constexpr std::array k_statuses = {StepStatus::failed,   StepStatus::cancelled, StepStatus::running,
                                     StepStatus::pending,  StepStatus::skipped,   StepStatus::cached,
                                     StepStatus::completed};
  std::array<std::size_t, 8> by_status{};
  std::array<std::size_t, 3> by_kind{};
  for (const Node& node : graph.nodes) {
    ++by_kind[node.index()];
    if (const auto* step = std::get_if<StepNode>(&node)) ++by_status[static_cast<std::size_t>(step->status) % 8];
  }
  std::string statuses;
  for (const StepStatus status : k_statuses) {
    const std::size_t count = by_status[static_cast<std::size_t>(status)];
    if (count == 0) continue;
    statuses += fmt::format("{}{} {}", statuses.empty() ? "" : ", ", count, metadata::name(status));
  }
  const auto counted = [](std::size_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
  };
  std::string text = counted(by_kind[0], "step");
  if (!statuses.empty()) text += " (" + statuses + ")";
  text += ", " + counted(by_kind[1], "artifact");
  if (by_kind[2] > 0) text += ", " + counted(by_kind[2], "external input");
  return text;
}

}  // namespace stepcache::lineage
