// The four printed forms: text, DOT, SVG, JSON.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "lineage/dot.h"
#include "lineage/drawing.h"
#include "lineage/json.h"
#include "lineage/label.h"
#include "lineage/lineage_examples.h"
#include "lineage/palette.h"
#include "lineage/svg.h"
#include "lineage/text.h"
#include "testing/golden.h"

namespace stepcache::lineage {
namespace {

using metadata::StepStatus;

const std::filesystem::path k_golden = STEPCACHE_GOLDEN_FOLDER;

const std::vector<std::string> k_hostile = {
    "<script>alert('1')</script>",
    "\" onload=\"alert(1)",
    "]]> <!-- -->",
    "two\nlines\r\tand tabs",
    "back\\slash\\",
    "\\N \\G \\l",
    "&amp; &#0; &lt;",
    "emoji 👩‍🔬🎉",
    "עברית اردو",
    "\u202Egnp.exe",
    "\xff\xfe\x80 raw \xC3",
    "\x1b[31mred",
    std::string("nul\0byte", 8),
    "%s{}{0}",
    std::string(300, 'W'),
    "",
    " ",
    "]}\",",
    "--",
    "a;b}|{c",
};

// A pipeline in which everything that has a name has a hostile one.
struct Hostile {
  pipeline::Pipeline pipeline;
  RunView view{pipeline, {}, 1, {}};

  explicit Hostile(const std::string& name) {
    const pipeline::ExternalInput file{pipeline::ExternalKind::file, name};
    const pipeline::ExternalInput variable{pipeline::ExternalKind::environment, name};
    pipeline.steps.push_back(examples::step_of(
        name, examples::interface_of({name, name}, {{name, name}, {name + "2", name}}), {file, variable}));
    pipeline.steps.push_back(
        examples::step_of(name + "b", examples::interface_of({name}, {}), {pipeline::OutputRef{0, 0}}));
    pipeline.steps[1].after = {0};
    view.title = name;
    view.steps.push_back({{StepStatus::completed, 1, name, name}, 1, 5, {examples::output_of(name, 1)}, name});
    view.steps.push_back({{StepStatus::failed, 2, name, name}, 1, 5, {}, name});
  }
};

// Reads a document strictly enough for ours: tags nest, attributes are quoted, references are those of XML, no
// character that XML forbids. Gives the names of the elements, and what character data holds, decoded.
struct XmlReader {
  std::string_view text;
  std::vector<std::string> elements;
  std::vector<std::string> data;
  std::string error;

  bool read() {
    std::vector<std::string> open;
    std::size_t at = 0;
    while (at < text.size() && error.empty()) {
      if (text[at] != '<') {
        const std::size_t end = std::min(text.find('<', at), text.size());
        const std::string content = decoded(text.substr(at, end - at));
        if (content != "\n") data.push_back(content);
        at = end;
        continue;
      }
      std::size_t end = at + 1;
      char quote = 0;
      while (end < text.size() && (quote != 0 || text[end] != '>')) {
        if (quote == 0 && text[end] == '<') return fail("'<' inside a tag");
        if (quote == 0 && (text[end] == '"' || text[end] == '\'')) {
          quote = text[end];
        } else if (text[end] == quote) {
          quote = 0;
        }
        ++end;
      }
      if (end == text.size()) return fail("a tag does not end");
      const std::string_view tag = text.substr(at + 1, end - at - 1);
      decoded(tag.substr(0, tag.find('"')));
      const std::string element(tag.substr(tag[0] == '/', tag.find_first_of(" />", 1) - (tag[0] == '/')));
      if (tag[0] == '/') {
        if (open.empty() || open.back() != element) return fail("</" + element + "> closes nothing");
        open.pop_back();
      } else {
        elements.push_back(element);
        if (tag.back() != '/') open.push_back(element);
      }
      at = end + 1;
    }
    return error.empty() && (open.empty() || fail("<" + open.back() + "> is not closed"));
  }

