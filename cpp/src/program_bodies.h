#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "code_signature/exact.h"
#include "cpp/src/function_body.h"
#include "cpp/src/pipeline_state.h"
#include "cpp/src/step_gate.h"
#include "platform/file_system.h"
#include "workspace/program_code.h"
#include "workspace/run_pipeline.h"

namespace stepcache::detail {

// A user's pipeline as the workspace runs it. Keeps what the program refers to: the bodies and the code, one for each
// function.
class ProgramBodies {
 public:
  ProgramBodies(PipelineState& state, platform::FileSystem& files);
  ProgramBodies(const ProgramBodies&) = delete;
  ProgramBodies& operator=(const ProgramBodies&) = delete;

  // The description moves out of the state. Must not outlive this object nor the workspace. Errors: io (the program's
  // own file cannot be named); invalid_argument for a function that lies in no file.
  Result<workspace::PipelineProgram> make_program(std::vector<std::string> arguments,
                                                  std::filesystem::path working_directory,
                                                  workspace::Workspace& workspace);
  StepGate& gate() { return gate_; }

 private:
  Result<code_signature::LoadedProgram> loaded_program(const workspace::Workspace& workspace) const;

  PipelineState& state_;
  platform::FileSystem& files_;
  StepGate gate_;
  std::deque<FunctionBody> bodies_;               // by function
  std::unique_ptr<workspace::ProgramCode> code_;  // by function
};

}  // namespace stepcache::detail
