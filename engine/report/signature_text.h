#pragma once

#include <cstddef>
#include <string>

#include "report/console.h"
#include "workspace/signature_view.h"

namespace stepcache::report {

// The signature of a step as a tree: what it is, then each part below the one by which it is reached in the fewest
// steps, and a reference where it is reached again. Parts deeper than `depth` are left out; 0: none is.
std::string signature_text(const Console& console, const workspace::SignatureView& view, std::size_t depth);

}  // namespace stepcache::report
