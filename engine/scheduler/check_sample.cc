#include "scheduler/check_sample.h"

#include <cmath>

#include "digest/field_hasher.h"

namespace stepcache::scheduler {

bool drawn_for_check(metadata::RunId run, const Digest& key, double share) {
  if (share <= 0) return false;
  if (share >= 1) return true;
  constexpr int k_bits = 53;  // as many as a double holds
  FieldHasher hasher;
  const Digest drawn = hasher.begin("stepcache.check").integer(run).digest(key).end().finish();
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) {
    number = number << 8U | std::to_integer<std::uint64_t>(drawn.bytes()[i]);
  }
  return std::ldexp(static_cast<double>(number >> (64 - k_bits)), -k_bits) < share;
}

}  // namespace stepcache::scheduler