 private:
  bool fail(std::string message) {
    error = std::move(message);
    return false;
  }
  std::string decoded(std::string_view raw) {
    static const std::vector<std::pair<std::string_view, char>> k_references = {
        {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}};
    std::string out;
    for (std::size_t i = 0; i < raw.size();) {
      if (static_cast<unsigned char>(raw[i]) < 0x20 && raw[i] != '\n') fail("a control character");
      if (raw[i] != '&') {
        out += raw[i++];
        continue;
      }
      bool known = false;
      for (const auto& [reference, character] : k_references) {
        if (raw.substr(i).starts_with(reference)) {
          out += character;
          i += reference.size();
          known = true;
          break;
        }
      }
      if (!known) {
        fail("an unknown reference");
        ++i;
      }
    }
    return out;
  }
};

// Lines of a DOT text, after its strings are taken out; empty when a string does not end on its line.
std::string without_dot_strings(std::string_view text) {
  std::string out;
  bool inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (inside && text[i] == '\\') {
      ++i;
      continue;
    }
    if (inside && text[i] == '\n') return {};
    if (text[i] == '"') {
      inside = !inside;
      if (inside) out += 'S';
    } else if (!inside) {
      out += text[i];
    }
  }
  return inside ? std::string() : out;
}

// --- What people and programs read

TEST(Printers, KeepTheirForm) {
  const auto pipeline = examples::boston();
  const LineageGraph second = graph_of_run(examples::boston_second_run(pipeline));
  EXPECT_TRUE(testing::matches_golden(to_text(second), k_golden / "boston.txt"));
  EXPECT_TRUE(testing::matches_golden(to_dot(second), k_golden / "boston.dot"));
  EXPECT_TRUE(testing::matches_golden(to_svg(second), k_golden / "boston.svg"));
  EXPECT_TRUE(testing::matches_golden(to_json(second), k_golden / "boston.json"));
  const LineageGraph failed = graph_of_run(examples::boston_failed_run(pipeline));
  EXPECT_TRUE(testing::matches_golden(to_text(failed), k_golden / "failed.txt"));
  EXPECT_TRUE(testing::matches_golden(to_svg(failed), k_golden / "failed.svg"));
}

TEST(Printers, GiveTheSameEveryTime) {
  const auto pipeline = examples::mesh(6, 5);
  const LineageGraph graph = graph_of_run({pipeline, "mesh", 0, {}});
  for (const auto print : {to_text, to_dot, to_svg, to_json}) EXPECT_EQ(print(graph), print(graph));
}

TEST(Printers, PrintAnEmptyGraph) {
  EXPECT_EQ(to_text({}), "Lineage\n0 steps, 0 artifacts\n");
  EXPECT_TRUE(nlohmann::json::accept(to_json({})));
  const std::string svg = to_svg({});
  XmlReader reader{svg, {}, {}, {}};
  EXPECT_TRUE(reader.read()) << reader.error;
  EXPECT_FALSE(without_dot_strings(to_dot({})).empty());
}

TEST(Svg, StaysOneDocumentWithoutScriptsForHostileNames) {
  for (const std::string& name : k_hostile) {
    const Hostile hostile(name);
    const std::string svg = to_svg(graph_of_run(hostile.view));
    XmlReader reader{svg, {}, {}, {}};
    ASSERT_TRUE(reader.read()) << reader.error << "\n" << svg;
    EXPECT_EQ(reader.elements.front(), "svg");
    for (const std::string& element : reader.elements) {
      EXPECT_TRUE(element == "svg" || element == "g" || element == "title" || element == "desc" || element == "rect" ||
                  element == "circle" || element == "path" || element == "text" || element == "defs" ||
                  element == "marker")
          << element;
    }
    EXPECT_TRUE(examples::is_valid_utf8(svg));
    EXPECT_EQ(svg.find("\u202E"), std::string::npos);
  }
}

TEST(Svg, TellsTheFullNameInATooltipWhereALabelIsCut) {
  const std::string name(300, 'W');
  const Hostile hostile(name);
  const std::string svg = to_svg(graph_of_run(hostile.view));
  XmlReader reader{svg, {}, {}, {}};
  ASSERT_TRUE(reader.read());
  int cut = 0;
  int full = 0;
  for (const std::string& text : reader.data) {
    cut += text.ends_with("W…") ? 1 : 0;
    full += text.find("step " + name) != std::string::npos ? 1 : 0;
  }
  EXPECT_GT(cut, 2);
  EXPECT_EQ(full, 2);
}

TEST(Svg, HasTheColoursOfTheStatuses) {
  EXPECT_EQ(paint_of(StepStatus::completed).fill, "#22577A");
  EXPECT_EQ(paint_of(StepStatus::cached).fill, "#BFD7B5");
  EXPECT_EQ(paint_of(StepStatus::running).fill, "#FFB100");
  EXPECT_EQ(paint_of(StepStatus::failed).fill, "#AD5D4E");
  EXPECT_EQ(paint_of(StepStatus::skipped).fill, paint_of(StepStatus::pending).fill);
  EXPECT_EQ(paint_of(StepStatus::pending).fill, k_background);
  EXPECT_NE(paint_of(StepStatus::cancelled).fill, k_background);
}

// Relative luminance and contrast as WCAG 2.1 defines them.
double luminance(std::string_view color) {
  double parts[3];
  for (int i = 0; i < 3; ++i) {
    const double value =
        std::stoi(std::string(color.substr(1 + 2 * static_cast<std::size_t>(i), 2)), nullptr, 16) / 255.0;
    parts[i] = value <= 0.03928 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
  }
  return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
}
double contrast(std::string_view a, std::string_view b) {
  const double light = std::max(luminance(a), luminance(b));
  const double dark = std::min(luminance(a), luminance(b));
  return (light + 0.05) / (dark + 0.05);
}

TEST(Svg, IsReadableEverywhere) {
  for (const StepStatus status : {StepStatus::pending, StepStatus::running, StepStatus::completed, StepStatus::cached,
                                  StepStatus::failed, StepStatus::skipped, StepStatus::cancelled}) {
    EXPECT_GE(contrast(paint_of(status).fill, paint_of(status).ink), 4.5) << metadata::name(status);
  }
  for (const EdgeState state : {EdgeState::fresh, EdgeState::cached, EdgeState::expected}) {
    EXPECT_GE(contrast(paint_of(state).fill, paint_of(state).ink), 4.5) << name(state);
    EXPECT_GE(contrast(paint_of(state).fill, k_quiet_ink), 4.5) << name(state);
  }
  EXPECT_GE(contrast(external_paint().fill, k_quiet_ink), 4.5);
  EXPECT_GE(contrast(k_background, k_ink), 4.5);
  EXPECT_GE(contrast(k_background, k_quiet_ink), 4.5);
}

TEST(Svg, DashesCachedEdgesAndNoOthers) {
  const auto pipeline = examples::boston();
  const LineageGraph graph = graph_of_run(examples::boston_second_run(pipeline));
  const std::string svg = to_svg(graph);
  const std::string drawing = svg.substr(0, svg.find("<g font-size"));  // without the legend
  std::size_t dashed = 0;
  for (std::size_t at = drawing.find("stroke-dasharray"); at != std::string::npos;
       at = drawing.find("stroke-dasharray", at + 1)) {
    ++dashed;
  }
  EXPECT_EQ(dashed, 9U);  // of 11 edges; those of the trainer are fresh
}

TEST(Drawing, KeepsEveryLabelInsideItsOwnRoom) {
  examples::Dice random(5);
  for (int round = 0; round < 300; ++round) {
    pipeline::Pipeline made;
    const std::uint32_t steps = 1 + random.below(20);
    for (std::uint32_t i = 0; i < steps; ++i) {
      std::vector<pipeline::Source> inputs;
      if (i > 0) inputs.emplace_back(pipeline::OutputRef{random.below(i), 0});
      made.steps.push_back(examples::step_of(
          k_hostile[random.below(static_cast<std::uint32_t>(k_hostile.size()))],
          examples::interface_of({"0"}, {{k_hostile[random.below(static_cast<std::uint32_t>(k_hostile.size()))], "t"}}),
          inputs));
    }
    const LineageGraph graph = graph_of_run({made, "", 0, {}});
    const Drawing drawing = draw(graph);
    for (NodeId a = 0; a < graph.nodes.size(); ++a) {
      const DrawnNode& node = drawing.nodes[a];
      ASSERT_LE(width_px(node.name, k_name_px, true), node.box.width);
      ASSERT_LE(width_px(node.detail, k_detail_px, false), node.box.width);
      for (NodeId b = 0; b < a; ++b) {
        if (drawing.layout.nodes[a].layer != drawing.layout.nodes[b].layer) continue;
        const int gap = std::abs(drawing.layout.nodes[a].anchor.y - drawing.layout.nodes[b].anchor.y);
        const bool a_first = drawing.layout.nodes[a].anchor.y < drawing.layout.nodes[b].anchor.y;
        ASSERT_GE(gap,
                  a_first ? node.box.below + drawing.nodes[b].box.above : drawing.nodes[b].box.below + node.box.above);
      }
    }
  }
}

TEST(Dot, StaysWellFormedForHostileNames) {
  const Hostile plain("plain");
  const std::string shape = without_dot_strings(to_dot(graph_of_run(plain.view)));
  ASSERT_FALSE(shape.empty());
  for (const std::string& name : k_hostile) {
    const Hostile hostile(name);
    // Whatever the names are, everything around the strings is the same.
    EXPECT_EQ(without_dot_strings(to_dot(graph_of_run(hostile.view))), shape) << name;
  }
}

TEST(Json, HoldsNamesAsTheyAreAndEscapesWhatIsNoUtf8) {
  for (const std::string& name : k_hostile) {
    const Hostile hostile(name);
    const auto document = nlohmann::json::parse(to_json(graph_of_run(hostile.view)));
    const bool raw = name.starts_with("\xff");
    const std::string expected = raw ? "\\xff\\xfe\\x80 raw \\xc3" : name;
    EXPECT_EQ(document["title"], expected);
    EXPECT_EQ(document["nodes"][0]["name"], expected);
  }
}

TEST(Json, GivesPlacesForNodesAndWaysForEdges) {
  const auto pipeline = examples::boston();
  const auto document = nlohmann::json::parse(to_json(graph_of_run(examples::boston_failed_run(pipeline))));
  EXPECT_EQ(document["schema"], "stepcache.lineage/1");
  EXPECT_EQ(document["run"], 3);
  EXPECT_TRUE(document["focus"].is_null());
  ASSERT_EQ(document["nodes"].size(), 11U);
  for (std::size_t i = 0; i < 11; ++i) {
    EXPECT_EQ(document["nodes"][i]["id"], i);
    EXPECT_GE(document["nodes"][i]["x"], 0);
    EXPECT_LE(document["nodes"][i]["x"], document["width"]);
  }
  for (const auto& edge : document["edges"]) {
    EXPECT_GE(edge["points"].size(), 4U);
    EXPECT_LT(document["nodes"][edge["from"].get<std::size_t>()]["layer"],
              document["nodes"][edge["to"].get<std::size_t>()]["layer"]);
  }
  const auto& skipped = document["nodes"][5];
  EXPECT_EQ(skipped["name"], "evaluator");
  EXPECT_EQ(skipped["status"], "skipped");
  EXPECT_TRUE(skipped["execution"].is_null());
  EXPECT_TRUE(skipped["seconds"].is_null());
}

TEST(Text, SaysNothingThatATerminalObeys) {
  for (const std::string& name : k_hostile) {
    const Hostile hostile(name);
    for (const char c : to_text(graph_of_run(hostile.view))) {
      ASSERT_TRUE(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F));
    }
  }
}

TEST(Text, MarksTheArtifactAskedAboutAlsoWhenNothingIsKnownOfIt) {
  ArtifactHistory history;
  history.focus = sha256("model");
  history.title = "9372c470eead";
  EXPECT_EQ(
      to_text(graph_of_artifact(history)),
      "9372c470eead\n0 steps, 1 artifact\n\n  *  (artifact)    9372c470eead  0 B  no recorded step read or made it\n");
  history.events.push_back({7, metadata::EventKind::output, 0, "model", history.focus});
  EXPECT_NE(to_text(graph_of_artifact(history)).find("-> *  model"), std::string::npos);
}

}  // namespace
}  // namespace stepcache::lineage
