#include "report/summary.h"

#include <fmt/format.h>

#include "report/quantities.h"
#include "report/run_json.h"
#include "report/table.h"

namespace stepcache::report {

using metadata::RunStatus;
using metadata::StepStatus;

namespace {

struct Counts {
  std::size_t total = 0, cached = 0, completed = 0, failed = 0, skipped = 0;
};

Counts count(const workspace::RunResult& result) {
  Counts counts;
  counts.total = result.steps.size();
  for (const scheduler::StepResult& step : result.steps) {
    counts.cached += step.status == StepStatus::cached ? 1 : 0;
    counts.completed += step.status == StepStatus::completed ? 1 : 0;
    counts.failed += step.status == StepStatus::failed ? 1 : 0;
    counts.skipped += step.status == StepStatus::skipped || step.status == StepStatus::cancelled ? 1 : 0;
  }
  return counts;
}

void complain_of_failed(Console& console, const pipeline::Pipeline& pipeline, const workspace::RunResult& result,
                        const Counts& counts) {
  constexpr std::size_t k_most = 20;
  std::size_t told = 0;
  for (std::size_t id = 0; id < result.steps.size(); ++id) {
    const scheduler::StepResult& step = result.steps[id];
    if (step.status != StepStatus::failed) continue;
    if (told++ == k_most) {
      console.complain(
          fmt::format("... and {} more: `stepcache show {}` lists them", counts.failed - k_most, result.run));
      break;
    }
    const std::string& name = pipeline.steps[id].name;
    // Messages of steps begin with the step already when they passed through the engine's own errors.
    const bool named = step.error.starts_with(name + ": ");
    console.complain(fmt::format("step {} failed{}{}", name, step.error.empty() ? "" : ": ",
                                 named ? step.error.substr(name.size() + 2) : step.error));
  }
  if (told == 0) return;
  std::string advice = "correct it and run again";
  if (counts.cached + counts.completed > 0) advice += "; what finished is kept and will not be computed again";
  console.complain(advice);
}

std::string head_line(const Console& console, const workspace::RunResult& result, const Counts& counts) {
  std::string text;
  switch (result.status) {
    case RunStatus::completed:
      text = console.painted(Style::good, fmt::format("{} completed", shown(result.pipeline)));
      break;
    case RunStatus::cancelled:
      text = console.painted(Style::warning, fmt::format("{} was cancelled", shown(result.pipeline)));
      break;
    default:
      text = console.painted(Style::bad, fmt::format("{} {}", shown(result.pipeline), metadata::name(result.status)));
  }
  text += fmt::format(": {} of {} reused", count_text(counts.cached), counted(counts.total, "step"));
  if (counts.completed > 0) text += fmt::format(", {} ran", count_text(counts.completed));
  if (counts.failed > 0) text += fmt::format(", {} failed", count_text(counts.failed));
  if (counts.skipped > 0) text += fmt::format(", {} skipped", count_text(counts.skipped));
  text += "; took " + duration_text(result.duration_ns);
  if (counts.cached > 0) text += ", saved " + duration_text(result.saved_ns);
  return text + fmt::format(" (run {})\n", result.run);
}

}  // namespace

void print_run(Console& console, const pipeline::Pipeline& pipeline, const workspace::RunResult& result) {
  const Counts counts = count(result);
  complain_of_failed(console, pipeline, result, counts);
  for (const std::string& warning : result.warnings) console.warn(warning);
  if (console.json()) {
    console.print(run_json(pipeline, result));
  } else {
    console.tell(head_line(console, result, counts));
  }
}

}  // namespace stepcache::report
