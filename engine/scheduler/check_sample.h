#pragma once

#include "digest/digest.h"
#include "metadata/records.h"

namespace stepcache::scheduler {

// Whether a hit is drawn to be run again: a share of all, chosen by the run and the key alone. So a run's choice can be
// repeated, and over many runs every key has its turn whatever the others are. `share` is from 0 (none) to 1 (all).
bool drawn_for_check(metadata::RunId run, const Digest& key, double share);

}  // namespace stepcache::scheduler
