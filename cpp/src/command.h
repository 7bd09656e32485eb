#pragma once

#include <cstdint>
#include <string>

#include "cpp/src/command_line.h"
#include "report/console.h"
#include "report/trace.h"
#include "workspace/run_pipeline.h"
#include "workspace/workspace.h"

namespace stepcache::detail {

class StepGate;

// What a command works with.
struct CommandContext {
  const CommandLine& line;
  report::Console& console;
  report::Trace& trace;
  workspace::Workspace& workspace;
  const workspace::PipelineProgram& program;
  StepGate& gate;
};

// Each command gives the process's exit status, or the error to print.
Result<int> run_command(CommandContext& context);
Result<int> plan_command(CommandContext& context);
Result<int> why_command(CommandContext& context);
Result<int> signature_command(CommandContext& context);
Result<int> graph_command(CommandContext& context);
Result<int> accept_command(CommandContext& context);

workspace::RunOptions run_options(const CommandLine& line);

}  // namespace stepcache::detail
