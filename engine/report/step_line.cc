#include "report/step_line.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/quantities.h"
#include "report/table.h"

namespace stepcache::report {

using metadata::StepStatus;

namespace {

constexpr std::size_t k_status_width = 9;  // "completed"

std::string first_line(std::string_view text) { return shown(text.substr(0, text.find('\n'))); }

std::string because(const scheduler::StepResult& result) {
  if (result.reason.text.empty()) return {};
  return "  because " + shown(result.reason.text);
}

}  // namespace

Style style_of(StepStatus status) {
  switch (status) {
    case StepStatus::completed:
      return Style::good;
    case StepStatus::cached:
      return Style::reused;
    case StepStatus::running:
      return Style::warning;
    case StepStatus::failed:
      return Style::bad;
    case StepStatus::pending:
    case StepStatus::skipped:
    case StepStatus::cancelled:
      return Style::muted;
  }
  return Style::plain;
}

std::size_t name_width(const pipeline::Pipeline& pipeline) {
  constexpr std::size_t k_looked_at = 1000;
  constexpr std::size_t k_widest = 40;
  std::size_t width = 0;
  for (std::size_t i = 0; i < pipeline.steps.size() && i < k_looked_at && width < k_widest; ++i) {
    width = std::max(width, display_width(shown(pipeline.steps[i].name)));
  }
  return std::min(width, k_widest);
}

std::string outcome_text(const scheduler::StepResult& result) {
  switch (result.status) {
    case StepStatus::cached:
      return fmt::format("(saved {}, made by run {}{})", duration_text(result.saved_ns), result.produced_by_run,
                         result.reason.text.empty() ? "" : "; " + shown(result.reason.text));
    case StepStatus::completed: {
      std::string text = duration_text(result.duration_ns) + because(result);
      if (!result.cacheable && !result.why_not.empty()) text += "; not kept for later runs: " + shown(result.why_not);
      return text;
    }
    case StepStatus::failed:
      return duration_text(result.duration_ns) + "  " + first_line(result.error);
    case StepStatus::skipped:
    case StepStatus::cancelled:
      return result.reason.text.empty() ? std::string() : "because " + shown(result.reason.text);
    case StepStatus::pending:
    case StepStatus::running:
      return {};
  }
  return {};
}

std::string step_line(const Console& console, std::string_view name, std::size_t width,
                      const scheduler::StepResult& result) {
  std::string line = padded(shortened(shown(name), std::max<std::size_t>(width, 1)), width) + "  " +
                     console.painted(style_of(result.status), padded(metadata::name(result.status), k_status_width)) +
                     "  " + outcome_text(result);
  line.resize(line.find_last_not_of(' ') + 1);
  return line;
}

std::string nondeterminism_text(const scheduler::Nondeterministic& found) {
  const std::string when = found.first_run == 0 ? "an earlier run" : fmt::format("run {}", found.first_run);
  return fmt::format("nondeterministic: the same code and inputs gave other bytes than in {} (output {}, {})", when,
                     shown(found.output), shown(found.difference));
}

std::string output_lines(const pipeline::Step& step, const scheduler::StepResult& result) {
  Table table({{}, {}, {"", Table::Align::right}, {}});
  for (std::size_t i = 0; i < result.outputs.size(); ++i) {
    const metadata::OutputRecord& output = result.outputs[i];
    const bool known = step.interface && i < step.interface->outputs.size();
    table.add({known ? shown(step.interface->outputs[i].name) : std::string(),
               known ? shortened(shown(step.interface->outputs[i].type), 40) : std::string(),
               size_text(output.size_bytes), output.digest.short_hex()});
  }
  return table.text("    ");
}

}  // namespace stepcache::report
