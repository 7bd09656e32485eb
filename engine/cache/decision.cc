#include "cache/decision.h"

#include <algorithm>

namespace stepcache::cache {

std::optional<std::size_t> decide(std::span<const metadata::CacheEntry> entries,
                                  std::span<const std::optional<Digest>> observed_now) {
  std::optional<std::size_t> newest;
  const std::size_t count = std::min(entries.size(), observed_now.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (observed_now[i] != entries[i].observed) continue;
    if (!newest || entries[i].execution > entries[*newest].execution) newest = i;
  }
  return newest;
}

}  // namespace stepcache::cache
