#include "report/history_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "metadata/parameter_record.h"
#include "report/quantities.h"
#include "report/step_json.h"
#include "report/step_line.h"
#include "report/table.h"

namespace stepcache::report {

using metadata::RunStatus;
using metadata::StepStatus;

namespace {

constexpr std::size_t k_many_steps = 50;
constexpr std::size_t k_type_width = 40;

Style style_of_run(RunStatus status) {
  switch (status) {
    case RunStatus::completed:
      return Style::good;
    case RunStatus::running:
      return Style::warning;
    case RunStatus::failed:
      return Style::bad;
    case RunStatus::cancelled:
    case RunStatus::interrupted:
      return Style::muted;
  }
  return Style::plain;
}

std::string labels_of(const metadata::RunRecord& run) {
  std::string text;
  if (run.pinned) text = "pinned";
  for (const std::string& tag : run.tags) text += (text.empty() ? "" : ", ") + shown(tag);
  if (!run.note.empty()) text += (text.empty() ? "" : "  ") + shortened(shown(run.note), 40);
  return text;
}

std::string duration_of(const metadata::RunRecord& run) {
  return run.ended_ns == 0 ? std::string("-") : duration_text(run.duration_ns);
}

std::string counts_of(const metadata::RunRecord& run) {
  if (run.status == RunStatus::running || run.status == RunStatus::interrupted) return "-";
  std::string text = fmt::format("{} of {}", count_text(run.cached),
                                 count_text(run.cached + run.completed + run.failed + run.skipped));
  return text;
}

std::string parameters_of(const metadata::RunRecord& run) {
  std::string text;
  for (const auto& [name, parameter] : metadata::read_parameters(run.parameters)) {
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", shown(name), shortened(shown(parameter.value), 60));
  }
  return text;
}

// An argument vector as one could type it.
std::string command_line(const std::vector<std::string>& arguments) {
  std::string text;
  for (const std::string& argument : arguments) {
    if (!text.empty()) text.push_back(' ');
    const std::string printable = shown(argument);
    const bool plain = !argument.empty() && printable.find_first_of(" '\"\\$`*?(){}[]<>|&;#~!") == std::string::npos;
    text += plain ? printable : "'" + printable + "'";
  }
  return text;
}

std::string step_detail(const workspace::RecordedStep& step) {
  const metadata::ExecutionRecord* execution = step.execution ? &*step.execution : nullptr;
  switch (step.state.status) {
    case StepStatus::cached:
      if (execution == nullptr) return "(its execution is no longer recorded)";
      return fmt::format("(saved {}, made by run {}{})", duration_text(execution->duration_ns), execution->run,
                         step.state.reason_text.empty() ? "" : "; " + shown(step.state.reason_text));
    case StepStatus::completed:
    case StepStatus::failed: {
      std::string text = execution == nullptr ? std::string() : duration_text(execution->duration_ns);
      if (!step.state.reason_text.empty()) text += "  because " + shown(step.state.reason_text);
      return text;
    }
    default:
      return step.state.reason_text.empty() ? std::string() : "because " + shown(step.state.reason_text);
  }
}

std::string run_head(const Console& console, const metadata::RunRecord& run, std::int64_t now_wall_ns) {
  Table table({{}, {}});
  const auto row = [&](const char* name, std::string value) {
    if (!value.empty()) table.add({name, std::move(value)});
  };
  row("pipeline", shown(run.pipeline));
  row("status", console.painted(style_of_run(run.status), metadata::name(run.status)));
  row("started", fmt::format("{} ({})", time_text(run.started_ns), when_text(run.started_ns, now_wall_ns)));
  if (run.ended_ns != 0) row("took", duration_text(run.duration_ns));
  if (run.saved_ns != 0) row("saved", duration_text(run.saved_ns));
  row("parameters", parameters_of(run));
  row("program", shown(run.program));
  row("arguments", command_line(run.arguments));
  row("folder", shown(run.folder));
  std::string tags;
  for (const std::string& tag : run.tags) tags += (tags.empty() ? "" : ", ") + shown(tag);
  row("tags", tags);
  row("note", shown(run.note));
  if (run.pinned) row("pinned", "yes: gc keeps it");
  return fmt::format("run {}\n", run.id) + table.text("  ");
}

std::string outputs_of(const workspace::RecordedStep& step, const pipeline::Step* shape) {
  if (!step.execution) return {};
  Table table({{}, {}, {"", Table::Align::right}, {}});
  const metadata::ExecutionRecord& execution = *step.execution;
  for (std::size_t i = 0; i < execution.outputs.size(); ++i) {
    const bool known = shape != nullptr && shape->interface && i < shape->interface->outputs.size();
    table.add({i < execution.output_names.size() ? shown(execution.output_names[i]) : std::string(),
               known ? shortened(shown(shape->interface->outputs[i].type), k_type_width) : std::string(),
               size_text(execution.outputs[i].size_bytes), execution.outputs[i].digest.short_hex()});
  }
  std::string text = table.text("      ");
  for (const metadata::Metric& metric : execution.metrics) {
    text += fmt::format("      {} = {}\n", shown(metric.name), metric.value);
  }
  return text;
}

}  // namespace

std::string runs_text(const Console& console, const std::vector<metadata::RunRecord>& runs, std::int64_t now_wall_ns) {
  if (runs.empty()) return "nothing has run here yet\n";
  Table table({{"run", Table::Align::right},
               {"pipeline"},
               {"status"},
               {"started"},
               {"took", Table::Align::right},
               {"reused", Table::Align::right},
               {"saved", Table::Align::right},
               {""}});
  for (const metadata::RunRecord& run : runs) {
    table.add({std::to_string(run.id), shortened(shown(run.pipeline), 32),
               console.painted(style_of_run(run.status), metadata::name(run.status)),
               when_text(run.started_ns, now_wall_ns), duration_of(run), counts_of(run),
               run.saved_ns == 0 ? "-" : duration_text(run.saved_ns), labels_of(run)});
  }
  return table.text();
}

std::string show_text(const Console& console, const workspace::RecordedRun& recorded, std::int64_t now_wall_ns) {
  std::string text = run_head(console, recorded.run, now_wall_ns);
  const bool hide_cached = recorded.steps.size() > k_many_steps && !console.verbose();
  std::size_t hidden = 0;
  // With outputs between the lines, columns are aligned by hand.
  std::size_t names = 0;
  constexpr std::size_t k_widest = 40;
  for (const workspace::RecordedStep& step : recorded.steps) {
    names = std::max(names, std::min(display_width(shown(step.name)), k_widest));
  }
  text += "\n";
  for (std::size_t id = 0; id < recorded.steps.size(); ++id) {
    const workspace::RecordedStep& step = recorded.steps[id];
    if (hide_cached && step.state.status == StepStatus::cached) {
      ++hidden;
      continue;
    }
    constexpr std::size_t k_status_width = 9;
    std::string line =
        "  " + padded(shortened(shown(step.name), k_widest), names) + "  " +
        console.painted(style_of(step.state.status), padded(metadata::name(step.state.status), k_status_width)) + "  " +
        step_detail(step);
    line.resize(line.find_last_not_of(' ') + 1);
    text += line + "\n";
    if (step.nondeterministic) text += "      " + nondeterminism_text(*step.nondeterministic) + "\n";
    const pipeline::Step* shape = id < recorded.graph.steps.size() ? &recorded.graph.steps[id] : nullptr;
    if (!hide_cached) text += outputs_of(step, shape);
    if (step.execution && !step.execution->error.empty()) text += shown_lines(step.execution->error, "      ") + "\n";
  }
  if (hidden > 0) text += fmt::format("  and {} that were cached (-v shows them)\n", counted(hidden, "step"));
  return text;
}

std::string diff_text(const Console& console, const workspace::RunDifference& difference, std::int64_t now_wall_ns) {
  Table runs({{"run", Table::Align::right}, {"pipeline"}, {"status"}, {"started"}, {"took", Table::Align::right}});
  for (const metadata::RunRecord* run : {&difference.left, &difference.right}) {
    runs.add({std::to_string(run->id), shown(run->pipeline),
              console.painted(style_of_run(run->status), metadata::name(run->status)),
              when_text(run->started_ns, now_wall_ns), duration_of(*run)});
  }
  std::string text = runs.text();
  if (difference.parameters.empty() && difference.steps.empty()) return text + "\nnothing differs\n";
  if (!difference.parameters.empty()) {
    text += "\nparameters\n";
    for (const std::string& change : difference.parameters) text += "  " + shown(change) + "\n";
  }
  if (!difference.steps.empty()) {
    text += "\nsteps\n";
    Table steps({{}, {}, {}});
    for (const workspace::StepDifference& step : difference.steps) {
      std::string status;
      if (step.left_status.empty()) {
        status = fmt::format("only in run {}", difference.right.id);
      } else if (step.right_status.empty()) {
        status = fmt::format("only in run {}", difference.left.id);
      } else if (step.left_status == step.right_status) {
        status = step.left_status;
      } else {
        status = step.left_status + " -> " + step.right_status;
      }
      std::string changes;
      for (const std::string& change : step.changes) changes += (changes.empty() ? "" : "; ") + shown(change);
      if (changes.empty() && step.same_outputs) changes = "same outputs";
      steps.add({shown(step.step), status, changes});
    }
    text += steps.text("  ");
  }
  return text;
}

std::string run_labels_text(const metadata::RunRecord& run) {
  const std::string text = fmt::format("run {}", run.id);
  const std::string labels = labels_of(run);
  return text + (labels.empty() ? ": no tags, no note, not pinned\n" : ": " + labels + "\n");
}

std::string artifact_labels_text(const metadata::ArtifactRecord& artifact) {
  return fmt::format("artifact {}: {}\n", artifact.digest.short_hex(), artifact.pinned ? "pinned" : "not pinned");
}

}  // namespace stepcache::report
