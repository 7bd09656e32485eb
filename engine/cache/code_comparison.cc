#include "cache/code_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "cache/part_matching.h"

namespace stepcache::cache {
namespace {

using code_signature::Part;
using code_signature::Source;
using Parts = std::span<const Part>;

constexpr std::string_view k_function = "function";
constexpr std::size_t k_far = std::numeric_limits<std::size_t>::max();

// Shortest ways from the root.
struct Reach {
  std::vector<std::size_t> distance;  // k_far: not by edges (an initialiser)
  std::vector<std::size_t> from;      // the part before it on the way
};

Reach reach_of(Parts parts) {
  Reach reach{std::vector(parts.size(), k_far), std::vector(parts.size(), k_no_part)};
  if (parts.empty()) return reach;
  std::vector<std::size_t> queue = {0};
  reach.distance[0] = 0;
  for (std::size_t next = 0; next < queue.size(); ++next) {
    const std::size_t at = queue[next];
    for (const std::uint32_t target : parts[at].edges) {
      if (target >= parts.size() || reach.distance[target] != k_far) continue;
      reach.distance[target] = reach.distance[at] + 1;
      reach.from[target] = at;
      queue.push_back(target);
    }
  }
  return reach;
}

// Where source texts are, by function and file.
class SourceIndex {
 public:
  explicit SourceIndex(Parts parts) {
    for (const Part& part : parts) {
      for (const Source& source : part.sources) {
        if (!source.text.empty()) sources_[key(source)].push_back(&source);
      }
    }
  }
  // The same function on this side: with the same text if there is one, else any; null when there is none.
  const Source* find(const Source& source) const {
    const auto found = sources_.find(key(source));
    if (found == sources_.end()) return nullptr;
    for (const Source* candidate : found->second) {
      if (candidate->text == source.text) return candidate;
    }
    return found->second.front();
  }

 private:
  static std::string key(const Source& source) { return source.function + '\0' + source.file; }
  std::unordered_map<std::string, std::vector<const Source*>> sources_;
};

// How likely somebody made this change by hand; less is more likely.
enum class Rank : std::uint8_t { edited, came_or_went, other };

// A part that differs, and what is known of why.
struct Finding {
  ChangedPart part;
  Rank rank = Rank::other;
  std::size_t before = k_no_part, now = k_no_part;
  std::size_t distance = k_far;
  bool same_source = false;      // the text is known on both sides, and is the same
  bool same_content = false;     // only what it reaches is other
  const Source* before_source = nullptr;  // of the function to name
  const Source* now_source = nullptr;
  bool inlined = false;
};

class Comparer {
 public:
  Comparer(Parts before, Parts now)
      : before_(before),
        now_(now),
        matching_(match_parts(before, now)),
        before_sources_(before),
        now_sources_(now),
        before_reach_(reach_of(before)),
        now_reach_(reach_of(now)) {}

  CodeComparison compare() {
    CodeComparison made;
    for (std::size_t i = 0; i < now_.size(); ++i) {
      const std::size_t then = matching_.before_of[i];
      KindCount& count = count_of(made, now_[i].kind);
      if (then == k_no_part) {
        ++count.added;
        findings_.push_back(added(i));
      } else if (same(then, i)) {
        ++count.same;
      } else {
        ++count.changed;
        findings_.push_back(changed(then, i));
      }
    }
    for (std::size_t i = 0; i < before_.size(); ++i) {
      if (matching_.now_of[i] != k_no_part) continue;
      ++count_of(made, before_[i].kind).removed;
      findings_.push_back(removed(i));
    }
    if (findings_.empty()) return made;
    std::stable_sort(findings_.begin(), findings_.end(),
                     [](const Finding& a, const Finding& b) { return a.distance < b.distance; });
    made.only_machine_code = only_machine_code();
    const bool of_function = made.only_machine_code;
    const auto first = std::min_element(findings_.begin(), findings_.end(), [&](const Finding& a, const Finding& b) {
      if (of_function && is_function(a) != is_function(b)) return is_function(a);
      return a.rank < b.rank;
    });
    std::rotate(findings_.begin(), first, first + 1);
    made.primary = primary(findings_.front());
    made.changes.reserve(findings_.size());
    for (Finding& finding : findings_) made.changes.push_back(std::move(finding.part));
    return made;
  }

