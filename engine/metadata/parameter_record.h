#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/pipeline.h"

namespace stepcache::metadata {

struct RecordedParameter {
  std::string type;
  std::string value;  // for people, as Value::to_text; a path or variable name for an external input
};

// A run's parameters as its record keeps them: one JSON object, name -> {"type", "value"}.
std::string record_parameters(const std::vector<pipeline::Parameter>& parameters);
// The way back; a damaged record gives none.
std::map<std::string, RecordedParameter> read_parameters(std::string_view recorded);
// A parameter's value for people.
std::string text_of(const pipeline::Argument& argument);

}  // namespace stepcache::metadata
