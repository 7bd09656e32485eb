#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "pipeline/pipeline.h"
#include "stepcache/handle.h"
#include "stepcache/step_function.h"

namespace stepcache::detail {

// A step function: shared by all steps that are made of it.
struct StepFunction {
  const StepType* type = nullptr;
  AnyFunction function = nullptr;
  std::shared_ptr<const pipeline::StepInterface> interface;
};

class StepDraft;

// What a user's Pipeline holds: the engine's description of it, and for each step the function to call.
class PipelineState {
 public:
  explicit PipelineState(std::string name) { description.name = std::move(name); }

  std::uint32_t function_for(const StepType& type, AnyFunction function, const std::string& step_name);
  const std::deque<StepFunction>& functions() const { return functions_; }
  // Puts the parameters in the order of their first use: compilers differ in the order in which they evaluate
  // arguments. Once, when the pipeline is whole; handles of parameters are of no use afterwards.
  void order_parameters();
  void report_unfinished(const std::string& step_name);

  pipeline::Pipeline description;
  std::vector<std::uint32_t> function_of;      // by step: position in functions()
  std::vector<ParameterType> parameter_types;  // by parameter
  std::vector<const StepDraft*> drafts;        // steps that wait for their arguments
  std::vector<std::string> harmless;           // patterns of variables that change no result
  std::vector<std::string> problems;           // mistakes that the compiler could not see, in the order of definition

 private:
  struct Key {
    const StepType* type;
    AnyFunction function;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept {
      return std::hash<const void*>()(key.type) ^ (std::hash<AnyFunction>()(key.function) << 1U);
    }
  };
  std::deque<StepFunction> functions_;
  std::unordered_map<Key, std::uint32_t, KeyHash> positions_;
};

}  // namespace stepcache::detail
