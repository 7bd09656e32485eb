#pragma once

#include <string>

#include "workspace/explain.h"

namespace stepcache::report {

// docs/formats/why.schema.json.
std::string why_json(const workspace::Explanation& explanation);

}  // namespace stepcache::report
