#include "lineage/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>

#include "lineage/drawing.h"
#include "lineage/escape.h"
#include "lineage/label.h"
#include "lineage/palette.h"

namespace stepcache::lineage {
namespace {

constexpr int k_margin = 28;
constexpr int k_header_height = 64;
constexpr int k_legend_row = 26;
constexpr int k_legend_gap = 22;
constexpr int k_least_width = 640;
constexpr std::string_view k_fonts = "system-ui, 'Segoe UI', Roboto, Helvetica, Arial, 'DejaVu Sans', sans-serif";

std::string_view dashes(EdgeState state) { return state == EdgeState::cached ? R"( stroke-dasharray="6 4")" : ""; }

class Picture {
 public:
  explicit Picture(const LineageGraph& graph) : graph_(graph), drawing_(draw(graph)) {}

  std::string write() && {
    const std::string title = one_line(graph_.title.empty() ? "Lineage" : graph_.title);
    const std::string facts = summary(graph_);
    width_ = std::max(drawing_.layout.width, k_least_width) + 2 * k_margin;
    left_ = (width_ - drawing_.layout.width) / 2;
    const std::string shown = fit_px(title, 17, true, width_ - 2.0 * k_margin);
    const std::string legend = legend_at(top_ + drawing_.layout.height + 34);
    const int height = legend_bottom_ + k_margin - 8;

    put(R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="img" )"
        R"(aria-labelledby="lineage-title lineage-desc" font-family="{2}">)"
        "\n",
        width_, height, k_fonts);
    put("<title id=\"lineage-title\">{}</title>\n", xml_text(title));
    put("<desc id=\"lineage-desc\">{}. Circles are steps, rectangles artifacts; arrows lead from what was read to what "
        "was "
        "made.</desc>\n",
        xml_text("Lineage of " + title + ": " + facts));
    put("<rect width=\"{}\" height=\"{}\" fill=\"{}\"/>\n", width_, height, k_background);
    put(R"(<text x="{}" y="38" font-size="17" font-weight="600" fill="{}">{}</text>)"
        "\n",
        k_margin, k_ink, xml_text(shown));
    put(R"(<text x="{}" y="58" font-size="12" fill="{}">{}</text>)"
        "\n",
        k_margin, k_quiet_ink, xml_text(fit_px(facts, 12, false, width_ - 2.0 * k_margin)));
    arrow_heads();
    put("<g transform=\"translate({} {})\">\n", left_, top_);
    edges();
    put("<g text-anchor=\"middle\">\n");
    for (NodeId id = 0; id < graph_.nodes.size(); ++id) node(id);
    put("</g>\n</g>\n");
    out_ += legend;
    out_ += "</svg>\n";
    return std::move(out_);
  }

 private:
  template <class... Arguments>
  void put(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Arguments>(arguments)...);
  }

  void arrow_heads() {
    constexpr std::array k_heads = {std::pair{std::string_view("lineage-arrow"), k_edge},
                                    std::pair{std::string_view("lineage-arrow-expected"), k_expected_edge}};
    put("<defs>\n");
    for (const auto& [id, color] : k_heads) {
      put(R"(<marker id="{}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" )"
          R"(markerUnits="userSpaceOnUse" orient="auto"><path d="M0.5 0.8 L7.5 4 L0.5 7.2 Z" fill="{}"/></marker>)"
          "\n",
          id, color);
    }
    put("</defs>\n");
  }

  void edges() {
    put("<g fill=\"none\" stroke-width=\"1.4\">\n");
    // What happened is drawn over what did not.
    for (const bool expected : {true, false}) {
      for (std::size_t e = 0; e < graph_.edges.size(); ++e) {
        if ((graph_.edges[e].state == EdgeState::expected) == expected) edge(e);
      }
    }
    put("</g>\n");
  }