 private:
  static bool is_function(const Finding& finding) { return finding.part.kind == k_function; }

  KindCount& count_of(CodeComparison& made, const std::string& kind) {
    const auto [found, is_new] = kinds_.try_emplace(kind, made.counts.size());
    if (is_new) made.counts.push_back({kind});
    return made.counts[found->second];
  }

  bool same(std::size_t then, std::size_t now) const {
    const Part& a = before_[then];
    const Part& b = now_[now];
    if (a.digest != b.digest || a.kind != b.kind || a.edges.size() != b.edges.size()) return false;
    for (std::size_t i = 0; i < a.edges.size(); ++i) {
      if (a.edges[i] >= before_.size() || b.edges[i] >= now_.size()) continue;
      if (matching_.now_of[a.edges[i]] == b.edges[i]) continue;
      // Two of one name and digest may stand in another order.
      const Part& left = before_[a.edges[i]];
      const Part& right = now_[b.edges[i]];
      if (left.kind != right.kind || left.name != right.name || left.digest != right.digest) return false;
    }
    return true;
  }

  static Finding finding_of(CodeChange change, const Part& part) {
    Finding made;
    made.part = {change, part.kind, part.name, "", 0, false};
    if (part.sources.empty()) return made;
    made.part.file = part.sources[0].file;
    made.part.line = part.sources[0].line;
    return made;
  }

  Finding changed(std::size_t then, std::size_t now) const {
    const Part& a = before_[then];
    const Part& b = now_[now];
    Finding made = finding_of(CodeChange::changed, b);
    made.before = then;
    made.now = now;
    made.distance = now_reach_.distance[now];
    made.same_content = a.digest == b.digest;
    if (!a.sources.empty() && !b.sources.empty() && !a.sources[0].text.empty() && !b.sources[0].text.empty()) {
      made.before_source = &a.sources[0];
      made.now_source = &b.sources[0];
      made.same_source = a.sources[0].text == b.sources[0].text;
      if (!made.same_source) {
        made.rank = Rank::edited;
        made.part.edited = true;
        return made;
      }
    }
    for (std::size_t i = 1; i < b.sources.size(); ++i) {
      const Source& source = b.sources[i];
      if (source.text.empty()) continue;
      const Source* const old = source_then(a, source);
      if (old == nullptr || old->text == source.text) continue;
      made.before_source = old;
      made.now_source = &source;
      made.inlined = true;
      made.rank = Rank::edited;
      made.part.edited = true;
      return made;
    }
    return made;
  }

  // The same function's source before: of the part itself, else wherever it was.
  const Source* source_then(const Part& part, const Source& source) const {
    const Source* other = nullptr;
    for (const Source& candidate : part.sources) {
      if (candidate.function != source.function || candidate.text.empty()) continue;
      if (candidate.text == source.text) return &candidate;
      if (other == nullptr) other = &candidate;
    }
    return other != nullptr ? other : before_sources_.find(source);
  }

  Finding added(std::size_t now) const {
    Finding made = finding_of(CodeChange::added, now_[now]);
    made.now = now;
    made.distance = now_reach_.distance[now];
    rank_one_sided(made, now_[now], before_sources_, made.now_source, made.before_source);
    return made;
  }

  Finding removed(std::size_t then) const {
    Finding made = finding_of(CodeChange::removed, before_[then]);
    made.before = then;
    made.distance = before_reach_.distance[then];
    rank_one_sided(made, before_[then], now_sources_, made.before_source, made.now_source);
    return made;
  }

  // A function that the other side knows by its text was only inlined there, or is here.
  static void rank_one_sided(Finding& made, const Part& part, const SourceIndex& others, const Source*& own,
                             const Source*& other) {
    made.rank = Rank::came_or_went;
    if (part.sources.empty() || part.sources[0].text.empty()) return;
    own = &part.sources[0];
    other = others.find(*own);
    if (other == nullptr) return;
    made.same_source = other->text == own->text;
    made.part.edited = !made.same_source;
    made.rank = made.same_source ? Rank::other : Rank::edited;
  }

