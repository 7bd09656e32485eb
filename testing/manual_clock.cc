#include "testing/manual_clock.h"

namespace stepcache::testing {

std::int64_t ManualClock::wall_ns() {
  const std::int64_t now = wall_ns_;
  pass_step();
  return now;
}

std::int64_t ManualClock::monotonic_ns() {
  const std::int64_t now = monotonic_ns_;
  pass_step();
  return now;
}

void ManualClock::advance(std::chrono::nanoseconds time) {
  wall_ns_ += time.count();
  monotonic_ns_ += time.count();
}

void ManualClock::set_wall_ns(std::int64_t wall_ns) { wall_ns_ = wall_ns; }

void ManualClock::set_step(std::chrono::nanoseconds step) { step_ns_ = step.count(); }

void ManualClock::pass_step() {
  const std::int64_t step = step_ns_;
  wall_ns_ += step;
  monotonic_ns_ += step;
}

}  // namespace stepcache::testing
