#include "lineage/lineage_graph.h"

#include <fmt/format.h>

#include <map>
#include <unordered_map>
#include <utility>

#include "metadata/parameter_record.h"

namespace stepcache::lineage {
namespace {

// Nodes and edges under construction; external inputs of one kind and name are one node.
class Builder {
 public:
  explicit Builder(LineageGraph& graph) : graph_(graph) {}

  NodeId add(Node node) {
    graph_.nodes.push_back(std::move(node));
    return static_cast<NodeId>(graph_.nodes.size() - 1);
  }
  NodeId external(pipeline::ExternalKind kind, const std::string& name) {
    const auto [place, added] = externals_.try_emplace({kind, name}, 0);
    if (added) place->second = add(ExternalNode{kind, name});
    return place->second;
  }
  void connect(NodeId from, NodeId to, std::string port, EdgeState state) {
    graph_.edges.push_back({from, to, std::move(port), state, EdgeKind::data});
  }

 private:
  LineageGraph& graph_;
  std::map<std::pair<pipeline::ExternalKind, std::string>, NodeId> externals_;
};

EdgeState edge_state(metadata::StepStatus status) {
  switch (status) {
    case metadata::StepStatus::completed:
    case metadata::StepStatus::running:
    case metadata::StepStatus::failed:
      return EdgeState::fresh;
    case metadata::StepStatus::cached:
      return EdgeState::cached;
    case metadata::StepStatus::pending:
    case metadata::StepStatus::skipped:
    case metadata::StepStatus::cancelled:
      break;
  }
  return EdgeState::expected;
}

// A step that did not finish has read its inputs and made nothing.
EdgeState output_state(metadata::StepStatus status) {
  const bool unfinished = status == metadata::StepStatus::running || status == metadata::StepStatus::failed;
  return unfinished ? EdgeState::expected : edge_state(status);
}

std::optional<pipeline::ExternalKind> external_kind(metadata::KeyPartKind kind) {
  switch (kind) {
    case metadata::KeyPartKind::file:
      return pipeline::ExternalKind::file;
    case metadata::KeyPartKind::folder:
      return pipeline::ExternalKind::folder;
    case metadata::KeyPartKind::environment:
      return pipeline::ExternalKind::environment;
    default:
      return std::nullopt;
  }
}

// The nodes of a run's graph: each step, then its output ports.
class RunGraph {
 public:
  explicit RunGraph(const RunView& view) : view_(view), builder_(graph_) {
    graph_.title = view.title;
    graph_.run = view.run;
  }

  LineageGraph build() && {
    for (std::size_t id = 0; id < view_.pipeline.steps.size(); ++id) add_step(id);
    for (std::size_t id = 0; id < view_.pipeline.steps.size(); ++id) connect(id);
    return std::move(graph_);
  }

 private:
  const StepView& seen(std::size_t id) const {
    static const StepView k_pending;
    return id < view_.steps.size() ? view_.steps[id] : k_pending;
  }

  void add_step(std::size_t id) {
    const pipeline::Step& step = view_.pipeline.steps[id];
    const StepView& view = seen(id);
    step_nodes_.push_back(
        builder_.add(StepNode{step.name, view.outcome.execution, view.produced_by_run, view.outcome.status,
                              view.outcome.reason_text, view.error, view.duration_ns}));
    if (!step.interface) return;
    const auto& ports = step.interface->outputs;
    for (std::size_t port = 0; port < ports.size(); ++port) {
      ArtifactNode artifact{ports[port].name, ports[port].type, std::nullopt, 0};
      if (port < view.outputs.size() && !view.outputs[port].digest.is_zero()) {
        artifact.digest = view.outputs[port].digest;
        artifact.size_bytes = view.outputs[port].size_bytes;
      }
      builder_.add(std::move(artifact));
    }
  }

  void connect(std::size_t id) {
    const pipeline::Step& step = view_.pipeline.steps[id];
    const metadata::StepStatus status = seen(id).outcome.status;
    for (std::size_t port = 0; port < step.inputs.size(); ++port) {
      if (const auto from = source_node(step.inputs[port])) {
        builder_.connect(*from, step_nodes_[id], input_name(step, port), edge_state(status));
      }
    }
    for (const pipeline::StepId before : step.after) {
      if (before >= step_nodes_.size()) continue;
      graph_.edges.push_back({step_nodes_[before], step_nodes_[id], {}, edge_state(status), EdgeKind::order});
    }
    if (!step.interface) return;
    for (std::size_t port = 0; port < step.interface->outputs.size(); ++port) {
      builder_.connect(step_nodes_[id], output_node(id, port), step.interface->outputs[port].name,
                       output_state(status));
    }
  }

  static std::string input_name(const pipeline::Step& step, std::size_t port) {
    const bool known = step.interface && port < step.interface->inputs.size();
    return known ? step.interface->inputs[port].name : std::to_string(port);
  }

  NodeId output_node(std::size_t id, std::size_t port) const { return step_nodes_[id] + 1 + static_cast<NodeId>(port); }