  bool only_machine_code() const {
    bool function = false;
    for (const Finding& finding : findings_) {
      if (is_function(finding)) {
        if (finding.part.edited || !finding.same_source) return false;
        function = true;
      } else if (finding.part.change == CodeChange::changed) {
        if (!finding.same_content) return false;
      } else if (finding.part.kind.find("library") != std::string::npos) {
        return false;
      }
    }
    return function;
  }

  PrimaryChange primary(const Finding& finding) const {
    PrimaryChange made;
    made.part = finding.part;
    // A function of its own now that was inlined before, or the other way round, and was edited.
    if (made.part.edited) made.part.change = CodeChange::changed;
    const bool gone = finding.part.change == CodeChange::removed;
    const Parts parts = gone ? before_ : now_;
    const Reach& reach = gone ? before_reach_ : now_reach_;
    const std::size_t at = gone ? finding.before : finding.now;
    for (std::size_t step = at; step != k_no_part; step = reach.from[step]) {
      made.path.push_back(parts[step].name);
      if (made.reached_by.empty() && step != at && parts[step].kind == k_function) made.reached_by = parts[step].name;
    }
    std::reverse(made.path.begin(), made.path.end());
    if (is_function(finding) || !made.part.file.empty()) made.reached_by.clear();
    if (finding.inlined) {
      made.inlined_into = finding.part.name;
      made.part.name = finding.now_source->function;
      made.part.file = finding.now_source->file;
      made.part.line = finding.now_source->line;
    }
    if (finding.before_source != nullptr) {
      made.text_before = finding.before_source->text;
      made.line_before = finding.before_source->line;
    }
    if (finding.now_source != nullptr) {
      made.text_now = finding.now_source->text;
      made.line_now = finding.now_source->line;
    }
    return made;
  }

  Parts before_, now_;
  PartMatching matching_;
  SourceIndex before_sources_, now_sources_;
  Reach before_reach_, now_reach_;
  std::unordered_map<std::string, std::size_t> kinds_;
  std::vector<Finding> findings_;
};

std::string subject(const PrimaryChange& primary) {
  if (primary.part.kind == k_function || primary.part.kind.empty()) return primary.part.name;
  std::string text = primary.part.kind;
  if (!primary.part.name.empty()) text += " " + primary.part.name;
  if (!primary.reached_by.empty()) text += " of " + primary.reached_by;
  return text;
}

std::string place(const ChangedPart& part) {
  if (part.file.empty()) return "";
  return part.line == 0 ? part.file : fmt::format("{}:{}", part.file, part.line);
}

}  // namespace

std::string_view name(CodeChange change) {
  switch (change) {
    case CodeChange::changed:
      return "changed";
    case CodeChange::added:
      return "new";
    case CodeChange::removed:
      return "gone";
  }
  return "changed";
}

CodeComparison compare_code(Parts before, Parts now) { return Comparer(before, now).compare(); }

CodeComparison same_code(Parts parts) {
  CodeComparison made;
  std::unordered_map<std::string_view, std::size_t> kinds;
  for (const Part& part : parts) {
    const auto [found, is_new] = kinds.try_emplace(part.kind, made.counts.size());
    if (is_new) made.counts.push_back({part.kind});
    ++made.counts[found->second].same;
  }
  return made;
}

std::string code_change_text(const CodeComparison& comparison) {
  if (!comparison.primary) return "";
  const PrimaryChange& primary = *comparison.primary;
  const std::string where = place(primary.part);
  std::string text;
  if (comparison.only_machine_code) {
    text = fmt::format("only machine code changed (a type or macro, compiler, flags, inlining or a line number): {}",
                       subject(primary));
  } else {
    text = subject(primary);
    text += primary.part.change == CodeChange::changed ? " changed" : fmt::format(" is {}", name(primary.part.change));
  }
  if (!where.empty()) text += fmt::format(" ({})", where);
  if (!primary.inlined_into.empty()) text += ", inlined into " + primary.inlined_into;
  const auto others = std::count_if(comparison.changes.begin() + 1, comparison.changes.end(),
                                    [](const ChangedPart& part) { return part.kind == k_function; });
  if (others > 0) text += fmt::format(" and {} more function{}", others, others == 1 ? "" : "s");
  return text;
}

}  // namespace stepcache::cache
