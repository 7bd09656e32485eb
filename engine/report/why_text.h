#pragma once

#include <string>

#include "report/console.h"
#include "workspace/explain.h"

namespace stepcache::report {

// Why a step ran, was reused or would be, for people: one sentence, then what changed in its code, and the parts
// of its key that changed, old and new; with -v all parts.
std::string why_text(const Console& console, const workspace::Explanation& explanation);

}  // namespace stepcache::report
