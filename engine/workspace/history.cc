#include "workspace/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "cache/explanation.h"
#include "pipeline/graph_blob.h"
#include "workspace/nearest_name.h"
#include "workspace/recorded_nondeterminism.h"

namespace stepcache::workspace {
namespace {

constexpr std::size_t k_runs_to_search = 50;

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// A run's graph, or nothing when its record cannot be read.
std::optional<pipeline::Pipeline> graph_of(Workspace& workspace, const metadata::RunRecord& run) {
  const auto blob = workspace.metadata().graph_blob(run.graph);
  if (!blob) return std::nullopt;
  auto graph = pipeline::decode_graph(*blob);
  if (!graph) return std::nullopt;
  return std::move(*graph);
}

// A run under way, or interrupted, has no list of its steps: what ran is known by its executions.
void fill_from_executions(Workspace& workspace, RecordedRun& recorded) {
  auto executions = workspace.metadata().executions_of_run(recorded.run.id);
  if (!executions) {
    recorded.warnings.push_back(to_string(executions.error()));
    return;
  }
  for (RecordedStep& step : recorded.steps) {
    step.state.reason_code = cache::name(cache::ReasonCode::stopped);
    step.state.reason_text =
        recorded.run.status == metadata::RunStatus::running
            ? "the run is under way, or its owner died: what it did with this step is not recorded yet"
            : "the run was interrupted before it recorded what it did with this step";
  }
  std::unordered_map<std::string_view, std::size_t> by_name;
  for (std::size_t i = 0; i < recorded.steps.size(); ++i) by_name.emplace(recorded.steps[i].name, i);
  for (metadata::ExecutionRecord& execution : *executions) {
    const auto found = by_name.find(execution.step);
    if (found == by_name.end()) continue;
    RecordedStep& step = recorded.steps[found->second];
    step.state.status = execution.status;
    step.state.execution = execution.id;
    step.state.reason_text = "it ran; why was not recorded, since the run did not end";
    step.execution = std::move(execution);
  }
}

void fill_from_list(Workspace& workspace, RecordedRun& recorded) {
  const auto steps = workspace.metadata().run_steps(recorded.run.steps);
  if (!steps || steps->size() != recorded.steps.size()) {
    recorded.warnings.push_back(steps ? "the list of its steps does not fit its graph" : to_string(steps.error()));
    return;
  }
  for (std::size_t i = 0; i < steps->size(); ++i) {
    RecordedStep& step = recorded.steps[i];
    step.state = (*steps)[i];
    if (step.state.execution == 0) continue;
    auto execution = workspace.metadata().execution(step.state.execution);
    if (execution) {
      step.execution = std::move(*execution);
    } else if (execution.error().code == ErrorCode::damaged) {
      recorded.warnings.push_back(
          fmt::format("{}: the record of execution {} is damaged", step.name, step.state.execution));
    }
  }
}

}  // namespace

Result<std::vector<metadata::RunRecord>> list_runs(Workspace& workspace, const std::string& pipeline,
                                                   std::size_t limit) {
  return workspace.metadata().runs({pipeline, limit, 0});
}

Result<metadata::RunId> resolve_run(Workspace& workspace, std::string_view text) {
  constexpr std::string_view k_latest = "latest";
  if (const auto number = number_in(text)) {
    const auto run = workspace.metadata().run(*number);
    if (run) return *number;
    if (run.error().code != ErrorCode::not_found) return fail(run.error());
    return fail(ErrorCode::not_found, "there is no such run: `stepcache runs` lists those there are",
                fmt::format("run {}", text));
  }
  std::optional<std::int64_t> back;
  if (text == k_latest) back = 0;
  if (text.starts_with("latest~")) back = number_in(text.substr(k_latest.size() + 1));
  if (!back || *back < 0) {
    return fail(ErrorCode::invalid_argument, "a run is a number, `latest` or `latest~N`", std::string(text));
  }
  STEPCACHE_TRY_ASSIGN(const auto runs, workspace.metadata().runs({"", static_cast<std::size_t>(*back) + 1, 0}));
  if (runs.size() <= static_cast<std::size_t>(*back)) {
    return fail(ErrorCode::not_found,
                runs.empty() ? "nothing has run here yet" : fmt::format("only {} runs are recorded here", runs.size()),
                std::string(text));
  }
  return runs.back().id;
}

Result<StepOfRun> resolve_step(Workspace& workspace, std::string_view text) {
  if (const auto slash = text.find('/'); slash != std::string_view::npos) {
    const std::string_view run = text.substr(0, slash);
    if (number_in(run) || run.starts_with("latest")) {
      STEPCACHE_TRY_ASSIGN(const auto id, resolve_run(workspace, run));
      STEPCACHE_TRY_ASSIGN(const auto record, workspace.metadata().run(id));
      const std::string step(text.substr(slash + 1));
      const auto graph = graph_of(workspace, record);
      std::vector<std::string> names;
      if (graph) {
        for (const pipeline::Step& candidate : graph->steps) {
          if (candidate.name == step) return StepOfRun{id, step};
          names.push_back(candidate.name);
        }
      }
      return fail(ErrorCode::not_found, fmt::format("run {} has no such step{}", id, did_you_mean(step, names)), step);
    }
  }
  const std::string step(text);
  std::vector<std::string> names;
  STEPCACHE_TRY_ASSIGN(const auto runs, workspace.metadata().runs({"", k_runs_to_search, 0}));
  for (const metadata::RunRecord& run : runs) {
    const auto graph = graph_of(workspace, run);
    if (!graph) continue;
    for (const pipeline::Step& candidate : graph->steps) {
      if (candidate.name == step) return StepOfRun{run.id, step};
      names.push_back(candidate.name);
    }
  }
  return fail(ErrorCode::not_found,
              runs.empty() ? std::string("nothing has run here yet")
                           : "no recorded run has such a step" + did_you_mean(step, names),
              step);
}

Result<RecordedRun> recorded_run(Workspace& workspace, metadata::RunId run) {
  RecordedRun recorded;
  auto record = workspace.metadata().run(run);
  if (!record) {
    if (record.error().code != ErrorCode::not_found) return fail(record.error());
    return fail(ErrorCode::not_found, "there is no such run: `stepcache runs` lists those there are",
                fmt::format("run {}", run));
  }
  recorded.run = std::move(*record);
  auto graph = graph_of(workspace, recorded.run);
  if (!graph) {
    recorded.warnings.emplace_back("the record of its graph is damaged: its steps cannot be shown");
    return recorded;
  }
  recorded.graph = std::move(*graph);
  recorded.steps.reserve(recorded.graph.steps.size());
  for (const pipeline::Step& step : recorded.graph.steps) recorded.steps.push_back({step.name, {}, {}, {}});
  STEPCACHE_TRY(workspace.metadata().begin_reading());
  if (recorded.run.steps.is_zero()) {
    fill_from_executions(workspace, recorded);
  } else {
    fill_from_list(workspace, recorded);
  }
  for (RecordedStep& step : recorded.steps) {
    if (step.execution) step.nondeterministic = recorded_nondeterminism(workspace, step.execution->key);
  }
  workspace.metadata().end_reading();
  return recorded;
}

}  // namespace stepcache::workspace