  void edge(std::size_t e) {
    const Edge& edge = graph_.edges[e];
    const auto route = drawing_.layout.route(e);
    if (route.empty()) return;
    const bool expected = edge.state == EdgeState::expected;
    put(R"(<path d="M{} {})", route[0].x, route[0].y);
    int pen = route[0].x;
    const auto level_to = [&](int x) {
      if (x != pen) put(" H{}", x);
      pen = x;
    };
    for (std::size_t i = 2; i < route.size(); i += 2) {
      const Point& from = route[i - 1];
      const Point& to = route[i];
      if (from.y == to.y) continue;
      level_to(from.x);
      const int bow = (to.x - from.x) / 2;
      put(" C{} {} {} {} {} {}", from.x + bow, from.y, to.x - bow, to.y, to.x, to.y);
      pen = to.x;
    }
    level_to(route.back().x);
    const std::string_view dash = edge.kind == EdgeKind::order ? R"( stroke-dasharray="1.5 3.5")" : dashes(edge.state);
    put(R"svg(" stroke="{}"{} marker-end="url(#lineage-arrow{})">)svg", expected ? k_expected_edge : k_edge, dash,
        expected ? "-expected" : "");
    put("<title>{}</title></path>\n", xml_text(edge_tooltip(edge)));
  }

  std::string edge_tooltip(const Edge& edge) const {
    if (edge.kind == EdgeKind::order) return "order only, no data";
    const bool reads = std::holds_alternative<StepNode>(graph_.nodes[edge.to]);
    return fmt::format("{} port {}: {}", reads ? "input" : "output", one_line(edge.port), name(edge.state));
  }

  void node(NodeId id) {
    put("<g><title>{}</title>\n", xml_text(drawing_.nodes[id].tooltip));
    const Point at = drawing_.layout.nodes[id].anchor;
    if (const auto* step = std::get_if<StepNode>(&graph_.nodes[id])) {
      circle(*step, drawing_.nodes[id], at);
    } else {
      box(id, drawing_.nodes[id], at);
    }
    put("</g>\n");
  }

  void circle(const StepNode& step, const DrawnNode& drawn, Point at) {
    const Paint& paint = paint_of(step.status);
    put(R"(<circle cx="{}" cy="{}" r="{}" fill="{}" stroke="{}" stroke-width="2"/>)"
        "\n",
        at.x, at.y, k_step_radius - 1, paint.fill, paint.outline);
    const double room = 2 * k_step_radius - 12.0;
    const double natural = width_px(drawn.mark, k_name_px, true);
    const double size = std::max(7.0, natural <= room ? k_name_px : k_name_px * room / natural);
    put(R"(<text x="{}" y="{}" font-size="{:.3g}" font-weight="600" fill="{}">{}</text>)"
        "\n",
        at.x, at.y + 5, size, paint.ink, xml_text(fit_px(drawn.mark, size, true, room + 4)));
    lines(drawn, at.x, at.y + k_step_radius + 17, k_ink);
  }

  void box(NodeId id, const DrawnNode& drawn, Point at) {
    const bool external = std::holds_alternative<ExternalNode>(graph_.nodes[id]);
    const Paint& paint = external ? external_paint() : paint_of(drawing_.made[id]);
    const int left = at.x - drawn.box.width / 2;
    const int top = at.y - drawn.box.above;
    const int height = drawn.box.above + drawn.box.below;
    if (external) {
      sheet(left, top, drawn.box.width, height, 11, paint);
    } else {
      const bool focus = graph_.focus == id;
      put(R"(<rect x="{}" y="{}" width="{}" height="{}" rx="4" fill="{}" stroke="{}" stroke-width="{}"/>)"
          "\n",
          left, top, drawn.box.width, height, paint.fill, focus ? k_focus : paint.outline, focus ? 4 : 1.5);
    }
    lines(drawn, at.x, drawn.detail.empty() ? at.y + 5 : at.y - 3, paint.ink);
  }

  // A page with its corner turned down.
  void sheet(int left, int top, int width, int height, int fold, const Paint& paint) {
    put(R"(<path d="M{0} {1} h{2} l{3} {3} v{4} h-{5} Z M{6} {1} v{3} h{3}" fill="{7}" stroke="{8}" stroke-width="1.5" )"
        R"(stroke-linejoin="round"/>)"
        "\n",
        left, top, width - fold, fold, height - fold, width, left + width - fold, paint.fill, paint.outline);
  }

  void lines(const DrawnNode& drawn, int x, int y, std::string_view ink) {
    put(R"(<text x="{}" y="{}" font-size="{}" font-weight="600" fill="{}">{}</text>)"
        "\n",
        x, y, k_name_px, ink, xml_text(drawn.name));
    if (drawn.detail.empty()) return;
    put(R"(<text x="{}" y="{}" font-size="{}" fill="{}">{}</text>)"
        "\n",
        x, y + 16, k_detail_px, k_quiet_ink, xml_text(drawn.detail));
  }

  // --- the legend: entries side by side, as many in a row as the picture is wide

  template <class Symbol>
  void entry(int symbol_width, std::string_view text, Symbol symbol) {
    const int width = symbol_width + 8 + static_cast<int>(width_px(text, k_detail_px, false)) + k_legend_gap;
    if (legend_x_ > k_margin && legend_x_ + width - k_legend_gap > width_ - k_margin) new_row();
    symbol(legend_x_, legend_y_);
    put(R"(<text x="{}" y="{}">{}</text>)"
        "\n",
        legend_x_ + symbol_width + 8, legend_y_ + 4, text);
    legend_x_ += width;
    legend_bottom_ = legend_y_ + 12;
  }
  void new_row() {
    legend_x_ = k_margin;
    legend_y_ += k_legend_row;
  }

  void status_entry(metadata::StepStatus status, std::string_view text) {
    entry(16, text, [&](int x, int y) {
      const Paint& paint = paint_of(status);
      put(R"(<circle cx="{}" cy="{}" r="7" fill="{}" stroke="{}" stroke-width="1.5"/>)", x + 8, y, paint.fill,
          paint.outline);
    });
  }
  void edge_entry(EdgeState state, std::string_view text) {
    entry(34, text, [&](int x, int y) {
      const bool expected = state == EdgeState::expected;
      put(R"svg(<path d="M{} {} h34" stroke="{}" stroke-width="1.4"{} marker-end="url(#lineage-arrow{})"/>)svg", x, y,
          expected ? k_expected_edge : k_edge, dashes(state), expected ? "-expected" : "");
    });
  }

  // The legend's text; sets legend_bottom_. Its height is needed before anything is written.
  std::string legend_at(int y) {
    std::string before;
    before.swap(out_);
    legend_x_ = k_margin;
    legend_y_ = y + 22;
    put(R"(<path d="M{} {} H{}" stroke="#E4E7EB"/>)"
        "\n",
        k_margin, y, width_ - k_margin);
    put("<g font-size=\"{}\" fill=\"{}\">\n", k_detail_px, k_quiet_ink);
    using metadata::StepStatus;
    for (const StepStatus status :
         {StepStatus::completed, StepStatus::cached, StepStatus::running, StepStatus::failed}) {
      status_entry(status, metadata::name(status));
    }
    status_entry(StepStatus::skipped, "skipped, pending");
    status_entry(StepStatus::cancelled, "cancelled");
    new_row();
    entry(24, "artifact", [&](int x, int at) {
      const Paint& paint = paint_of(EdgeState::fresh);
      put(R"(<rect x="{}" y="{}" width="24" height="14" rx="3" fill="{}" stroke="{}" stroke-width="1.5"/>)", x, at - 7,
          paint.fill, paint.outline);
    });
    if (graph_.focus) {
      entry(24, "asked about", [&](int x, int at) {
        put(R"(<rect x="{}" y="{}" width="24" height="14" rx="3" fill="{}" stroke="{}" stroke-width="3"/>)", x, at - 7,
            paint_of(EdgeState::fresh).fill, k_focus);
      });
    }
    entry(24, "external input", [&](int x, int at) { sheet(x, at - 7, 24, 14, 6, external_paint()); });
    edge_entry(EdgeState::fresh, "fresh");
    edge_entry(EdgeState::cached, "cached");
    edge_entry(EdgeState::expected, "not reached");
    put("</g>\n");
    before.swap(out_);
    return before;
  }

  const LineageGraph& graph_;
  Drawing drawing_;
  std::string out_;
  int width_ = 0;
  int left_ = 0;
  const int top_ = k_header_height + k_margin;
  int legend_x_ = 0;
  int legend_y_ = 0;
  int legend_bottom_ = 0;
};

}  // namespace

std::string to_svg(const LineageGraph& graph) { return Picture(graph).write(); }

}  // namespace stepcache::lineage
