#include <fmt/format.h>

#include <unordered_map>

#include "cache/explanation.h"
#include "metadata/parameter_record.h"
#include "workspace/history.h"

namespace stepcache::workspace {
namespace {

std::vector<std::string> parameter_changes(const metadata::RunRecord& left, const metadata::RunRecord& right) {
  std::vector<std::string> changes;
  const auto before = metadata::read_parameters(left.parameters);
  const auto after = metadata::read_parameters(right.parameters);
  for (const auto& [name, now] : after) {
    const auto found = before.find(name);
    if (found == before.end()) {
      changes.push_back(fmt::format("{}: new, {}", name, now.value));
    } else if (found->second.value != now.value || found->second.type != now.type) {
      changes.push_back(fmt::format("{}: {} -> {}", name, found->second.value, now.value));
    }
  }
  for (const auto& [name, then] : before) {
    if (!after.contains(name)) changes.push_back(fmt::format("{}: gone, was {}", name, then.value));
  }
  return changes;
}

void add_output_changes(const metadata::ExecutionRecord& left, const metadata::ExecutionRecord& right,
                        StepDifference& difference) {
  difference.same_outputs = left.outputs.size() == right.outputs.size();
  for (std::size_t i = 0; i < right.outputs.size() && i < left.outputs.size(); ++i) {
    if (left.outputs[i].digest == right.outputs[i].digest) continue;
    difference.same_outputs = false;
    const std::string name = i < right.output_names.size() ? right.output_names[i] : std::to_string(i);
    difference.changes.push_back(fmt::format("output {}: {} -> {}", name, left.outputs[i].digest.short_hex(),
                                             right.outputs[i].digest.short_hex()));
  }
}

StepDifference compare_steps(const RecordedStep& left, const RecordedStep& right) {
  StepDifference difference;
  difference.step = right.name;
  difference.left_status = metadata::name(left.state.status);
  difference.right_status = metadata::name(right.state.status);
  if (!left.execution || !right.execution) return difference;
  if (left.execution->id == right.execution->id) {
    difference.same_outputs = true;
    return difference;
  }
  const auto parts = cache::compare(left.execution->key_parts, right.execution->key_parts);
  const auto reason = cache::reason_for_change(parts);
  if (reason.code != cache::ReasonCode::not_cached_before) difference.changes.push_back(reason.text);
  add_output_changes(*left.execution, *right.execution, difference);
  return difference;
}

}  // namespace

Result<RunDifference> diff_runs(Workspace& workspace, metadata::RunId left, metadata::RunId right) {
  STEPCACHE_TRY_ASSIGN(auto a, recorded_run(workspace, left));
  STEPCACHE_TRY_ASSIGN(auto b, recorded_run(workspace, right));
  RunDifference difference;
  difference.parameters = parameter_changes(a.run, b.run);
  std::unordered_map<std::string_view, const RecordedStep*> before;
  for (const RecordedStep& step : a.steps) before.emplace(step.name, &step);
  for (const RecordedStep& step : b.steps) {
    const auto found = before.find(step.name);
    if (found == before.end()) {
      difference.steps.push_back({step.name, "", std::string(metadata::name(step.state.status)), false, {}});
      continue;
    }
    StepDifference compared = compare_steps(*found->second, step);
    before.erase(found);
    if (compared.left_status != compared.right_status || !compared.changes.empty()) {
      difference.steps.push_back(std::move(compared));
    }
  }
  for (const RecordedStep& step : a.steps) {
    if (!before.contains(step.name)) continue;
    difference.steps.push_back({step.name, std::string(metadata::name(step.state.status)), "", false, {}});
  }
  difference.left = std::move(a.run);
  difference.right = std::move(b.run);
  return difference;
}

}  // namespace stepcache::workspace