  std::optional<NodeId> source_node(const pipeline::Source& source) {
    if (const auto* external = std::get_if<pipeline::ExternalInput>(&source)) {
      return builder_.external(external->kind, external->name);
    }
    if (const auto* parameter = std::get_if<pipeline::ParameterRef>(&source)) {
      if (parameter->parameter >= view_.pipeline.parameters.size()) return std::nullopt;
      const auto& argument = view_.pipeline.parameters[parameter->parameter].value;
      const auto* external = std::get_if<pipeline::ExternalInput>(&argument);
      if (external == nullptr && parameter->parameter < view_.parameters.size()) {
        const auto& recorded = view_.parameters[parameter->parameter];
        external = recorded ? &*recorded : nullptr;
      }
      if (external == nullptr) return std::nullopt;
      return builder_.external(external->kind, external->name);
    }
    if (const auto* output = std::get_if<pipeline::OutputRef>(&source)) {
      const auto& steps = view_.pipeline.steps;
      if (output->step >= steps.size() || !steps[output->step].interface ||
          output->output >= steps[output->step].interface->outputs.size()) {
        return std::nullopt;
      }
      return output_node(output->step, output->output);
    }
    return std::nullopt;
  }

  const RunView& view_;
  LineageGraph graph_;
  Builder builder_;
  std::vector<NodeId> step_nodes_;
};

// Events by one of their ends.
template <class Key>
using EventIndex = std::unordered_map<Key, std::vector<const metadata::EventRecord*>>;

// Follows events from the focus, backwards or forwards; every execution and artifact once.
class Reach {
 public:
  Reach(const ArtifactHistory& history, metadata::EventKind toward_execution) {
    for (const auto& event : history.events) {
      if (event.kind == toward_execution) {
        by_artifact_[event.artifact].push_back(&event);
      } else {
        by_execution_[event.execution].push_back(&event);
      }
    }
  }

  // The events met, in the order in which they were met.
  std::vector<const metadata::EventRecord*> from(const Digest& focus) const {
    std::vector<const metadata::EventRecord*> met;
    std::vector<Digest> artifacts = {focus};
    std::unordered_map<Digest, bool> seen_artifacts = {{focus, true}};
    std::unordered_map<metadata::ExecutionId, bool> seen_executions;
    for (std::size_t next = 0; next < artifacts.size(); ++next) {
      const auto at = by_artifact_.find(artifacts[next]);
      if (at == by_artifact_.end()) continue;
      for (const auto* event : at->second) {
        met.push_back(event);
        if (!seen_executions.try_emplace(event->execution, true).second) continue;
        const auto others = by_execution_.find(event->execution);
        if (others == by_execution_.end()) continue;
        for (const auto* other : others->second) {
          met.push_back(other);
          if (seen_artifacts.try_emplace(other->artifact, true).second) artifacts.push_back(other->artifact);
        }
      }
    }
    return met;
  }

 private:
  EventIndex<Digest> by_artifact_;
  EventIndex<metadata::ExecutionId> by_execution_;
};

class ArtifactGraph {
 public:
  explicit ArtifactGraph(const ArtifactHistory& history) : history_(history), builder_(graph_) {
    graph_.title = history.title;
    for (const auto& execution : history.executions) executions_.try_emplace(execution.id, &execution);
    for (const auto& run : history.runs) parameters_.try_emplace(run.id, metadata::read_parameters(run.parameters));
    for (const auto& artifact : history.artifacts) artifacts_.try_emplace(artifact.digest, &artifact);
  }

  LineageGraph build() && {
    graph_.focus = artifact(history_.focus);
    // An event on a cycle through the focus lies on both ways.
    std::map<const metadata::EventRecord*, bool> added;
    for (const auto direction : {metadata::EventKind::output, metadata::EventKind::input}) {
      for (const auto* event : Reach(history_, direction).from(history_.focus)) {
        if (added.try_emplace(event, true).second) add(*event);
      }
    }
    for (const auto* execution : reached_) add_externals(*execution);
    return std::move(graph_);
  }

 private:
  void add(const metadata::EventRecord& event) {
    const NodeId step = execution(event.execution);
    const NodeId value = artifact(event.artifact);
    if (event.kind == metadata::EventKind::output) {
      auto& node = std::get<ArtifactNode>(graph_.nodes[value]);
      if (node.name.empty()) node.name = event.port;
      builder_.connect(step, value, event.port, EdgeState::fresh);
    } else {
      builder_.connect(value, step, event.port, EdgeState::fresh);
    }
  }

  NodeId artifact(const Digest& digest) {
    const auto [place, added] = artifact_nodes_.try_emplace(digest, 0);
    if (added) {
      ArtifactNode node{{}, {}, digest, 0};
      if (const auto known = artifacts_.find(digest); known != artifacts_.end()) {
        node.type = known->second->type;
        node.size_bytes = known->second->size_bytes;
      }
      place->second = builder_.add(std::move(node));
    }
    return place->second;
  }

