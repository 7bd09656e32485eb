#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "pipeline/value.h"

namespace stepcache::pipeline {

using StepId = std::uint32_t;  // position in Pipeline::steps

// Something outside the store that a step reads.
enum class ExternalKind : std::uint8_t { file = 1, folder = 2, environment = 3 };
struct ExternalInput {
  ExternalKind kind = ExternalKind::file;
  std::string name;  // a path as the user gave it (any bytes), or the name of an environment variable

  friend bool operator==(const ExternalInput&, const ExternalInput&) = default;
};

// What a parameter holds.
using Argument = std::variant<Value, ExternalInput>;

struct InputPort {
  std::string name;  // C++: the position, "0", "1", ...; Python: the argument's name. Enters the key.
  std::string type;  // type tag, language neutral: "float64", "list<int32>", "struct{x:array<float64,2>}"
};
struct OutputPort {
  std::string name;          // "output" when there is one without a name
  std::string type;          // type tag
  std::string materializer;  // identity of what turns it into bytes: name and format version. Enters the key.
};
// What a step function looks like; shared by all steps made of that function.
struct StepInterface {
  std::string function;  // the function's name for people; not in the key
  std::vector<InputPort> inputs;
  std::vector<OutputPort> outputs;
};

// Where an input port gets its value.
struct Unconnected {};
struct ParameterRef {
  std::uint32_t parameter = 0;
};
struct OutputRef {
  StepId step = 0;
  std::uint32_t output = 0;
};
using Source = std::variant<Unconnected, Value, ExternalInput, ParameterRef, OutputRef>;

struct Step {
  std::string name;  // unique in the pipeline
  std::shared_ptr<const StepInterface> interface;
  std::vector<Source> inputs;        // one for each of interface->inputs
  std::vector<StepId> after;         // ordering without data
  std::optional<bool> enable_cache;  // unset: the pipeline's, else on
  std::string cache_salt;
};

struct Parameter {
  std::string name;
  std::string type;              // type tag
  Argument value;                // the default, or what was set
  std::optional<Value> minimum;  // numbers: inclusive range
  std::optional<Value> maximum;
  std::string help;
};

struct Pipeline {
  std::string name;
  std::vector<Step> steps;
  std::vector<Parameter> parameters;
  std::optional<bool> enable_cache;
};

}  // namespace stepcache::pipeline
