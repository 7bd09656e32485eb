#include "cpp/src/program_bodies.h"

#include "code_signature/coarse.h"
#include "platform/process.h"

namespace stepcache::detail {

ProgramBodies::ProgramBodies(PipelineState& state, platform::FileSystem& files) : state_(state), files_(files) {
  for (const StepFunction& function : state.functions()) bodies_.emplace_back(function, files, gate_);
  signatures_.resize(bodies_.size());
}

Result<workspace::PipelineProgram> ProgramBodies::make_program(std::vector<std::string> arguments,
                                                               std::filesystem::path working_directory,
                                                               std::filesystem::path project) {
  workspace::PipelineProgram program;
  STEPCACHE_TRY_ASSIGN(program.program, platform::program_path());
  program.pipeline = std::move(state_.description);
  program.body_of = [this](pipeline::StepId step) -> execution::StepBody& { return bodies_[state_.function_of[step]]; };
  program.signature_of = [this, path = program.program, project = std::move(project)](pipeline::StepId step) {
    return signature(state_.function_of[step], path, project);
  };
  program.arguments = std::move(arguments);
  program.working_directory = std::move(working_directory);
  return program;
}

Result<ProgramBodies::Signature> ProgramBodies::signature(std::uint32_t function, const std::filesystem::path& program,
                                                          const std::filesystem::path& project) {
  std::optional<Result<Signature>>& known = signatures_[function];
  if (!known) known = sign(state_.functions()[function], program, project);
  return *known;
}

Result<ProgramBodies::Signature> ProgramBodies::sign(const StepFunction& function, const std::filesystem::path& program,
                                                     const std::filesystem::path& project) {
  if (!of_program_) {
    of_program_ = code_signature::coarse_signature(files_, program, platform::loaded_libraries(), project);
  }
  if (!*of_program_) return fail(of_program_->error());
  // What runs the step is made for the function's type; which function of that type it calls, its address tells.
  std::vector<platform::CodePlace> places;
  for (const AnyFunction code : {reinterpret_cast<AnyFunction>(function.type->invoke), function.function}) {
    if (code == nullptr) continue;
    auto place = platform::code_place(reinterpret_cast<const void*>(code));
    if (!place) return fail(ErrorCode::invalid_argument, "its function was made at run time, and lies in no file");
    places.push_back(std::move(*place));
  }
  return std::make_shared<const code_signature::CodeSignature>(
      code_signature::signature_of_step(**of_program_, places));
}

}  // namespace stepcache::detail
