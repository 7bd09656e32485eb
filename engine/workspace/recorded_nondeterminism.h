#pragma once

#include <memory>

#include "scheduler/scheduler.h"
#include "workspace/workspace.h"

namespace stepcache::workspace {

// What is recorded of a key that gave other bytes when it was computed again; null: nothing, or it cannot be read.
std::shared_ptr<const scheduler::Nondeterministic> recorded_nondeterminism(Workspace& workspace, const Digest& key);

}  // namespace stepcache::workspace
