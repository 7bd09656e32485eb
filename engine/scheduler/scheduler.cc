#include "scheduler/scheduler.h"

#include <chrono>
#include <utility>

#include "scheduler/scheduler_state.h"

namespace stepcache::scheduler {

using metadata::StepStatus;
using pipeline::StepId;

std::string_view name(Decision decision) {
  switch (decision) {
    case Decision::reuse:
      return "reuse";
    case Decision::run:
      return "run";
    case Decision::undetermined:
      return "undetermined";
  }
  return "undetermined";
}

Scheduler::State::State(const Rooms& given_rooms, Request given_request)
    : rooms(given_rooms),
      request(std::move(given_request)),
      resolver(request.pipeline, rooms.metadata, rooms.files, rooms.clock, request.working_directory),
      results(rooms.metadata, rooms.artifacts, rooms.files),
      earlier(rooms.metadata, request.pipeline.name, request.run),
      code_changes(rooms.metadata, request.code_parts_of, !request.plan),
      steps(request.pipeline.steps.size()),
      waiting(request.pipeline.steps.size()) {
  for (StepId id = 0; id < steps.size(); ++id) {
    waiting[id] = request.graph.waits_for(id);
    if (waiting[id] == 0) ready.push_back(id);
  }
}

Scheduler::Scheduler(const Rooms& rooms, Request request)
    : state_(std::make_unique<State>(rooms, std::move(request))) {}
Scheduler::~Scheduler() = default;
Scheduler::Scheduler(Scheduler&&) noexcept = default;

Result<std::optional<Event>> Scheduler::advance() {
  constexpr std::chrono::milliseconds k_wait{100};
  State& state = *state_;
  while (true) {
    if (!state.events.empty()) {
      const Event event = state.events.front();
      state.events.pop_front();
      return std::optional(event);
    }
    if (state.done) return std::optional<Event>();
    if (!state.stopping && !state.ready.empty() && state.flights.size() < state.rooms.executor.capacity()) {
      const StepId next = state.ready.front();
      state.ready.pop_front();
      STEPCACHE_TRY(state.decide(next));
      continue;
    }
    if (!state.flights.empty()) {
      state.rooms.metadata.end_reading();
      if (auto outcome = state.rooms.executor.wait(k_wait)) STEPCACHE_TRY(state.land(std::move(*outcome)));
      continue;
    }
    // Nothing is ready and nothing under way: beyond this point no step changes.
    state.skip_what_did_not_start();
    state.rooms.metadata.end_reading();
    if (!state.request.plan) {
      state.results.remember_verified();
      state.resolver.remember_observed();
    }
    state.done = true;
  }
}

void Scheduler::cancel() {
  state_->cancelled = true;
  state_->stopping = true;
  state_->rooms.executor.cancel_all();
}

bool Scheduler::cancelled() const { return state_->cancelled; }
const std::vector<StepResult>& Scheduler::steps() const { return state_->steps; }
std::vector<StepResult> Scheduler::take_steps() { return std::move(state_->steps); }
const std::vector<std::string>& Scheduler::warnings() const { return state_->warnings; }

void Scheduler::State::settle(StepId id, StepStatus status) {
  steps[id].status = status;
  events.push_back({id, status});
}

void Scheduler::State::note_output_files(StepId id) {
  for (const metadata::OutputRecord& output : steps[id].outputs) {
    if (output.path.empty()) continue;
    const auto [other, is_first] = output_files.try_emplace(output.path, id);
    if (is_first || other->second == id) continue;
    warnings.push_back(request.pipeline.steps[id].name + ": it leaves the file " + output.path +
                       " behind, and so does " + request.pipeline.steps[other->second].name +
                       ": only the later one is there; give them two names");
  }
}

void Scheduler::State::publish(StepId id, StepStatus status) {
  settle(id, status);
  note_output_files(id);
  if (const auto again = reruns.find(id); again != reruns.end()) {
    // Its other dependents went on with the outputs it had; artifacts are immutable, so that is as good.
    for (const StepId consumer : again->second) {
      if (--waiting[consumer] == 0) ready.push_back(consumer);
    }
    reruns.erase(again);
    return;
  }
  for (const StepId dependent : request.graph.dependents(id)) {
    if (--waiting[dependent] == 0) ready.push_back(dependent);
  }
}

void Scheduler::State::skip_dependents(StepId id) {
  std::vector<StepId> failed = {id};
  const std::string& name = request.pipeline.steps[id].name;
  while (!failed.empty()) {
    const StepId at = failed.back();
    failed.pop_back();
    for (const StepId dependent : request.graph.dependents(at)) {
      if (steps[dependent].status != StepStatus::pending) continue;
      steps[dependent].reason = {cache::ReasonCode::upstream_failed, name + " failed"};
      settle(dependent, StepStatus::skipped);
      failed.push_back(dependent);
    }
  }
  reruns.erase(id);
  if (request.fail_fast) stopping = true;
}

void Scheduler::State::skip_what_did_not_start() {
  if (request.plan) return;
  for (StepId id = 0; id < steps.size(); ++id) {
    if (steps[id].status != StepStatus::pending) continue;
    steps[id].reason = {cache::ReasonCode::stopped,
                        cancelled ? "the run was cancelled" : "the run stopped at the first failed step"};
    settle(id, StepStatus::skipped);
  }
  ready.clear();
}

void Scheduler::State::fail_before_start(StepId id, const Error& error) {
  StepResult& step = steps[id];
  step.decision = Decision::run;
  step.error = to_string(error);
  step.error_code = error.code;
  step.cacheable = false;
  step.why_not = "it failed";
  if (request.plan) {
    // The plan goes on: what depends on the step cannot be known.
    publish(id, StepStatus::pending);
    return;
  }
  settle(id, StepStatus::failed);
  skip_dependents(id);
}

}  // namespace stepcache::scheduler
