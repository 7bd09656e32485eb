#include "workspace/start_pipeline.h"

#include <fmt/format.h>

#include "platform/process.h"
#include "program/compile.h"
#include "program/compiler.h"
#include "program/program.h"
#include "program/sdk.h"
#include "workspace/place.h"

namespace stepcache::workspace {
namespace {

Result<program::Program> compiled(const program::Program& source, const PipelineCommand& command) {
  STEPCACHE_TRY_ASSIGN(const auto place, find_place(command.workspace_option));
  // Made here when it is not there: the program is part of it.
  STEPCACHE_TRY_ASSIGN(auto workspace, open_place(place, Access::write));
  STEPCACHE_TRY_ASSIGN(const auto running, platform::program_path());
  STEPCACHE_TRY_ASSIGN(const auto description,
                       program::find_sdk(workspace.files(), platform::environment_variable("STEPCACHE_SDK"), running));
  STEPCACHE_TRY_ASSIGN(auto sdk, program::read_sdk(workspace.files(), description));
  const program::CompileContext context{
      .files = workspace.files(),
      .clock = workspace.clock(),
      .locks = workspace.locks(),
      .lock_offset = k_programs_lock,
      .folder = workspace.folder() / "programs",
      .sdk = std::move(sdk),
      .compiler = program::compiler_from_environment(),
      .search_path = platform::environment_variable("PATH").value_or("/usr/bin:/bin")};
  STEPCACHE_TRY_ASSIGN(auto made, program::compile_program(context, source.path, command.compile_arguments));
  return program::Program{program::ProgramKind::executable, std::move(made.path)};
}

Result<program::Program> program_of(const PipelineCommand& command) {
  STEPCACHE_TRY_ASSIGN(auto found, program::find_program(platform::real_file_system(), command.pipeline));
  if (found.kind == program::ProgramKind::cpp_source) return compiled(found, command);
  if (!command.compile_arguments.empty()) {
    return fail(
        ErrorCode::invalid_argument,
        fmt::format("what stands after `--` is for the compiler, and {} is not compiled: leave it out, or name a "
                    "C++ source",
                    command.pipeline.string()),
        "-- " + command.compile_arguments.front());
  }
  return found;
}

}  // namespace

Error start_pipeline(const PipelineCommand& command) {
  const auto program = program_of(command);
  if (!program) return program.error();
  std::vector<std::string> arguments = {command.command};
  if (!command.workspace_option.empty()) {
    arguments.emplace_back("--workspace");
    arguments.push_back(command.workspace_option);
  }
  arguments.insert(arguments.end(), command.arguments.begin(), command.arguments.end());
  return program::start_program(*program, arguments);
}

}  // namespace stepcache::workspace
