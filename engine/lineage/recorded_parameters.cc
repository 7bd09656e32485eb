#include "lineage/recorded_parameters.h"

#include <nlohmann/json.hpp>

namespace stepcache::lineage {

std::unordered_map<std::string, std::string> recorded_parameters(std::string_view recorded) {
  std::unordered_map<std::string, std::string> values;
  const auto document = nlohmann::json::parse(recorded, nullptr, false);
  if (!document.is_object()) return values;
  for (const auto& [name, entry] : document.items()) {
    if (!entry.is_object()) continue;
    const auto value = entry.find("value");
    if (value != entry.end() && value->is_string()) values.emplace(name, value->get<std::string>());
  }
  return values;
}

}  // namespace stepcache::lineage
