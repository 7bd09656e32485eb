#include "stepcache/main.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "cpp/src/command.h"
#include "cpp/src/command_line.h"
#include "cpp/src/parameter_text.h"
#include "cpp/src/program_bodies.h"
#include "platform/file_system.h"
#include "report/config_json.h"
#include "report/console.h"
#include "report/trace.h"
#include "stepcache_version.h"
#include "workspace/settings.h"
#include "workspace/workspace.h"

namespace stepcache {
namespace {

using detail::CommandContext;
using detail::CommandLine;
using detail::CommandName;
using detail::PipelineState;

// Mistakes in the pipeline's definition that show before the graph is checked.
Result<void> check_definition(PipelineState& state) {
  for (const detail::StepDraft* draft : state.drafts) state.report_unfinished(draft->name());
  for (std::size_t i = 0; i < state.description.parameters.size(); ++i) {
    const pipeline::Parameter& parameter = state.description.parameters[i];
    if (!detail::default_in_range(parameter)) {
      state.problems.push_back(fmt::format("parameter {}: its default {} is not {}", parameter.name,
                                           detail::default_text(parameter),
                                           detail::allowed_text(parameter, state.parameter_types[i])));
    }
  }
  if (state.problems.empty()) return {};
  std::string text = state.problems.front();
  if (state.problems.size() > 1) text += fmt::format(" (and {} more)", state.problems.size() - 1);
  return fail(ErrorCode::invalid_argument, std::move(text), "pipeline " + state.description.name);
}

// To read only where the folder cannot be written: plan, why and graph record nothing.
Result<workspace::Workspace> open_workspace(const CommandLine& line, const std::filesystem::path& folder,
                                            const workspace::Settings& settings) {
  auto opened = workspace::Workspace::open(folder, workspace::Access::write, settings);
  const bool records = line.command == CommandName::run || line.command == CommandName::accept;
  if (opened || records || opened.error().code != ErrorCode::io) return opened;
  auto readable = workspace::Workspace::open(folder, workspace::Access::read, settings);
  return readable ? std::move(readable) : std::move(opened);
}

Result<int> execute(CommandContext& context) {
  switch (context.line.command) {
    case CommandName::run:
      return detail::run_command(context);
    case CommandName::plan:
      return detail::plan_command(context);
    case CommandName::why:
      return detail::why_command(context);
    case CommandName::signature:
      return detail::signature_command(context);
    case CommandName::graph:
      return detail::graph_command(context);
    case CommandName::accept:
      return detail::accept_command(context);
    case CommandName::help:
    case CommandName::version:
      break;
  }
  return fail(ErrorCode::internal, "no such command");
}

// Parse -> workspace -> report. `console` is replaced once the settings are known.
Result<int> execute_line(PipelineState& state, const CommandLine& line, std::vector<std::string> arguments,
                         std::unique_ptr<report::Console>& console, report::Trace& trace) {
  STEPCACHE_TRY(check_definition(state));
  STEPCACHE_TRY(detail::set_parameters(state, line.settings));
  std::error_code error;
  const std::filesystem::path here = std::filesystem::current_path(error);
  if (error) return fail(ErrorCode::io, "the working directory cannot be read: " + error.message());

  platform::FileSystem& files = platform::real_file_system();
  const std::int64_t opening = report::Trace::now();
  const std::filesystem::path folder = workspace::locate(files, line.workspace, here);
  STEPCACHE_TRY_ASSIGN(const auto settings,
                       workspace::load_settings(files, workspace::find_project(files, folder.parent_path()), {}));
  report::OutputOptions output = line.output;
  output.color = settings.settings.color;
  console = std::make_unique<report::Console>(output);
  STEPCACHE_TRY_ASSIGN(auto workspace, open_workspace(line, folder, settings.settings));
  trace.phase("open workspace", opening, report::Trace::now());

  detail::ProgramBodies bodies(state, files);
  STEPCACHE_TRY_ASSIGN(const auto program, bodies.make_program(std::move(arguments), here, workspace.project()));
  CommandContext context{line, *console, trace, workspace, program, bodies.gate()};
  auto status = execute(context);
  if (trace.on()) STEPCACHE_TRY(trace.write());
  return status;
}

int main_or_throw(PipelineState& state, int argc, char** argv) {
  state.order_parameters();
  const std::string program = argc > 0 ? std::filesystem::path(argv[0]).filename().string() : state.description.name;
  std::vector<std::string> arguments(argv, argv + argc);
  // An error in the command line itself is reported in the form that it asks for.
  report::OutputOptions output;
  output.json = std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
  auto console = std::make_unique<report::Console>(output);

  const auto line = detail::parse_command_line(state, argc, argv);
  if (!line) return console->finish(report::report_error(*console, line.error()));
  if (line->command == CommandName::version) {
    console->print(line->output.json ? report::version_json(k_version)
                                     : fmt::format("{} (Stepcache {})\n", program, k_version));
    return console->finish(0);
  }
  if (line->command == CommandName::help) {
    console->print(detail::help_text(state, program, line->help_on));
    return console->finish(0);
  }
  console = std::make_unique<report::Console>(line->output);
  report::Trace trace(line->output);
  const auto status = execute_line(state, *line, std::move(arguments), console, trace);
  return console->finish(status ? *status : report::report_error(*console, status.error()));
}

}  // namespace

int main(Pipeline& pipeline, int argc, char** argv) {
  try {
    return main_or_throw(pipeline.state(), argc, argv);
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "%s: %s\n", argc > 0 ? argv[0] : "stepcache", exception.what());
    return exit_status(ErrorCode::internal);
  }
}

}  // namespace stepcache
