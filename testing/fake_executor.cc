#include "testing/fake_executor.h"

#include <algorithm>
#include <utility>

namespace stepcache::testing {

FakeExecutor::FakeExecutor(ManualClock& clock, Work work, std::size_t capacity, std::uint64_t seed)
    : clock_(clock), work_(std::move(work)), capacity_(capacity), random_(seed) {}

Result<void> FakeExecutor::start(execution::Attempt attempt) {
  if (next_start_) return fail(*std::exchange(next_start_, std::nullopt));
  if (under_way_.size() >= capacity_) {
    return fail(ErrorCode::internal, "more attempts were started than the executor has room for", attempt.step_name);
  }
  started_.push_back(attempt.step_name);
  under_way_.push_back({std::move(attempt), clock_.wall_ns(), clock_.monotonic_ns(), false});
  most_under_way_ = std::max(most_under_way_, under_way_.size());
  return {};
}

std::optional<execution::Outcome> FakeExecutor::wait(std::chrono::milliseconds timeout) {
  if (under_way_.empty()) return std::nullopt;
  if (idle_waits_ > 0) {
    --idle_waits_;
    // The longest timeout does not fit into nanoseconds; an hour of standing still is as good as for ever.
    clock_.advance(std::min<std::chrono::milliseconds>(timeout, std::chrono::hours(1)));
    return std::nullopt;
  }
  const auto chosen = under_way_.begin() + static_cast<std::ptrdiff_t>(random_() % under_way_.size());
  const UnderWay over = std::move(*chosen);
  under_way_.erase(chosen);

  execution::Outcome outcome;
  outcome.attempt = over.attempt.id;
  outcome.started_ns = over.started_ns;
  if (over.cancelled) {
    outcome.outputs = fail(ErrorCode::cancelled, "the step was stopped on request", over.attempt.step_name);
  } else {
    outcome.outputs = work_(over.attempt);
    clock_.advance(duration_);
    finished_.push_back(over.attempt.step_name);
    if (const auto metrics = metrics_.find(over.attempt.step_name); metrics != metrics_.end()) {
      outcome.metrics = metrics->second;
    }
  }
  outcome.duration_ns = clock_.monotonic_ns() - over.started_monotonic_ns;
  return outcome;
}

void FakeExecutor::cancel_all() {
  was_cancelled_ = true;
  for (UnderWay& attempt : under_way_) attempt.cancelled = true;
}

std::size_t FakeExecutor::times_started(const std::string& step) const {
  return static_cast<std::size_t>(std::count(started_.begin(), started_.end(), step));
}

void FakeExecutor::forget() {
  started_.clear();
  finished_.clear();
}

}  // namespace stepcache::testing
