#include "report/why_text.h"

#include <fmt/format.h>

#include "report/quantities.h"
#include "report/step_json.h"
#include "report/step_line.h"
#include "report/table.h"
#include "report/why_code.h"

namespace stepcache::report {
namespace {

constexpr std::size_t k_value_width = 40;

// What a person calls a part of the key.
std::string part_name(const cache::PartComparison& part) {
  std::string text(cache::name(part.kind));
  if (!part.name.empty()) {
    text += " " + shown(part.name);
  } else if (!part.port.empty()) {
    text += " " + shown(part.port);
  }
  return text;
}

std::string side(bool has, const std::string& text, const Digest& digest, bool with_digest) {
  if (!has) return "-";
  std::string cell = shortened(shown(text), k_value_width);
  if (with_digest && !digest.is_zero() && text.find(digest.short_hex()) == std::string::npos) {
    cell += (cell.empty() ? "" : " ") + digest.short_hex();
  }
  return cell;
}

// Whether the text of such a part is only a name or an excerpt, so that the digest says more.
bool stands_for_content(metadata::KeyPartKind kind) {
  switch (kind) {
    case metadata::KeyPartKind::code:
    case metadata::KeyPartKind::artifact:
    case metadata::KeyPartKind::file:
    case metadata::KeyPartKind::folder:
    case metadata::KeyPartKind::environment:
      return true;
    default:
      return false;
  }
}

std::string head(const workspace::Explanation& e) {
  const std::string step = shown(e.step);
  const std::string reason = shown(reason_text(e.reason));
  const bool reused = e.status == "cached" || e.status == "reuse";
  if (reused) {
    const bool unchanged = e.reason.code == cache::ReasonCode::unchanged;
    const std::string compared = e.code && unchanged ? compared_text(*e.code) : "";
    return fmt::format("{} {} reused: {}; made by run {}, took {} then\n", step, e.run == 0 ? "would be" : "was",
                       compared.empty() ? reason : "nothing it can reach changed; " + compared, e.made_by_run,
                       duration_text(e.duration_ns));
  }
  if (e.status == "run") return fmt::format("{} would run: {}\n", step, reason);
  if (e.status == "undetermined") {
    return fmt::format("{} may run or be reused: {}\n", step,
                       reason.empty() ? "an input of it is not made yet" : reason);
  }
  if (e.status == "completed" || e.status == "failed") {
    const std::string verb = e.status == "completed" ? "ran" : "ran and failed";
    return reason.empty() ? fmt::format("{} {} in run {}\n", step, verb, e.run)
                          : fmt::format("{} {} in run {}: {}\n", step, verb, e.run, reason);
  }
  return fmt::format("{} is {} in run {}{}{}\n", step, e.status, e.run, reason.empty() ? "" : ": ", reason);
}

}  // namespace

std::string why_text(const Console& console, const workspace::Explanation& explanation) {
  std::string text = head(explanation);
  if (!explanation.error.empty()) text += shown_lines(explanation.error, "  ") + "\n";
  if (explanation.nondeterministic) text += "  " + nondeterminism_text(*explanation.nondeterministic) + "\n";
  std::size_t same = 0;
  Table table({{"part"}, {console.verbose() ? "" : "was"}, {console.verbose() ? "" : "is"}});
  if (console.verbose()) table = Table({{""}, {"part"}, {"was"}, {"is"}});
  for (const cache::PartComparison& part : explanation.parts) {
    same += part.same ? 1 : 0;
    if (part.same && !console.verbose()) continue;
    // Two texts that look alike are told apart by their digests.
    const bool alike = !part.same && part.has_before && part.has_now && part.before == part.now;
    const bool digests = alike || (console.verbose() && stands_for_content(part.kind));
    std::vector<std::string> cells = {part_name(part), side(part.has_before, part.before, part.before_digest, digests),
                                      side(part.has_now, part.now, part.now_digest, digests)};
    if (console.verbose()) {
      cells.insert(cells.begin(), part.same ? "same" : console.painted(Style::warning, "changed"));
    }
    table.add(std::move(cells));
  }
  if (explanation.code) text += code_text(console, *explanation.code);
  // Of a step that never ran before there is no other side to show.
  const bool compared = explanation.compared_execution != 0;
  if (!table.empty() && (compared || console.verbose())) text += "\n" + table.text("  ");
  const bool reused = explanation.status == "cached" || explanation.status == "reuse";
  if (compared && !reused) {
    text += fmt::format("\n  compared with its execution in run {}; {} same{}\n", explanation.compared_run,
                        same == 1 ? "1 part is the" : fmt::format("{} parts are the", same),
                        console.verbose() || same == 0 ? "" : " (-v shows them)");
  }
  if (!explanation.cacheable && !explanation.why_not.empty()) {
    text += fmt::format("\n  its result does not serve later runs: {}\n", shown(explanation.why_not));
  }
  return text;
}

}  // namespace stepcache::report
