#pragma once

#include <optional>
#include <span>

#include "metadata/records.h"

namespace stepcache::cache {

// Which of a key's entries is the hit: the newest one whose list of what it was seen to touch digests, now, to what it
// digested to then. `observed_now[i]` belongs to `entries[i]`; nothing: what it lists could not be observed. Observes
// nothing itself. The position, or nothing for a miss.
std::optional<std::size_t> decide(std::span<const metadata::CacheEntry> entries,
                                  std::span<const std::optional<Digest>> observed_now);

}  // namespace stepcache::cache
