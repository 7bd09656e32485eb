#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "cache/decision.h"
#include "cache/key.h"
#include "scheduler/check_sample.h"
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

// "accepted by ann, 2026-11-28"
std::string who_accepted(const metadata::Acceptance& acceptance) {
  const std::chrono::sys_time<std::chrono::nanoseconds> at{std::chrono::nanoseconds(acceptance.accepted_ns)};
  return fmt::format("accepted by {}, {:%F}", acceptance.by.empty() ? "somebody" : acceptance.by,
                     std::chrono::time_point_cast<std::chrono::seconds>(at));
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

  drawn.reset();
  if (enabled && result.cacheable && !again) {
    STEPCACHE_TRY_ASSIGN(const bool served, serve_from_cache(id));
    if (served) return {};
  }

  if (result.inputs.empty() && code) result.inputs = cache::key_parts(request.pipeline, step, *code, scratch);
  result.decision = Decision::run;
  // A result found damaged, or drawn to be checked, has its reason already.
  if (result.reason.code != ReasonCode::damaged && !drawn) result.reason = reason_to_run(id, enabled);
  if (request.plan) {
    if (const auto before = earlier.latest(step.name)) result.expected_ns = before->duration_ns;
    publish(id, StepStatus::pending);
    return {};
  }
  return start(id);
}

Result<void> Scheduler::State::read_acceptances() {
  if (acceptances_read) return {};
  STEPCACHE_TRY_ASSIGN(const auto acceptances, rooms.metadata.acceptances());
  accepted = cache::AcceptedCode(request.pipeline.name, acceptances);
  acceptances_read = true;
  return {};
}

Result<bool> Scheduler::State::serve_from_cache(StepId id) {
  const pipeline::Step& step = request.pipeline.steps[id];
  STEPCACHE_TRY(rooms.metadata.begin_reading());
  STEPCACHE_TRY(read_acceptances());
  STEPCACHE_TRY_ASSIGN(const bool served, serve_key(id, steps[id].key, nullptr));
  if (served) return true;
  if (accepted.empty()) return false;
  for (const metadata::Acceptance* acceptance : accepted.counts_as(step.name, code->digest)) {
    if (drawn || steps[id].reason.code == ReasonCode::damaged) return false;
    code_signature::CodeSignature as_then = *code;
    as_then.digest = acceptance->before;
    const Digest key = cache::cache_key(hasher, step, as_then, scratch);
    STEPCACHE_TRY_ASSIGN(const bool served_as_then, serve_key(id, key, acceptance));
    if (served_as_then) return true;
  }
  return false;
}

Result<bool> Scheduler::State::serve_key(StepId id, const Digest& key, const metadata::Acceptance* acceptance) {
  StepResult& result = steps[id];
  STEPCACHE_TRY_ASSIGN(auto entries, rooms.metadata.find_entries(key));
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
    if (!request.plan && result.reason.code != ReasonCode::damaged &&
        drawn_for_check(request.run, key, request.check)) {
      result.reason = {ReasonCode::checked, "it could be reused, and --check runs a share of that again"};
      drawn = Baseline{std::move(entry),
                       acceptance == nullptr ? nullptr : std::make_shared<const metadata::Acceptance>(*acceptance)};
      return false;
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
    result.key = key;
    result.reason.code = ReasonCode::unchanged;
    result.reason.text.clear();
    if (acceptance != nullptr) {
      result.reason = {ReasonCode::accepted,
                       fmt::format("its code counts as that of run {} ({})", entry.run, who_accepted(*acceptance))};
    }
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
  // An edit that was accepted is no reason.
  code_signature::CodeSignature as_then = *code;
  const auto chain = accepted.counts_as(step.name, code->digest);
  const bool counts = std::any_of(chain.begin(), chain.end(), [&](const metadata::Acceptance* acceptance) {
    return acceptance->before == before->code;
  });
  if (counts) as_then.digest = before->code;
  if (before->key != (counts ? cache::cache_key(hasher, step, as_then, scratch) : steps[id].key)) {
    const auto now = counts ? cache::key_parts(request.pipeline, step, as_then, scratch) : steps[id].inputs;
    const auto reason = cache::reason_for_change(cache::compare(before->key_parts, now),
                                                 code_changes.text(id, before->code, as_then.digest));
    if (reason.code != ReasonCode::not_cached_before) return reason;
  }
  if (before->cached_for_later) {
    return {ReasonCode::forgotten, "nothing changed, but its earlier result is no longer in the store"};
  }
  const std::string why = before->why_not.empty() ? before->error : before->why_not;
  return {ReasonCode::not_cached_before, "nothing changed, but its earlier execution left no result: " + why};
}

}  // namespace stepcache::scheduler
