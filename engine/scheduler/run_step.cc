#include <fmt/format.h>

#include <utility>

#include "cache/key.h"
#include "execution/staging.h"
#include "scheduler/scheduler_state.h"

// A miss: load inputs -> hand to the executor -> store outputs -> observe again -> commit -> publish.
namespace stepcache::scheduler {

using cache::ReasonCode;
using metadata::StepStatus;
using pipeline::StepId;

Result<void> Scheduler::State::start(StepId id) {
  std::optional<StepId> broken;
  auto inputs = load_inputs(id, broken);
  if (!inputs) {
    if (broken) {
      run_again(*broken, id, inputs.error().message);
      return {};
    }
    fail_before_start(id, inputs.error());
    return {};
  }
  const pipeline::Step& step = request.pipeline.steps[id];
  execution::Attempt attempt;
  attempt.id = next_attempt++;
  attempt.step = id;
  attempt.step_name = step.name;
  attempt.inputs = std::move(*inputs);
  attempt.temporary_folder = request.temporary_folder;
  attempt.working_directory = request.working_directory;
  if (!request.log_folder.empty()) attempt.log_file = request.log_folder / fmt::format("step-{}.log", id);
  const std::uint64_t number = attempt.id;
  flights.emplace(number, Flight{id, scratch, code, attempt.log_file, std::exchange(drawn, std::nullopt)});
  rooms.metadata.end_reading();
  settle(id, StepStatus::running);
  return rooms.executor.start(std::move(attempt));
}

Result<std::vector<execution::InputValue>> Scheduler::State::load_inputs(StepId id, std::optional<StepId>& broken) {
  const pipeline::Step& step = request.pipeline.steps[id];
  std::vector<execution::InputValue> inputs;
  inputs.reserve(step.inputs.size());
  for (const pipeline::Source& source : step.inputs) {
    const auto* ref = std::get_if<pipeline::OutputRef>(&source);
    if (ref == nullptr) {
      STEPCACHE_TRY_ASSIGN(auto value, resolver.value_for_step(source));
      inputs.push_back(std::move(value));
      continue;
    }
    auto bytes = results.load(steps[ref->step].outputs[ref->output]);
    if (!bytes) {
      const ErrorCode code_of = bytes.error().code;
      if (code_of == ErrorCode::damaged || code_of == ErrorCode::not_found) broken = ref->step;
      return fail(bytes.error());
    }
    inputs.emplace_back(std::move(*bytes));
  }
  return inputs;
}

void Scheduler::State::run_again(StepId producer, StepId consumer, const std::string& what) {
  StepResult& made = steps[producer];
  warnings.push_back(fmt::format("{}: {}; it runs again", request.pipeline.steps[producer].name, what));
  ++waiting[consumer];
  const auto [again, first] = reruns.try_emplace(producer);
  again->second.push_back(consumer);
  // Already on its way again for another consumer.
  if (!first) return;
  made.reason = {ReasonCode::damaged, "its stored result is not whole: " + what};
  made.status = StepStatus::pending;
  made.execution = 0;
  made.produced_by_run = 0;
  made.saved_ns = 0;
  ready.push_front(producer);
}

Result<void> Scheduler::State::land(execution::Outcome outcome) {
  const auto found = flights.find(outcome.attempt);
  if (found == flights.end()) {
    return fail(ErrorCode::internal,
                fmt::format("the executor answered for attempt {}, which is not under way", outcome.attempt));
  }
  Flight flight = std::move(found->second);
  flights.erase(found);
  const pipeline::Step& step = request.pipeline.steps[flight.step];
  StepResult& result = steps[flight.step];
  result.duration_ns = outcome.duration_ns;
  if (!outcome.outputs) return land_failure(flight, outcome, outcome.outputs.error());

  metadata::FinishedExecution finished;
  std::vector<execution::StagedBytes>& staged = *outcome.outputs;
  const auto& ports = step.interface->outputs;
  if (staged.size() != ports.size()) {
    return land_failure(flight, outcome,
                        {ErrorCode::internal, "the step gave another number of outputs than it has", step.name});
  }
  std::vector<metadata::OutputRecord> outputs;
  for (std::size_t port = 0; port < ports.size(); ++port) {
    auto stored =
        results.store(staged[port], ports[port].type, ports[port].materializer, finished.artifacts, finished.objects);
    if (!stored) {
      for (const execution::StagedBytes& bytes : staged) execution::discard(rooms.files, bytes);
      return land_failure(
          flight, outcome,
          {stored.error().code, fmt::format("output {} cannot be stored: {}", ports[port].name, stored.error().message),
           step.name});
    }
    outputs.push_back(std::move(*stored));
  }
  STEPCACHE_TRY_ASSIGN(const auto moved, resolver.moved(step, flight.inputs));
  if (moved) {
    result.cacheable = false;
    result.why_not = *moved;
    warnings.push_back(fmt::format("{}: {}; its result will not serve later runs", step.name, *moved));
  }
  result.outputs = std::move(outputs);
  if (result.reason.code == ReasonCode::damaged) {
    // Artifacts that are known stay as they are when an execution is recorded: those found damaged have to be replaced.
    for (const metadata::ArtifactRecord& artifact : finished.artifacts)
      STEPCACHE_TRY(rooms.metadata.put_artifact(artifact));
  }
  STEPCACHE_TRY(find_baseline(flight));
  finished.make_entry = result.cacheable;
  finished.execution.status = StepStatus::completed;
  STEPCACHE_TRY(record_execution(flight, outcome, finished));
  result.produced_by_run = request.run;
  STEPCACHE_TRY(compare_with_baseline(flight));
  publish(flight.step, StepStatus::completed);
  return {};
}

Result<void> Scheduler::State::land_failure(Flight& flight, const execution::Outcome& outcome, const Error& error) {
  StepResult& result = steps[flight.step];
  const bool stopped = error.code == ErrorCode::cancelled;
  result.error = stopped ? "cancelled" : error.message;
  result.error_code = error.code;
  result.cacheable = false;
  result.why_not = stopped ? "it was cancelled" : "it failed";
  result.outputs.clear();
  metadata::FinishedExecution finished;
  finished.execution.status = stopped ? StepStatus::cancelled : StepStatus::failed;
  finished.execution.error = result.error;
  STEPCACHE_TRY(record_execution(flight, outcome, finished));
  settle(flight.step, finished.execution.status);
  skip_dependents(flight.step);
  return {};
}

Result<void> Scheduler::State::record_execution(Flight& flight, const execution::Outcome& outcome,
                                                metadata::FinishedExecution& finished) {
  const pipeline::Step& step = request.pipeline.steps[flight.step];
  StepResult& result = steps[flight.step];
  metadata::ExecutionRecord& record = finished.execution;
  record.run = request.run;
  record.pipeline = request.pipeline.name;
  record.step = step.name;
  record.key = result.key;
  record.cached_for_later = finished.make_entry;
  record.why_not = result.why_not;
  record.started_ns = outcome.started_ns;
  record.duration_ns = outcome.duration_ns;
  record.key_parts = result.inputs;
  record.outputs = result.outputs;
  record.metrics = outcome.metrics;
  for (const pipeline::OutputPort& port : step.interface->outputs) record.output_names.push_back(port.name);
  if (!flight.log_file.empty() && rooms.files.stat(flight.log_file)) {
    record.log = flight.log_file.lexically_relative(request.log_folder.parent_path().parent_path()).string();
  }
  std::uint32_t position = 0;
  for (std::size_t port = 0; port < flight.inputs.size(); ++port) {
    if (const auto* artifact = std::get_if<cache::ArtifactInput>(&flight.inputs[port])) {
      finished.events.push_back(
          {0, metadata::EventKind::input, position++, step.interface->inputs[port].name, artifact->digest});
    }
  }
  for (std::size_t port = 0; port < result.outputs.size(); ++port) {
    finished.events.push_back({0, metadata::EventKind::output, static_cast<std::uint32_t>(port),
                               step.interface->outputs[port].name, result.outputs[port].digest});
  }
  STEPCACHE_TRY(add_code(flight, finished));
  STEPCACHE_TRY_ASSIGN(result.execution, rooms.metadata.commit_execution(finished));
  return {};
}

Result<void> Scheduler::State::add_code(const Flight& flight, metadata::FinishedExecution& finished) {
  if (!flight.code) return {};
  const Digest& signature = flight.code->digest;
  finished.execution.code = signature;
  // Once for each signature, not for each step: most steps of a pipeline share theirs with others.
  if (!request.code_parts_of || !codes.insert(signature).second) return {};
  STEPCACHE_TRY_ASSIGN(const bool recorded, rooms.metadata.has_code(signature));
  if (recorded) return {};
  auto parts = code_changes.parts_to_record(flight.step, signature);
  if (parts) {
    finished.code_parts = std::move(*parts);
  } else {
    warnings.push_back(fmt::format("{}: what its code is made of is not recorded: {}",
                                   request.pipeline.steps[flight.step].name, to_string(parts.error())));
  }
  return {};
}

}  // namespace stepcache::scheduler
