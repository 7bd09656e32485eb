#pragma once

#include <string>
#include <vector>

#include "report/console.h"
#include "workspace/artifacts.h"
#include "workspace/collect_garbage.h"
#include "workspace/verify.h"

// What the store holds and what was done to it, for people.
namespace stepcache::report {

std::string artifacts_text(const Console& console, const std::vector<workspace::ListedArtifact>& artifacts);
std::string verify_text(const Console& console, const workspace::VerifyResult& result);
std::string gc_text(const Console& console, const workspace::GarbageResult& result);

}  // namespace stepcache::report
