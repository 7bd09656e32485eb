#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "code_signature/parts.h"
#include "cpp/src/function_body.h"
#include "cpp/src/pipeline_state.h"
#include "cpp/src/step_gate.h"
#include "platform/file_system.h"
#include "workspace/run_pipeline.h"

namespace stepcache::detail {

// A user's pipeline as the workspace runs it. Keeps what the program refers to: the bodies and the code signatures, one
// for each function; the program is read once, when the first step is about to run.
class ProgramBodies {
 public:
  ProgramBodies(PipelineState& state, platform::FileSystem& files);
  ProgramBodies(const ProgramBodies&) = delete;
  ProgramBodies& operator=(const ProgramBodies&) = delete;

  // The description moves out of the state. `project` tells whose shared objects count by their code. Must not outlive
  // this object. Errors: io (the program's own file cannot be named).
  Result<workspace::PipelineProgram> make_program(std::vector<std::string> arguments,
                                                  std::filesystem::path working_directory,
                                                  std::filesystem::path project);
  StepGate& gate() { return gate_; }

 private:
  using Signature = std::shared_ptr<const code_signature::CodeSignature>;

  Result<Signature> signature(std::uint32_t function, const std::filesystem::path& program,
                              const std::filesystem::path& project);
  Result<Signature> sign(const StepFunction& function, const std::filesystem::path& program,
                         const std::filesystem::path& project);

  PipelineState& state_;
  platform::FileSystem& files_;
  StepGate gate_;
  std::deque<FunctionBody> bodies_;  // by function
  std::optional<Result<code_signature::SignedCode>> of_program_;
  std::vector<std::optional<Result<Signature>>> signatures_;  // by function
};

}  // namespace stepcache::detail
