#include "cpp/src/program_bodies.h"

#include "code_signature/coarse.h"
#include "platform/process.h"

namespace stepcache::detail {

ProgramBodies::ProgramBodies(PipelineState& state, platform::FileSystem& files) : state_(state), files_(files) {
  for (const StepFunction& function : state.functions()) bodies_.emplace_back(function, files, gate_);
}

Result<workspace::PipelineProgram> ProgramBodies::make_program(std::vector<std::string> arguments,
                                                               std::filesystem::path working_directory,
                                                               std::filesystem::path project) {
  workspace::PipelineProgram program;
  STEPCACHE_TRY_ASSIGN(program.program, platform::program_path());
  program.pipeline = std::move(state_.description);
  program.body_of = [this](pipeline::StepId step) -> execution::StepBody& { return bodies_[state_.function_of[step]]; };
  program.signature_of = [this, path = program.program, project = std::move(project)](pipeline::StepId) {
    return signature(path, project);
  };
  program.arguments = std::move(arguments);
  program.working_directory = std::move(working_directory);
  return program;
}

Result<ProgramBodies::Signature> ProgramBodies::signature(const std::filesystem::path& program,
                                                          const std::filesystem::path& project) {
  if (!signature_) {
    auto read = code_signature::coarse_signature(files_, program, platform::loaded_libraries(), project);
    if (read) {
      signature_ = std::make_shared<const code_signature::CodeSignature>(*std::move(read));
    } else {
      signature_ = fail(std::move(read).error());
    }
  }
  return *signature_;
}

}  // namespace stepcache::detail
