#include "report/plan_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/quantities.h"
#include "report/step_json.h"
#include "report/table.h"

namespace stepcache::report {

using scheduler::Decision;

namespace {

constexpr std::size_t k_many_steps = 50;

Style style_of(Decision decision) {
  switch (decision) {
    case Decision::reuse:
      return Style::reused;
    case Decision::run:
      return Style::good;
    case Decision::undetermined:
      return Style::warning;
  }
  return Style::plain;
}

std::string detail(const scheduler::StepResult& step) {
  if (!step.error.empty()) return "fails: " + shown(step.error.substr(0, step.error.find('\n')));
  if (step.decision == Decision::reuse) {
    return fmt::format("(saves {}, made by run {})", duration_text(step.saved_ns), step.produced_by_run);
  }
  std::string text;
  if (step.expected_ns > 0) text = "about " + duration_text(step.expected_ns) + "  ";
  const std::string_view reason = reason_text(step.reason);
  if (!reason.empty()) text += "because " + shown(reason);
  return text;
}

}  // namespace

std::string plan_text(const Console& console, const pipeline::Pipeline& pipeline, const workspace::PlanResult& plan) {
  const bool hide_reused = plan.steps.size() > k_many_steps && !console.verbose();
  std::size_t reuse = 0;
  std::size_t run = 0;
  std::size_t undetermined = 0;
  bool times_missing = false;
  Table table({{}, {}, {}});
  for (std::size_t id = 0; id < plan.steps.size(); ++id) {
    const scheduler::StepResult& step = plan.steps[id];
    reuse += step.decision == Decision::reuse ? 1 : 0;
    run += step.decision == Decision::run ? 1 : 0;
    undetermined += step.decision == Decision::undetermined ? 1 : 0;
    if (step.decision == Decision::run && step.expected_ns == 0) times_missing = true;
    if (hide_reused && step.decision == Decision::reuse) continue;
    table.add({shown(pipeline.steps[id].name), console.painted(style_of(step.decision), scheduler::name(step.decision)),
               detail(step)});
  }
  std::string text = table.text();
  text += fmt::format("{}: {} of {} would be reused", shown(plan.pipeline), count_text(reuse),
                      counted(plan.steps.size(), "step"));
  if (run > 0) text += fmt::format(", {} would run", count_text(run));
  if (undetermined > 0)
    text += fmt::format(", {} undetermined (an input is made by a step that runs)", count_text(undetermined));
  if (plan.expected_ns > 0)
    text += fmt::format("; expected {}{}", times_missing ? "more than " : "about ", duration_text(plan.expected_ns));
  if (reuse > 0) text += fmt::format("; saves {}", duration_text(plan.saved_ns));
  return text + "\n";
}

}  // namespace stepcache::report
