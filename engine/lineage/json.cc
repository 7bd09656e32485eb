#include "lineage/json.h"

#include <fmt/format.h>

#include <iterator>

#include "lineage/drawing.h"
#include "lineage/escape.h"

namespace stepcache::lineage {
namespace {

// Written directly, a node or an edge a line: a document tree of a large run takes several times as long.
class Writer {
 public:
  explicit Writer(const LineageGraph& graph) : graph_(graph), drawing_(draw(graph)) {}

  std::string write() && {
    put("{{\n  \"schema\": \"stepcache.lineage/1\",\n  \"title\": {},\n", quoted(graph_.title));
    put("  \"run\": {},\n  \"focus\": {},\n", number_or_null(graph_.run),
        graph_.focus ? std::to_string(*graph_.focus) : std::string("null"));
    put("  \"width\": {},\n  \"height\": {},\n", drawing_.layout.width, drawing_.layout.height);
    put("  \"nodes\": [");
    for (NodeId id = 0; id < graph_.nodes.size(); ++id) node(id);
    put("{}],\n  \"edges\": [", graph_.nodes.empty() ? "" : "\n  ");
    for (std::size_t e = 0; e < graph_.edges.size(); ++e) edge(e);
    put("{}]\n}}\n", graph_.edges.empty() ? "" : "\n  ");
    return std::move(out_);
  }

 private:
  template <class... Arguments>
  void put(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Arguments>(arguments)...);
  }

  static std::string quoted(std::string_view bytes) {
    std::string text = "\"";
    for (const char c : json_text(bytes)) {
      switch (c) {
        case '"':
          text += "\\\"";
          break;
        case '\\':
          text += "\\\\";
          break;
        case '\n':
          text += "\\n";
          break;
        case '\r':
          text += "\\r";
          break;
        case '\t':
          text += "\\t";
          break;
        default:
          if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            fmt::format_to(std::back_inserter(text), "\\u{:04x}", static_cast<unsigned>(c));
          } else {
            text += c;
          }
      }
    }
    return text + '"';
  }
  static std::string text_or_null(const std::string& text) { return text.empty() ? "null" : quoted(text); }
  static std::string number_or_null(std::int64_t id) { return id == 0 ? "null" : std::to_string(id); }

  void node(NodeId id) {
    put("{}\n    {{\"id\": {}, ", id == 0 ? "" : ",", id);
    std::visit([this](const auto& value) { describe(value); }, graph_.nodes[id]);
    const PlacedNode& placed = drawing_.layout.nodes[id];
    const BoxSize& box = drawing_.nodes[id].box;
    put("\"layer\": {}, \"x\": {}, \"y\": {}, \"width\": {}, \"above\": {}, \"below\": {}}}", placed.layer,
        placed.anchor.x, placed.anchor.y, box.width, box.above, box.below);
  }

  void edge(std::size_t e) {
    const Edge& edge = graph_.edges[e];
    const bool order = edge.kind == EdgeKind::order;
    put("{}\n    {{\"from\": {}, \"to\": {}, \"kind\": \"{}\", \"port\": {}, \"state\": \"{}\", \"points\": [",
        e == 0 ? "" : ",", edge.from, edge.to, order ? "order" : "data", order ? "null" : quoted(edge.port),
        name(edge.state));
    bool first = true;
    for (const Point& point : drawing_.layout.route(e)) {
      put("{}[{}, {}]", first ? "" : ", ", point.x, point.y);
      first = false;
    }
    put("]}}");
  }

  void describe(const StepNode& step) {
    put("\"kind\": \"step\", \"name\": {}, \"execution\": {}, \"run\": {}, \"status\": \"{}\", ", quoted(step.name),
        number_or_null(step.execution), number_or_null(step.run), metadata::name(step.status));
    put("\"reason\": {}, \"error\": {}, \"seconds\": {}, ", text_or_null(step.reason), text_or_null(step.error),
        step.duration_ns < 0 ? std::string("null") : fmt::format("{}", static_cast<double>(step.duration_ns) / 1e9));
  }
  void describe(const ArtifactNode& artifact) {
    put("\"kind\": \"artifact\", \"name\": {}, \"type\": {}, \"digest\": {}, \"size_bytes\": {}, ",
        quoted(artifact.name), quoted(artifact.type),
        artifact.digest ? '"' + artifact.digest->hex() + '"' : std::string("null"),
        artifact.digest ? std::to_string(artifact.size_bytes) : std::string("null"));
  }
  void describe(const ExternalNode& external) {
    put("\"kind\": \"external\", \"name\": {}, \"external_kind\": \"{}\", ", quoted(external.name),
        name(external.kind));
  }

  const LineageGraph& graph_;
  Drawing drawing_;
  std::string out_;
};

}  // namespace

std::string to_json(const LineageGraph& graph) { return Writer(graph).write(); }

}  // namespace stepcache::lineage
