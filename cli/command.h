#pragma once

#include <functional>
#include <string>

#include "report/console.h"
#include "result/result.h"
#include "workspace/place.h"

namespace CLI {
class App;
}

namespace stepcache::cli {

// What a command does once it is parsed.
struct Context {
  report::Console& console;
  const workspace::Place& place;
};
// Gives the process's exit status, or the error to print.
using Action = std::function<Result<int>(Context&)>;

// What the command line said, filled while it is parsed.
struct CommandLine {
  report::OutputOptions output;
  std::string workspace;  // of --workspace
  Action action;          // of the command that was given
};

// Adds a command with the options that all have. `examples` are lines of the help. Its action is set by the caller's
// callback, which parsing calls.
CLI::App* add_command(CLI::App& program, CommandLine& line, const std::string& name, const std::string& help,
                      const std::string& examples);

// One file for each command.
void add_pipeline_commands(CLI::App& program,
                           CommandLine& line);  // run, plan, graph: for --help; see pipeline_command.h
void add_runs(CLI::App& program, CommandLine& line);
void add_show(CLI::App& program, CommandLine& line);
void add_diff(CLI::App& program, CommandLine& line);
void add_why(CLI::App& program, CommandLine& line);
void add_signature(CLI::App& program, CommandLine& line);
void add_lineage(CLI::App& program, CommandLine& line);
void add_artifacts(CLI::App& program, CommandLine& line);
void add_cat(CLI::App& program, CommandLine& line);
void add_tag(CLI::App& program, CommandLine& line);
void add_note(CLI::App& program, CommandLine& line);
void add_pin(CLI::App& program, CommandLine& line);
void add_verify(CLI::App& program, CommandLine& line);
void add_gc(CLI::App& program, CommandLine& line);
void add_config(CLI::App& program, CommandLine& line);
void add_accept(CLI::App& program, CommandLine& line);

}  // namespace stepcache::cli