  NodeId execution(metadata::ExecutionId id) {
    const auto [place, added] = execution_nodes_.try_emplace(id, 0);
    if (added) {
      StepNode node;
      node.execution = id;
      node.status = metadata::StepStatus::completed;  // only what finished leaves events
      if (const auto known = executions_.find(id); known != executions_.end()) {
        const metadata::ExecutionRecord& record = *known->second;
        node.name = record.step;
        node.run = record.run;
        node.status = record.status;
        node.error = record.error;
        node.duration_ns = record.duration_ns;
        reached_.push_back(&record);
      }
      place->second = builder_.add(std::move(node));
    }
    return place->second;
  }

  void add_externals(const metadata::ExecutionRecord& record) {
    for (const auto& part : record.key_parts) {
      const auto kind = external_kind(part.kind);
      if (!kind) continue;
      builder_.connect(builder_.external(*kind, name_of(record, part)), execution_nodes_.at(record.id), part.port,
                       EdgeState::fresh);
    }
  }

  // A key part names the parameter; its path is in the record of the run.
  const std::string& name_of(const metadata::ExecutionRecord& record, const metadata::KeyPart& part) const {
    const auto run = parameters_.find(record.run);
    if (run == parameters_.end()) return part.name;
    const auto value = run->second.find(part.name);
    return value == run->second.end() ? part.name : value->second.value;
  }

  const ArtifactHistory& history_;
  LineageGraph graph_;
  Builder builder_;
  std::unordered_map<metadata::RunId, std::map<std::string, metadata::RecordedParameter>> parameters_;
  std::unordered_map<metadata::ExecutionId, const metadata::ExecutionRecord*> executions_;
  std::unordered_map<Digest, const ArtifactView*> artifacts_;
  std::unordered_map<Digest, NodeId> artifact_nodes_;
  std::unordered_map<metadata::ExecutionId, NodeId> execution_nodes_;
  std::vector<const metadata::ExecutionRecord*> reached_;
};

// What kind of external input a parameter holds is told by its type, or else by a step that read it.
std::vector<std::optional<pipeline::ExternalInput>> parameters_of_run(
    const pipeline::Pipeline& pipeline, const metadata::RunRecord& run,
    std::span<const metadata::ExecutionRecord> executions) {
  std::unordered_map<std::string_view, pipeline::ExternalKind> kinds;
  for (const auto& execution : executions) {
    for (const auto& part : execution.key_parts) {
      if (const auto kind = external_kind(part.kind)) kinds.try_emplace(part.name, *kind);
    }
  }
  for (const auto& parameter : pipeline.parameters) {
    if (parameter.type == "file") kinds[parameter.name] = pipeline::ExternalKind::file;
    if (parameter.type == "folder") kinds[parameter.name] = pipeline::ExternalKind::folder;
  }
  const auto values = metadata::read_parameters(run.parameters);
  std::vector<std::optional<pipeline::ExternalInput>> held;
  held.reserve(pipeline.parameters.size());
  for (const auto& parameter : pipeline.parameters) {
    std::optional<pipeline::ExternalInput> input;
    const auto kind = kinds.find(parameter.name);
    const auto value = values.find(parameter.name);
    if (kind != kinds.end() && value != values.end())
      input = pipeline::ExternalInput{kind->second, value->second.value};
    held.push_back(std::move(input));
  }
  return held;
}

}  // namespace

std::string_view name(EdgeState state) {
  switch (state) {
    case EdgeState::fresh:
      return "fresh";
    case EdgeState::cached:
      return "cached";
    case EdgeState::expected:
      break;
  }
  return "expected";
}

std::string_view name(pipeline::ExternalKind kind) {
  switch (kind) {
    case pipeline::ExternalKind::file:
      return "file";
    case pipeline::ExternalKind::folder:
      return "folder";
    case pipeline::ExternalKind::environment:
      break;
  }
  return "environment";
}

RunView view_of_run(const pipeline::Pipeline& pipeline, const metadata::RunRecord& run,
                    std::span<const metadata::RunStep> steps, std::span<const metadata::ExecutionRecord> executions) {
  std::unordered_map<metadata::ExecutionId, const metadata::ExecutionRecord*> by_id;
  by_id.reserve(executions.size());
  for (const auto& execution : executions) by_id.try_emplace(execution.id, &execution);
  RunView view{pipeline, fmt::format("{}, run {}", run.pipeline, run.id), run.id, {}, {}};
  view.steps.reserve(steps.size());
  for (const auto& step : steps) {
    StepView seen{step, 0, -1, {}, {}};
    if (const auto found = by_id.find(step.execution); step.execution != 0 && found != by_id.end()) {
      const metadata::ExecutionRecord& execution = *found->second;
      seen.produced_by_run = execution.run;
      seen.duration_ns = execution.duration_ns;
      seen.outputs = execution.outputs;
      seen.error = execution.error;
    }
    view.steps.push_back(std::move(seen));
  }
  view.parameters = parameters_of_run(pipeline, run, executions);
  return view;
}

LineageGraph graph_of_run(const RunView& view) { return RunGraph(view).build(); }

LineageGraph graph_of_artifact(const ArtifactHistory& history) { return ArtifactGraph(history).build(); }

}  // namespace stepcache::lineage
