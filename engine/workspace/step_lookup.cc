#include "workspace/step_lookup.h"

#include <fmt/format.h>

#include <algorithm>

#include "workspace/nearest_name.h"

namespace stepcache::workspace {
namespace {

// The position of the step in a list of what has names; `where` is what should have it.
template <class Steps>
Result<std::size_t> position_of(const Steps& steps, const std::string& step, const std::string& where) {
  const auto found = std::find_if(steps.begin(), steps.end(), [&](const auto& known) { return known.name == step; });
  if (found != steps.end()) return static_cast<std::size_t>(found - steps.begin());
  std::vector<std::string> names;
  names.reserve(steps.size());
  for (const auto& known : steps) names.push_back(known.name);
  return fail(ErrorCode::not_found, fmt::format("{} has no step of this name{}", where, did_you_mean(step, names)),
              step);
}

}  // namespace

Result<const RecordedStep*> step_named(const RecordedRun& recorded, const std::string& step) {
  STEPCACHE_TRY_ASSIGN(const auto at, position_of(recorded.steps, step, fmt::format("run {}", recorded.run.id)));
  return &recorded.steps[at];
}

Result<pipeline::StepId> step_named(const pipeline::Pipeline& pipeline, const std::string& step) {
  STEPCACHE_TRY_ASSIGN(const auto at, position_of(pipeline.steps, step, pipeline.name));
  return static_cast<pipeline::StepId>(at);
}

}  // namespace stepcache::workspace
