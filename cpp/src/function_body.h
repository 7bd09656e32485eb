#pragma once

#include <vector>

#include "cpp/src/pipeline_state.h"
#include "cpp/src/step_gate.h"
#include "execution/attempt.h"
#include "platform/file_system.h"

namespace stepcache::detail {

// A step function as the engine runs it; one for all steps of the function. Thread-safe as far as the user's function
// is. Errors: step_failed with the exception's type and message, damaged for an input that is not what its type says,
// io.
class FunctionBody final : public execution::StepBody {
 public:
  FunctionBody(const StepFunction& function, platform::FileSystem& files, StepGate& gate)
      : type_(*function.type), function_(function.function), files_(files), gate_(gate) {}

  Result<std::vector<execution::StagedBytes>> run(const execution::Attempt& attempt,
                                                  std::vector<metadata::Metric>& metrics) override;

 private:
  const StepType& type_;
  AnyFunction function_;
  platform::FileSystem& files_;
  StepGate& gate_;
};

}  // namespace stepcache::detail
