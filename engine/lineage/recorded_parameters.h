#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

namespace stepcache::lineage {

// The values of a run's parameters as metadata::RunRecord::parameters keeps them (a JSON object, name -> {"type",
// "value"}), by name. What is not of that form gives none.
std::unordered_map<std::string, std::string> recorded_parameters(std::string_view recorded);

}  // namespace stepcache::lineage
