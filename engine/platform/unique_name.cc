#include "platform/unique_name.h"

#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

#include "platform/descriptor.h"

namespace stepcache::platform {

std::string unique_name() {
  static std::atomic<std::uint64_t> counter{0};
  // Random bits each time, not once: a fork inherits the counter, and a process id comes around again.
  std::uint64_t random = 0;
  (void)retry_interrupted([&] { return ::getrandom(&random, sizeof random, 0); });
  return fmt::format("{:x}-{:x}-{:016x}", ::getpid(), counter.fetch_add(1, std::memory_order_relaxed), random);
}

}  // namespace stepcache::platform
