#include "pipeline/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_set>

namespace stepcache::pipeline {
namespace {

Result<void> check_names(const Pipeline& pipeline) {
  std::unordered_set<std::string_view> seen;
  seen.reserve(pipeline.steps.size());
  for (const Step& step : pipeline.steps) {
    if (step.name.empty()) {
      return fail(ErrorCode::invalid_argument, "a step has an empty name: give every step a name", pipeline.name);
    }
    if (!seen.insert(step.name).second) {
      return fail(ErrorCode::invalid_argument, "two steps have this name: give each step a name of its own", step.name);
    }
  }
  seen.clear();
  for (const Parameter& parameter : pipeline.parameters) {
    if (!seen.insert(parameter.name).second) {
      return fail(ErrorCode::invalid_argument, "two parameters have this name: give each a name of its own",
                  parameter.name);
    }
  }
  return {};
}

Result<void> check_output_reference(const Pipeline& pipeline, const Step& step, std::size_t port,
                                    const OutputRef& ref) {
  const std::string where = step.name;
  if (ref.step >= pipeline.steps.size()) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("input {} is connected to a step of another pipeline", step.interface->inputs[port].name),
                where);
  }
  const Step& producer = pipeline.steps[ref.step];
  if (ref.output >= producer.interface->outputs.size()) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("input {} is connected to output {} of {}, which has {}", step.interface->inputs[port].name,
                            ref.output, producer.name, producer.interface->outputs.size()),
                where);
  }
  const std::string& made = producer.interface->outputs[ref.output].type;
  const std::string& wanted = step.interface->inputs[port].type;
  if (made != wanted) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("input {} takes {}, but output {} of {} is {}", step.interface->inputs[port].name, wanted,
                            producer.interface->outputs[ref.output].name, producer.name, made),
                where);
  }
  return {};
}

Result<void> check_inputs(const Pipeline& pipeline, const Step& step) {
  if (step.inputs.size() != step.interface->inputs.size()) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("has {} inputs, but {} are connected", step.interface->inputs.size(), step.inputs.size()),
                step.name);
  }
  for (std::size_t port = 0; port < step.inputs.size(); ++port) {
    const Source& source = step.inputs[port];
    if (std::holds_alternative<Unconnected>(source)) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("input {} ({}) is not connected: give it a value, a parameter or another step's output",
                              step.interface->inputs[port].name, step.interface->inputs[port].type),
                  step.name);
    }
    if (const auto* ref = std::get_if<OutputRef>(&source)) {
      STEPCACHE_TRY(check_output_reference(pipeline, step, port, *ref));
    }
    if (const auto* ref = std::get_if<ParameterRef>(&source)) {
      if (ref->parameter >= pipeline.parameters.size()) {
        return fail(
            ErrorCode::invalid_argument,
            fmt::format("input {} is connected to a parameter of another pipeline", step.interface->inputs[port].name),
            step.name);
      }
    }
  }
  for (const StepId before : step.after) {
    if (before >= pipeline.steps.size()) {
      return fail(ErrorCode::invalid_argument, "comes after a step of another pipeline", step.name);
    }
  }
  return {};
}

// The different steps that a step waits for.
void collect_waits(const Step& step, std::vector<StepId>& waits) {
  waits.clear();
  for (const Source& source : step.inputs) {
    if (const auto* ref = std::get_if<OutputRef>(&source)) waits.push_back(ref->step);
  }
  waits.insert(waits.end(), step.after.begin(), step.after.end());
  if (waits.size() < 2) return;
  std::sort(waits.begin(), waits.end());
  waits.erase(std::unique(waits.begin(), waits.end()), waits.end());
}

// Follows steps that still wait until one comes again; names the way.
std::string describe_cycle(const Pipeline& pipeline, const std::vector<std::uint32_t>& waiting) {
  StepId at = 0;
  while (waiting[at] == 0) ++at;
  std::vector<StepId> path;
  std::vector<std::uint32_t> position(pipeline.steps.size(), UINT32_MAX);
  std::vector<StepId> waits;
  while (position[at] == UINT32_MAX) {
    position[at] = static_cast<std::uint32_t>(path.size());
    path.push_back(at);
    collect_waits(pipeline.steps[at], waits);
    at = *std::find_if(waits.begin(), waits.end(), [&](StepId id) { return waiting[id] > 0; });
  }
  constexpr std::size_t k_most_names = 12;
  std::string text = pipeline.steps[at].name;
  std::size_t named = 0;
  // The path goes against the edges: tell it in their direction.
  for (std::size_t i = path.size(); i-- > position[at];) {
    if (++named > k_most_names) {
      text += " -> ...";
      break;
    }
    text += " -> " + pipeline.steps[path[i]].name;
  }
  return text;
}

}  // namespace

Result<Graph> Graph::check(const Pipeline& pipeline) {
  STEPCACHE_TRY(check_names(pipeline));
  const std::size_t count = pipeline.steps.size();
  Graph graph;
  graph.waits_for_.resize(count);
  graph.begin_.assign(count + 1, 0);
  std::vector<StepId> waits;
  for (StepId id = 0; id < count; ++id) {
    const Step& step = pipeline.steps[id];
    STEPCACHE_TRY(check_inputs(pipeline, step));
    collect_waits(step, waits);
    graph.waits_for_[id] = static_cast<std::uint32_t>(waits.size());
    for (const StepId before : waits) ++graph.begin_[before + 1];
  }
  for (std::size_t id = 0; id < count; ++id) graph.begin_[id + 1] += graph.begin_[id];
  graph.targets_.resize(graph.begin_[count]);
  std::vector<std::uint32_t> fill(graph.begin_.begin(), graph.begin_.end() - 1);
  for (StepId id = 0; id < count; ++id) {
    collect_waits(pipeline.steps[id], waits);
    for (const StepId before : waits) graph.targets_[fill[before]++] = id;
  }

  std::vector<std::uint32_t> waiting = graph.waits_for_;
  graph.order_.reserve(count);
  for (StepId id = 0; id < count; ++id) {
    if (waiting[id] == 0) graph.order_.push_back(id);
  }
  for (std::size_t next = 0; next < graph.order_.size(); ++next) {
    for (const StepId dependent : graph.dependents(graph.order_[next])) {
      if (--waiting[dependent] == 0) graph.order_.push_back(dependent);
    }
  }
  if (graph.order_.size() < count) {
    return fail(ErrorCode::invalid_argument,
                "the steps wait for each other in a cycle: " + describe_cycle(pipeline, waiting), pipeline.name);
  }
  return graph;
}

std::span<const StepId> Graph::dependents(StepId step) const {
  return std::span(targets_).subspan(begin_[step], begin_[step + 1] - begin_[step]);
}

}  // namespace stepcache::pipeline
