#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "code_signature/parts.h"

namespace stepcache::cache {

// What became of one piece of code or data between two signatures.
enum class CodeChange : std::uint8_t { changed, added, removed };
std::string_view name(CodeChange change);  // "changed", "new", "gone"

// A part that is not in both signatures as it is.
struct ChangedPart {
  CodeChange change = CodeChange::changed;
  std::string kind;
  std::string name;
  std::string file;        // where its source is; empty and 0 when unknown
  std::uint32_t line = 0;  // now; of one that is gone, then
  bool edited = false;     // the text of its source, or of one inlined into it, is another
  friend bool operator==(const ChangedPart&, const ChangedPart&) = default;
};

// How many parts of a kind are the same, and not.
struct KindCount {
  std::string kind;
  std::size_t same = 0, changed = 0, added = 0, removed = 0;
  friend bool operator==(const KindCount&, const KindCount&) = default;
};

// The change that a person wants to hear of: most likely the one that somebody made.
struct PrimaryChange {
  ChangedPart part;          // the function to name; its file and line
  std::string inlined_into;  // `part` is a source that was inlined into the function of this name; empty: its own part
  std::string reached_by;    // `part` is data without a place in the source: the function that reaches it
  std::vector<std::string> path;  // names, from the root to the part (of an inlined one: to what it was inlined into)
  std::string text_before, text_now;  // source text; empty when unknown or when it was not there
  std::uint32_t line_before = 0, line_now = 0;  // of the texts' first lines
};

struct CodeComparison {
  std::vector<KindCount> counts;        // by kind, as they come now; then those that were only there before
  std::vector<ChangedPart> changes;     // the primary one's part first, then nearest to the root first
  std::optional<PrimaryChange> primary;  // unset: every part is the same
  // The sources of every changed function are known, and the text of none differs.
  bool only_machine_code = false;
};

// Compares the parts of two signatures; [0] is the root of each. Parts belong together by kind and name; several of one
// name (statics, lambdas) by digest first, then in order. A function that is left over with the digest of another that
// is left over was renamed, which is no change. The roots belong together whatever they are called. A part is the same
// when its digest is and it reaches the same parts.
// The primary change is, in this order, and of one rank the nearest to the root: a part whose own source text is
// another or into which a function was inlined whose text is (then that function is named); a part that is new or gone;
// any other. Linear in parts and edges; edges that lead nowhere are passed over.
CodeComparison compare_code(std::span<const code_signature::Part> before, std::span<const code_signature::Part> now);

// What compare_code says of two equal signatures.
CodeComparison same_code(std::span<const code_signature::Part> parts);

// "normalise(const Dataset&) changed (features.cpp:41) and 3 more functions"; empty when nothing changed.
std::string code_change_text(const CodeComparison& comparison);

}  // namespace stepcache::cache
