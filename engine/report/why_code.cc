#include "report/why_code.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/code_words.h"
#include "report/table.h"

namespace stepcache::report {
namespace {

using cache::ChangedPart;
using cache::PrimaryChange;

constexpr std::size_t k_path_ends = 3;      // names shown at each end of a long path
constexpr std::size_t k_folded_names = 5;   // of what else changed
constexpr std::size_t k_diff_lines = 40;    // without -v
constexpr std::size_t k_name_width = 100;   // of a name among others

std::string part_text(const ChangedPart& part) {
  const std::string name = shortened(shown(part.name), k_name_width);
  if (part.kind == "function") return name;
  return name.empty() ? shown(part.kind) : fmt::format("{} {}", shown(part.kind), name);
}

std::string change_text(const PrimaryChange& primary, bool only_machine_code) {
  std::string text = shown(primary.part.name);
  if (primary.part.kind != "function") text = fmt::format("{} {}", shown(primary.part.kind), text);
  if (!primary.reached_by.empty()) text += " of " + shown(primary.reached_by);
  if (only_machine_code) {
    text += ": only its machine code changed";
  } else {
    text += primary.part.change == cache::CodeChange::changed ? " changed"
                                                              : fmt::format(" is {}", name(primary.part.change));
  }
  if (!primary.inlined_into.empty()) text += ", inlined into " + shown(primary.inlined_into);
  return text;
}

std::string path_text(const std::vector<std::string>& path) {
  std::string text;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path.size() > 2 * k_path_ends && i == k_path_ends) {
      const std::size_t left_out = path.size() - 2 * k_path_ends;
      text += fmt::format("\n    -> ... {} more ...", left_out);
      i += left_out;
    }
    text += (i == 0 ? "    " : "\n    -> ") + shortened(shown(path[i]), k_name_width);
  }
  return text;
}

std::string diff_text(const Console& console, const std::vector<workspace::DiffLine>& diff) {
  std::string text;
  const std::size_t limit = console.verbose() ? diff.size() : std::min(diff.size(), k_diff_lines);
  for (std::size_t i = 0; i < limit; ++i) {
    const workspace::DiffLine& line = diff[i];
    const std::uint32_t number = line.mark == '-' ? line.before_line : line.now_line;
    if (i > 0 && line.mark == ' ' && diff[i - 1].mark == ' ' && line.now_line != diff[i - 1].now_line + 1) {
      text += "    ...\n";
    }
    std::string source;
    for (const char c : line.text) source += c == '\t' ? std::string(4, ' ') : std::string(1, c);
    std::string row = fmt::format("    {:>5} {} {}", number == 0 ? "" : std::to_string(number), line.mark,
                                  shown(source));
    row.erase(row.find_last_not_of(' ') + 1);
    const Style style = line.mark == '+' ? Style::good : line.mark == '-' ? Style::bad : Style::plain;
    text += console.painted(style, row) + "\n";
  }
  if (limit < diff.size()) text += fmt::format("    ... {} more lines (-v shows them)\n", diff.size() - limit);
  return text;
}

std::string others_text(const Console& console, const std::vector<ChangedPart>& changes) {
  if (console.verbose()) {
    Table table({{""}, {""}, {""}, {""}});
    for (const ChangedPart& part : changes) {
      table.add({std::string(name(part.change)), shown(part.kind), shown(part.name),
                 place_text(part.file, part.line)});
    }
    return fmt::format("\n  all that changed:\n{}", table.text("    "));
  }
  if (changes.size() < 2) return "";
  std::vector<std::string> names;
  for (std::size_t i = 1; i < changes.size() && names.size() < k_folded_names; ++i) {
    names.push_back(part_text(changes[i]));
  }
  const std::size_t others = changes.size() - 1;
  return fmt::format("\n  and {} more changed: {}{}\n", others, fmt::join(names, ", "),
                     others > names.size() ? ", ... (-v shows all)" : "");
}

void write_place(JsonWriter& json, const std::string& file, std::uint32_t line) {
  json.key("file").text_or_null(file);
  json.key("line").id_or_null(line);
}

}  // namespace

std::string compared_text(const workspace::CodeExplanation& code) {
  std::vector<std::string> words;
  for (const cache::KindCount& count : code.comparison.counts) {
    words.push_back(counted_parts(count.same + count.changed + count.added + count.removed, count.kind));
  }
  return words.empty() ? "" : listed(words) + " compared";
}

std::string code_text(const Console& console, const workspace::CodeExplanation& code) {
  if (!code.comparison.primary) return "";
  const PrimaryChange& primary = *code.comparison.primary;
  std::string text = "\n  " + change_text(primary, code.comparison.only_machine_code);
  if (const std::string place = place_text(primary.part.file, primary.part.line); !place.empty()) text += ", " + place;
  text += "\n";
  if (primary.path.size() > 1) text += "  reached by\n" + path_text(primary.path) + "\n";
  if (!code.diff.empty()) text += "\n" + diff_text(console, code.diff);
  text += others_text(console, code.comparison.changes);
  text += "\n  " + compared_text(code) + "\n";
  return text;
}

void write_code(JsonWriter& json, const workspace::CodeExplanation& code) {
  json.begin_object();
  json.key("only_machine_code").boolean(code.comparison.only_machine_code);
  json.key("primary");
  if (const auto& primary = code.comparison.primary) {
    json.begin_object();
    json.key("change").text(name(primary->part.change));
    json.key("kind").text(primary->part.kind);
    json.key("name").text(primary->part.name);
    write_place(json, primary->part.file, primary->part.line);
    json.key("inlined_into").text_or_null(primary->inlined_into);
    json.key("reached_by").text_or_null(primary->reached_by);
    json.end_object();
  } else {
    json.null();
  }
  json.key("path").begin_array();
  if (code.comparison.primary) {
    for (const std::string& name : code.comparison.primary->path) json.text(name);
  }
  json.end_array();
  json.key("diff").begin_array();
  for (const workspace::DiffLine& line : code.diff) {
    json.begin_object();
    json.key("mark").text(std::string_view(&line.mark, 1));
    json.key("before_line").id_or_null(line.before_line);
    json.key("now_line").id_or_null(line.now_line);
    json.key("text").text(line.text);
    json.end_object();
  }
  json.end_array();
  json.key("changed").begin_array();
  for (const ChangedPart& part : code.comparison.changes) {
    json.begin_object();
    json.key("change").text(name(part.change));
    json.key("kind").text(part.kind);
    json.key("name").text(part.name);
    write_place(json, part.file, part.line);
    json.key("edited").boolean(part.edited);
    json.end_object();
  }
  json.end_array();
  json.key("counts").begin_array();
  for (const cache::KindCount& count : code.comparison.counts) {
    json.begin_object();
    json.key("kind").text(count.kind);
    json.key("same").number(static_cast<std::uint64_t>(count.same));
    json.key("changed").number(static_cast<std::uint64_t>(count.changed));
    json.key("new").number(static_cast<std::uint64_t>(count.added));
    json.key("gone").number(static_cast<std::uint64_t>(count.removed));
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

}  // namespace stepcache::report
