#include "scheduler/earlier_executions.h"

#include "pipeline/graph_blob.h"

namespace stepcache::scheduler {
namespace {

// How many runs back a step is looked for: one that failed early, or was cancelled, knows only some steps.
constexpr std::size_t k_runs_back = 10;

}  // namespace

std::optional<metadata::ExecutionRecord> EarlierExecutions::latest(const std::string& step) {
  if (!read_) read();
  const auto found = by_step_.find(step);
  if (found == by_step_.end()) return std::nullopt;
  auto execution = metadata_.execution(found->second);
  if (!execution) return std::nullopt;
  return std::move(*execution);
}

void EarlierExecutions::read() {
  read_ = true;
  // Records that cannot be read only cost an explanation.
  const auto runs = metadata_.runs({pipeline_, k_runs_back, this_run_});
  if (!runs) return;
  for (const metadata::RunRecord& run : *runs) {
    // A run that was interrupted has no list of steps: what ran in it is known by its executions.
    if (run.steps.is_zero()) {
      const auto executions = metadata_.executions_of_run(run.id);
      if (!executions) continue;
      for (const metadata::ExecutionRecord& execution : *executions) by_step_.try_emplace(execution.step, execution.id);
      continue;
    }
    const auto steps = metadata_.run_steps(run.steps);
    const auto blob = metadata_.graph_blob(run.graph);
    if (!steps || !blob) continue;
    const auto graph = pipeline::decode_graph(*blob);
    if (!graph || graph->steps.size() != steps->size()) continue;
    bool complete = true;
    for (std::size_t id = 0; id < steps->size(); ++id) {
      if ((*steps)[id].execution != 0) {
        by_step_.try_emplace(graph->steps[id].name, (*steps)[id].execution);
      } else {
        complete = false;
      }
    }
    if (complete) return;
  }
}

}  // namespace stepcache::scheduler
