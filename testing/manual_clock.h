#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "platform/clock.h"

namespace stepcache::testing {

// Time that stands still until a test moves it. Thread-safe.
class ManualClock final : public platform::Clock {
 public:
  // 2025-01-01 00:00:00 UTC.
  static constexpr std::int64_t k_start_ns = 1'735'689'600'000'000'000;

  explicit ManualClock(std::int64_t wall_ns = k_start_ns) : wall_ns_(wall_ns) {}

  std::int64_t wall_ns() override;
  std::int64_t monotonic_ns() override;

  // Both clocks go on.
  void advance(std::chrono::nanoseconds time);
  // The wall clock jumps, also back; the monotonic one does not notice.
  void set_wall_ns(std::int64_t wall_ns);
  // From now on every reading of either clock is followed by that much time (0: none, as at the start).
  void set_step(std::chrono::nanoseconds step);

 private:
  void pass_step();

  std::atomic<std::int64_t> wall_ns_;
  std::atomic<std::int64_t> monotonic_ns_{0};
  std::atomic<std::int64_t> step_ns_{0};
};

}  // namespace stepcache::testing
