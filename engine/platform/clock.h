#pragma once

#include <cstdint>

namespace stepcache::platform {

// Time. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // Nanoseconds since 1970-01-01 UTC. May jump, also back.
  virtual std::int64_t wall_ns() = 0;
  // Nanoseconds since some start; never goes back. For durations.
  virtual std::int64_t monotonic_ns() = 0;
};

Clock& real_clock();

}  // namespace stepcache::platform
