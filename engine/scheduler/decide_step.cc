#include <fmt/format.h>

#include "cache/decision.h"
#include "cache/key.h"
#include "scheduler/scheduler_state.h"

// From a ready step to a decision: observe -> key -> look up -> hit or miss.
namespace stepcache::scheduler {

using cache::ReasonCode;
using metadata::StepStatus;
using pipeline::StepId;

namespace {

std::string_view who_disabled(const Request& request, const pipeline::Step& step) {
  if (request.enable_cache) return "for this run";
  if (step.enable_cache) return "for this step";
  if (request.pipeline.enable_cache) return "for this pipeline";
  return "in the settings";
}

}  // namespace

Result<void> Scheduler::State::decide(StepId id) {
  const pipeline::Step& step = request.pipeline.steps[id];
  StepResult& result = steps[id];
  if (result.status != StepStatus::pending) return {};

  if (request.plan) {
    for (const pipeline::Source& source : step.inputs) {
      const auto* ref = std::get_if<pipeline::OutputRef>(&source);
      if (ref == nullptr || !steps[ref->step].outputs.empty()) continue;
      result.decision = Decision::undetermined;
      result.reason = {ReasonCode::upstream_runs,
                       fmt::format("its input comes from {}, which would run", request.pipeline.steps[ref->step].name)};
      if (const auto before = earlier.latest(step.name)) result.expected_ns = before->duration_ns;
      publish(id, StepStatus::pending);
      return {};
    }
  }

  const auto outputs_of = [&](StepId producer, std::uint32_t output) { return steps[producer].outputs[output].digest; };
  if (const auto resolved = resolver.resolve(step, scratch, outputs_of); !resolved) {
    fail_before_start(id, resolved.error());
    return {};
  }

  bool enabled = cache::cache_enabled(request.enable_cache, step, request.pipeline, request.enable_cache_by_default);
  const bool again = reruns.contains(id);
  auto signed_code = request.signature_of(id);
  if (signed_code) {
    code = std::move(*signed_code);
    if (code->precision == code_signature::Precision::coarse && !code->note.empty() && !said_coarse) {
      said_coarse = true;
      warnings.push_back(code->note);
    }
    result.key = cache::cache_key(hasher, step, *code, scratch);
    if (request.keep_inputs) result.inputs = cache::key_parts(request.pipeline, step, *code, scratch);
    if (!code->why_not.empty()) {
      result.cacheable = false;
      result.why_not = code->why_not;
    }
  } else {
    code.reset();
    result.cacheable = false;
    result.why_not = "its code cannot be known: " + to_string(signed_code.error());
    enabled = false;
  }

  if (enabled && result.cacheable && !again) {
    STEPCACHE_TRY_ASSIGN(const bool served, serve_from_cache(id));
    if (served) return {};
  }

  if (result.inputs.empty() && code) result.inputs = cache::key_parts(request.pipeline, step, *code, scratch);
  result.decision = Decision::run;
  // A result found damaged has its reason already.
  if (result.reason.code != ReasonCode::damaged) result.reason = reason_to_run(id, enabled);
  if (request.plan) {
    if (const auto before = earlier.latest(step.name)) result.expected_ns = before->duration_ns;
    publish(id, StepStatus::pending);
    return {};
  }
  return start(id);
}

Result<bool> Scheduler::State::serve_from_cache(StepId id) {
  StepResult& result = steps[id];
  STEPCACHE_TRY(rooms.metadata.begin_reading());
  STEPCACHE_TRY_ASSIGN(auto entries, rooms.metadata.find_entries(result.key));
  const std::size_t count_outputs = request.pipeline.steps[id].interface->outputs.size();
  // No entry lists anything yet, so what each was seen to touch is, now as then, nothing.
  std::vector<std::optional<Digest>> observed(entries.size(), Digest());
  while (const auto hit = cache::decide(entries, observed)) {
    metadata::CacheEntry& entry = entries[*hit];
    observed[*hit].reset();
    std::optional<std::string> damage;
    if (entry.outputs.size() != count_outputs) damage = "its record does not fit the step";
    for (const metadata::OutputRecord& output : entry.outputs) {
      if (damage) break;
      STEPCACHE_TRY_ASSIGN(damage, results.damage(output));
    }
    if (damage) {
      result.reason = {ReasonCode::damaged, "its stored result is not whole: " + *damage};
      warnings.push_back(fmt::format("{}: {}; {}", request.pipeline.steps[id].name, *damage,
                                     request.plan ? "it would run again" : "it runs again"));
      continue;
    }
    if (!request.plan) {
      for (const metadata::OutputRecord& output : entry.outputs) {
        if (output.path.empty() || resolver.holds(output.path, output.digest)) continue;
        const auto restored = results.restore(output, request.working_directory / output.path);
        if (restored) continue;
        if (restored.error().code == ErrorCode::damaged) {
          damage = restored.error().message;
          break;
        }
        fail_before_start(
            id, {restored.error().code,
                 fmt::format("its output file {} cannot be put back: {}", output.path, restored.error().message),
                 request.pipeline.steps[id].name});
        return true;
      }
      if (damage) {
        result.reason = {ReasonCode::damaged, "its stored result is not whole: " + *damage};
        warnings.push_back(fmt::format("{}: {}; it runs again", request.pipeline.steps[id].name, *damage));
        continue;
      }
    }
    result.decision = Decision::reuse;
    result.reason.code = ReasonCode::unchanged;
    result.reason.text.clear();
    result.execution = entry.execution;
    result.produced_by_run = entry.run;
    result.saved_ns = entry.duration_ns;
    result.outputs = std::move(entry.outputs);
    publish(id, request.plan ? StepStatus::pending : StepStatus::cached);
    return true;
  }
  return false;
}

cache::Reason Scheduler::State::reason_to_run(StepId id, bool enabled) {
  const pipeline::Step& step = request.pipeline.steps[id];
  if (!code || !code->why_not.empty()) return {ReasonCode::uncacheable, steps[id].why_not};
  if (!enabled) {
    return {ReasonCode::cache_disabled, fmt::format("enable_cache is false {}", who_disabled(request, step))};
  }
  const auto before = earlier.latest(step.name);
  if (!before) return {ReasonCode::no_earlier_execution, "it has not run here before"};
  if (before->key != steps[id].key) {
    const auto reason = cache::reason_for_change(cache::compare(before->key_parts, steps[id].inputs),
                                                 code_changes.text(id, before->code, code->digest));
    if (reason.code != ReasonCode::not_cached_before) return reason;
  }
  if (before->cached_for_later) {
    return {ReasonCode::forgotten, "nothing changed, but its earlier result is no longer in the store"};
  }
  const std::string why = before->why_not.empty() ? before->error : before->why_not;
  return {ReasonCode::not_cached_before, "nothing changed, but its earlier execution left no result: " + why};
}

}  // namespace stepcache::scheduler
