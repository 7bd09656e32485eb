#include "cpp/src/program_bodies.h"

#include "platform/loaded_code.h"
#include "platform/process.h"

namespace stepcache::detail {

ProgramBodies::ProgramBodies(PipelineState& state, platform::FileSystem& files) : state_(state), files_(files) {
  for (const StepFunction& function : state.functions()) bodies_.emplace_back(function, files, gate_);
}

Result<workspace::PipelineProgram> ProgramBodies::make_program(std::vector<std::string> arguments,
                                                               std::filesystem::path working_directory,
                                                               workspace::Workspace& workspace) {
  STEPCACHE_TRY_ASSIGN(auto loaded, loaded_program(workspace));
  workspace::PipelineProgram program;
  program.program = loaded.program;
  code_ = std::make_unique<workspace::ProgramCode>(workspace, std::move(loaded));
  program.pipeline = std::move(state_.description);
  program.body_of = [this](pipeline::StepId step) -> execution::StepBody& { return bodies_[state_.function_of[step]]; };
  program.signature_of = [this](pipeline::StepId step) { return code_->signature(state_.function_of[step]); };
  program.code_parts_of = [this](pipeline::StepId step) { return code_->parts(state_.function_of[step]); };
  program.arguments = std::move(arguments);
  program.working_directory = std::move(working_directory);
  return program;
}

Result<code_signature::LoadedProgram> ProgramBodies::loaded_program(const workspace::Workspace& workspace) const {
  code_signature::LoadedProgram loaded;
  STEPCACHE_TRY_ASSIGN(loaded.program, platform::program_path());
  loaded.libraries = platform::loaded_libraries();
  loaded.project = workspace.project();
  loaded.harmless = state_.harmless;
  loaded.libraries_by_name = workspace.settings().library_identity == "soname";
  for (const StepFunction& function : state_.functions()) {
    // What runs the step is made for the function's type; which function of that type it calls, its address tells.
    code_signature::StepRoots& roots = loaded.steps.emplace_back();
    for (const AnyFunction code : {reinterpret_cast<AnyFunction>(function.type->invoke), function.function}) {
      if (code == nullptr) continue;
      auto place = platform::code_place(reinterpret_cast<const void*>(code));
      if (!place) {
        return fail(ErrorCode::invalid_argument, "a step's function was made at run time, and lies in no file",
                    state_.description.name);
      }
      roots.functions.push_back(std::move(*place));
    }
  }
  return loaded;
}

}  // namespace stepcache::detail
