#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "execution/executor.h"
#include "testing/manual_clock.h"

namespace stepcache::testing {

// An executor that runs nothing: a function gives each attempt's outputs, and what was asked for is recorded, so that a
// test can say what ran and what did not. With a capacity above 1 the attempts under way finish in an order drawn from
// `seed`. Not thread-safe; never blocks. `clock` must outlive it.
class FakeExecutor final : public execution::Executor {
 public:
  // Called when the attempt finishes (in wait()), once for each one that is not cancelled.
  using Work = std::function<Result<std::vector<execution::StagedBytes>>(const execution::Attempt&)>;

  explicit FakeExecutor(ManualClock& clock, Work work, std::size_t capacity = 1, std::uint64_t seed = 0);

  std::size_t capacity() const override { return capacity_; }
  // internal when capacity() are under way.
  Result<void> start(execution::Attempt attempt) override;
  // Moves the clock on by what the attempt takes; by `timeout` when time is up first.
  std::optional<execution::Outcome> wait(std::chrono::milliseconds timeout) override;
  void cancel_all() override;

  // --- For tests

  // How long each attempt takes from now on; 1 ms at the start.
  void set_duration(std::chrono::nanoseconds duration) { duration_ = duration; }
  // The metrics that the step of this name logs.
  void set_metrics(const std::string& step, std::vector<metadata::Metric> metrics) {
    metrics_[step] = std::move(metrics);
  }
  // The next start() fails with this.
  void fail_next_start(Error error) { next_start_ = std::move(error); }
  // So many calls of wait() give nothing although attempts are under way, as when their time is up.
  void set_idle_waits(std::size_t waits) { idle_waits_ = waits; }

  // Step names in the order in which they were started, and in which they finished (cancelled ones left out).
  const std::vector<std::string>& started() const { return started_; }
  const std::vector<std::string>& finished() const { return finished_; }
  std::size_t times_started(const std::string& step) const;
  // Attempts under way now, and the most there ever were.
  std::size_t under_way() const { return under_way_.size(); }
  std::size_t most_under_way() const { return most_under_way_; }
  bool was_cancelled() const { return was_cancelled_; }
  void forget();  // what was started and finished

 private:
  struct UnderWay {
    execution::Attempt attempt;
    std::int64_t started_ns = 0;
    std::int64_t started_monotonic_ns = 0;
    bool cancelled = false;
  };

  ManualClock& clock_;
  Work work_;
  std::size_t capacity_;
  std::mt19937_64 random_;
  std::chrono::nanoseconds duration_ = std::chrono::milliseconds(1);
  std::map<std::string, std::vector<metadata::Metric>> metrics_;
  std::optional<Error> next_start_;
  std::size_t idle_waits_ = 0;
  std::vector<UnderWay> under_way_;
  std::size_t most_under_way_ = 0;
  std::vector<std::string> started_;
  std::vector<std::string> finished_;
  bool was_cancelled_ = false;
};

}  // namespace stepcache::testing
