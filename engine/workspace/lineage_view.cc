#include "workspace/lineage_view.h"

#include <fmt/format.h>

#include <unordered_set>

#include "workspace/history.h"

namespace stepcache::workspace {

Result<lineage::LineageGraph> lineage_of_run(Workspace& workspace, metadata::RunId run) {
  STEPCACHE_TRY_ASSIGN(const auto recorded, recorded_run(workspace, run));
  std::vector<metadata::RunStep> steps;
  std::vector<metadata::ExecutionRecord> executions;
  for (const RecordedStep& step : recorded.steps) {
    steps.push_back(step.state);
    if (step.execution) executions.push_back(*step.execution);
  }
  return lineage::graph_of_run(lineage::view_of_run(recorded.graph, recorded.run, steps, executions));
}

Result<lineage::LineageGraph> lineage_of_artifact(Workspace& workspace, const metadata::ArtifactRecord& artifact) {
  lineage::ArtifactHistory history;
  history.focus = artifact.digest;
  history.title = fmt::format("artifact {}", artifact.digest.short_hex());
  metadata::MetadataStore& metadata = workspace.metadata();
  std::unordered_set<metadata::ExecutionId> seen;
  // Upward only by what was read, downward only by what was made, so that a neighbour's other relatives stay out.
  enum class Direction : std::uint8_t { up, down };
  for (const Direction direction : {Direction::up, Direction::down}) {
    std::unordered_set<Digest> followed = {artifact.digest};
    std::vector<Digest> pending = {artifact.digest};
    while (!pending.empty()) {
      const Digest at = pending.back();
      pending.pop_back();
      STEPCACHE_TRY_ASSIGN(const auto touching, metadata.events_of_artifact(at));
      for (const metadata::EventRecord& event : touching) {
        const bool made_it = event.kind == metadata::EventKind::output;
        if (made_it != (direction == Direction::up)) continue;
        STEPCACHE_TRY_ASSIGN(const auto events, metadata.events_of_execution(event.execution));
        if (seen.insert(event.execution).second) {
          if (auto execution = metadata.execution(event.execution)) history.executions.push_back(std::move(*execution));
          history.events.insert(history.events.end(), events.begin(), events.end());
        }
        for (const metadata::EventRecord& other : events) {
          const bool onward =
              other.kind == (direction == Direction::up ? metadata::EventKind::input : metadata::EventKind::output);
          if (onward && followed.insert(other.artifact).second) pending.push_back(other.artifact);
        }
      }
    }
  }
  // Key parts name a parameter; its value, a path, stands with the run.
  std::unordered_set<metadata::RunId> runs;
  for (const metadata::ExecutionRecord& execution : history.executions) {
    if (!runs.insert(execution.run).second) continue;
    if (auto run = metadata.run(execution.run)) history.runs.push_back(std::move(*run));
  }
  std::unordered_set<Digest> described;
  for (const metadata::EventRecord& event : history.events) {
    if (!described.insert(event.artifact).second) continue;
    if (const auto record = metadata.artifact(event.artifact)) {
      history.artifacts.push_back({record->digest, record->type, record->size_bytes});
    }
  }
  if (described.insert(artifact.digest).second) {
    history.artifacts.push_back({artifact.digest, artifact.type, artifact.size_bytes});
  }
  return lineage::graph_of_artifact(history);
}

Result<lineage::LineageGraph> lineage_of_plan(const pipeline::Pipeline& pipeline,
                                              const std::vector<scheduler::StepResult>& steps) {
  lineage::RunView view{pipeline, pipeline.name, 0, {}};
  view.steps.reserve(steps.size());
  for (const scheduler::StepResult& step : steps) {
    lineage::StepView shown;
    const bool reused = step.decision == scheduler::Decision::reuse;
    shown.outcome = {reused ? metadata::StepStatus::cached : metadata::StepStatus::pending, step.execution,
                     std::string(cache::name(step.reason.code)), step.reason.text};
    shown.produced_by_run = step.produced_by_run;
    if (reused) shown.duration_ns = step.saved_ns;
    shown.outputs = step.outputs;
    shown.error = step.error;
    view.steps.push_back(std::move(shown));
  }
  return lineage::graph_of_run(view);
}

}  // namespace stepcache::workspace
