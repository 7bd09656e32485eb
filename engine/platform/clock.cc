#include "platform/clock.h"

#include <ctime>

namespace stepcache::platform {
namespace {

std::int64_t now_ns(clockid_t which) {
  constexpr std::int64_t k_ns_per_second = 1'000'000'000;
  timespec now{};
  ::clock_gettime(which, &now);
  return std::int64_t{now.tv_sec} * k_ns_per_second + now.tv_nsec;
}

class RealClock final : public Clock {
 public:
  std::int64_t wall_ns() override { return now_ns(CLOCK_REALTIME); }
  std::int64_t monotonic_ns() override { return now_ns(CLOCK_MONOTONIC); }
};

}  // namespace

Clock& real_clock() {
  static RealClock clock;
  return clock;
}

}  // namespace stepcache::platform
