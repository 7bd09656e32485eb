#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cpp/src/pipeline_state.h"
#include "report/console.h"
#include "result/result.h"

namespace stepcache::detail {

enum class CommandName : std::uint8_t { run, plan, why, signature, graph, accept, help, version };

// What the user asked a pipeline's program to do.
struct CommandLine {
  CommandName command = CommandName::help;
  std::optional<CommandName> help_on;  // of `help`: of one command
  report::OutputOptions output;
  std::string workspace;  // of --workspace
  std::optional<bool> enable_cache;
  bool fail_fast = false;
  double check = 0;             // of --check: a share, 0 to 1
  bool in_process = false;      // what every run does as long as there are no worker processes
  std::string step;             // of `why`, `signature`, `accept`
  std::size_t depth = 0;        // of `signature`; 0: everything
  bool yes = false;             // of `accept`: do not ask
  std::string note;             // of `accept`
  std::string format = "text";  // of `graph`: text, dot, svg, json
  // Parameters as given: the option as the user wrote it, the parameter's name, the value.
  struct Setting {
    std::string option, name, value;
  };
  std::vector<Setting> settings;
};

// The grammar: PROGRAM [OPTION]... COMMAND [OPTION]..., options as `--name VALUE` or `--name=VALUE`. A parameter of the
// pipeline is an option of its own unless one of the program's is called so; --set reaches every parameter.
// Errors: invalid_argument (exit status 2), with the nearest name for an unknown one.
Result<CommandLine> parse_command_line(const PipelineState& pipeline, int argc, char** argv);

// The parameters' new values, checked. Errors: invalid_argument (unknown parameter, wrong type, out of range).
Result<void> set_parameters(PipelineState& pipeline, const std::vector<CommandLine::Setting>& settings);

// Whether a parameter can be set by --NAME.
bool has_shorthand(const std::string& name);

// The text of --help: of the program, or of one command.
std::string help_text(const PipelineState& pipeline, const std::string& program, std::optional<CommandName> command);

}  // namespace stepcache::detail
