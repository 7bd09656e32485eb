#include "metadata/parameter_record.h"

#include <nlohmann/json.hpp>

namespace stepcache::metadata {

std::string text_of(const pipeline::Argument& argument) {
  if (const auto* value = std::get_if<pipeline::Value>(&argument)) return value->to_text();
  return std::get<pipeline::ExternalInput>(argument).name;
}

std::string record_parameters(const std::vector<pipeline::Parameter>& parameters) {
  nlohmann::ordered_json record = nlohmann::ordered_json::object();
  for (const pipeline::Parameter& parameter : parameters) {
    record[parameter.name] = {{"type", parameter.type}, {"value", text_of(parameter.value)}};
  }
  // Bytes that are no text are replaced: the record is for people, keys hold the bytes.
  return record.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::map<std::string, RecordedParameter> read_parameters(std::string_view recorded) {
  std::map<std::string, RecordedParameter> parameters;
  const auto record = nlohmann::json::parse(recorded, nullptr, false);
  if (!record.is_object()) return parameters;
  for (const auto& [name, entry] : record.items()) {
    if (!entry.is_object() || !entry.contains("type") || !entry.contains("value")) continue;
    if (!entry["type"].is_string() || !entry["value"].is_string()) continue;
    parameters[name] = {entry["type"].get<std::string>(), entry["value"].get<std::string>()};
  }
  return parameters;
}

}  // namespace stepcache::metadata
