#include <fmt/format.h>

#include "scheduler/output_difference.h"
#include "scheduler/scheduler_state.h"

// What a step gave beside what an earlier execution gave for the same key.
namespace stepcache::scheduler {

using cache::ReasonCode;

Result<void> Scheduler::State::find_baseline(Flight& flight) {
  const StepResult& result = steps[flight.step];
  if (!result.cacheable || result.key.is_zero()) {
    flight.baseline.reset();  // what it read is not what its key says
    return {};
  }
  if (flight.baseline) return {};
  STEPCACHE_TRY_ASSIGN(auto entries, rooms.metadata.find_entries(result.key));
  if (!entries.empty()) flight.baseline = Baseline{std::move(entries.front()), nullptr};
  return {};
}

Result<void> Scheduler::State::compare_with_baseline(const Flight& flight) {
  const pipeline::Step& step = request.pipeline.steps[flight.step];
  StepResult& result = steps[flight.step];
  const bool checked = result.reason.code == ReasonCode::checked;
  if (!flight.baseline) {
    if (checked) result.reason.text = "checked, but nothing can be told: " + result.why_not;
    return {};
  }
  const metadata::CacheEntry& before = flight.baseline->entry;
  const metadata::Acceptance* const acceptance = flight.baseline->acceptance.get();
  std::string first;
  for (std::size_t port = 0; port < result.outputs.size() && port < before.outputs.size(); ++port) {
    if (result.outputs[port].digest == before.outputs[port].digest) continue;
    const pipeline::OutputPort& output = step.interface->outputs[port];
    const std::string difference =
        output_difference(results, rooms.files, output.type, before.outputs[port], result.outputs[port]);
    if (first.empty()) {
      first = fmt::format("output {}: {}", output.name, difference);
      // Two codes that differ are no step that differs with itself.
      if (acceptance != nullptr) break;
      result.nondeterministic =
          std::make_shared<const Nondeterministic>(Nondeterministic{output.name, difference, before.run});
    }
    STEPCACHE_TRY(rooms.metadata.put_nondeterminism(
        {result.key, output.name, before.execution, result.execution, difference}));
  }
  if (checked) {
    result.reason.text = first.empty() ? fmt::format("checked: it gave the same bytes as run {}", before.run)
                                       : fmt::format("checked: it gave other bytes than run {}", before.run);
  }
  if (first.empty()) return {};
  if (acceptance != nullptr) {
    warnings.push_back(fmt::format(
        "{}: its edit was accepted as one that changes no result, but it gives other bytes than run {} ({}): revoke it "
        "with `stepcache accept --revoke {}`",
        step.name, before.run, first, acceptance->id));
  } else {
    warnings.push_back(fmt::format(
        "{}: it is nondeterministic: the same code and inputs gave other bytes than in run {} ({}); give it a fixed "
        "seed, or declare what it reads",
        step.name, before.run, first));
  }
  return {};
}

}  // namespace stepcache::scheduler
