#include "report/signature_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "report/code_words.h"
#include "report/quantities.h"
#include "report/table.h"

namespace stepcache::report {
namespace {

using code_signature::Part;

constexpr std::size_t k_deepest_indent = 40;  // levels: what is deeper is not moved further to the right
constexpr std::size_t k_no_parent = static_cast<std::size_t>(-1);

// Prints depth first the tree of shortest ways: so a part stands as high as it can, and the tree is no deeper than need
// be.
class Tree {
 public:
  Tree(const std::vector<Part>& parts, std::size_t depth) : parts_(parts), limit_(depth) {
    parent_.assign(parts.size(), k_no_parent);
    printed_.assign(parts.size(), false);
    std::vector<bool> met(parts.size(), false);
    for (std::size_t start = 0; start < parts.size(); ++start) {
      if (met[start]) continue;
      // The root; then what no edge leads to, such as the initialisers of what is reached.
      met[start] = true;
      starts_.push_back(start);
      std::vector<std::size_t> queue = {start};
      for (std::size_t next = 0; next < queue.size(); ++next) {
        const std::size_t at = queue[next];
        for (const std::uint32_t target : parts[at].edges) {
          if (target >= parts.size() || met[target]) continue;
          met[target] = true;
          parent_[target] = at;
          queue.push_back(target);
        }
      }
    }
  }

  std::string text() {
    for (const std::size_t start : starts_) {
      open_.push_back({start, 0, start});
      while (!open_.empty()) print_next();
    }
    if (left_out_ > 0) text_ += fmt::format("  ... {} deeper (--depth)\n", counted(left_out_, "part"));
    return std::move(text_);
  }

 private:
  struct Line {
    std::size_t part, depth, parent;
  };

  void print_next() {
    const Line line = open_.back();
    open_.pop_back();
    const bool own = line.part == line.parent || parent_[line.part] == line.parent;
    if (!own) {
      text_ += indent(line.depth) + described(parts_[line.part]) + (printed_[line.part] ? " (above)\n" : " (below)\n");
      return;
    }
    if (limit_ != 0 && line.depth > limit_) {
      ++left_out_;
    } else {
      printed_[line.part] = true;
      text_ += indent(line.depth) + described(parts_[line.part]) + details(parts_[line.part]) + "\n";
    }
    const auto& edges = parts_[line.part].edges;
    std::unordered_set<std::uint32_t> once;
    std::vector<Line> below;
    for (const std::uint32_t target : edges) {
      if (target >= parts_.size() || !once.insert(target).second) continue;
      const bool is_child = parent_[target] == line.part;
      // What was left out is counted all the same, without its references.
      if (limit_ != 0 && line.depth >= limit_ && !is_child) continue;
      if (is_child || target != line.part) below.push_back({target, line.depth + 1, line.part});
    }
    open_.insert(open_.end(), below.rbegin(), below.rend());
  }

  static std::string indent(std::size_t depth) { return std::string(2 * (1 + std::min(depth, k_deepest_indent)), ' '); }
  static std::string described(const Part& part) {
    return part.name.empty() ? shown(part.kind) : fmt::format("{} {}", shown(part.kind), shown(part.name));
  }
  static std::string details(const Part& part) {
    std::string text;
    if (!part.sources.empty()) {
      if (const auto place = place_text(part.sources[0].file, part.sources[0].line); !place.empty()) {
        text += "  " + place;
      }
    }
    if (part.size_bytes > 0) text += "  " + size_text(part.size_bytes);
    if (!part.digest.is_zero()) text += "  " + part.digest.short_hex();
    return text;
  }

  const std::vector<Part>& parts_;
  std::size_t limit_;
  std::vector<std::size_t> parent_, starts_;
  std::vector<bool> printed_;
  std::vector<Line> open_;
  std::size_t left_out_ = 0;
  std::string text_;
};

std::string counts_text(const std::vector<Part>& parts) {
  std::vector<std::pair<std::string, std::size_t>> counts;
  std::unordered_map<std::string, std::size_t> kinds;
  for (const Part& part : parts) {
    const auto [found, is_new] = kinds.try_emplace(part.kind, counts.size());
    if (is_new) counts.emplace_back(part.kind, 0);
    ++counts[found->second].second;
  }
  std::vector<std::string> words;
  words.reserve(counts.size());
  for (const auto& [kind, count] : counts) words.push_back(counted_parts(count, kind));
  return listed(words);
}

}  // namespace

std::string signature_text(const Console& console, const workspace::SignatureView& view, std::size_t depth) {
  std::string text = console.painted(Style::strong, shown(view.step));
  text += view.run == 0 ? " now: " : fmt::format(" in run {}: ", view.run);
  if (view.precision) text += *view.precision == code_signature::Precision::exact ? "exact " : "coarse ";
  text += "signature " + view.digest.short_hex();
  if (!view.parts.empty()) text += ", " + counts_text(view.parts);
  text += "\n";
  if (!view.note.empty()) text += "  note: " + shown(view.note) + "\n";
  if (!view.why_not.empty()) text += "  its result does not serve later runs: " + shown(view.why_not) + "\n";
  for (const std::string& remark : view.remarks) text += "  remark: " + shown(remark) + "\n";
  if (view.parts.empty()) return text + "  what it is made of is not known\n";
  return text + "\n" + Tree(view.parts, depth).text();
}

}  // namespace stepcache::report
