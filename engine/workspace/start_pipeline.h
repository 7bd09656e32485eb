#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "result/error.h"

namespace stepcache::workspace {

// A command about a pipeline as it is now: only its own program can answer.
struct PipelineCommand {
  std::string command;                         // run, plan, graph, why
  std::filesystem::path pipeline;              // FILE.cpp, FILE.py or a program, as the user gave it
  std::vector<std::string> arguments;          // passed on as they are
  std::vector<std::string> compile_arguments;  // what stands after `--`; of a FILE.cpp only
  std::string workspace_option;                // --workspace's value, passed on; empty: not given
};

// Finds the pipeline's program, compiles it first when it is a FILE.cpp (into the workspace, under its lock, and only
// when something that it is made of changed), and becomes it: standard streams, exit status and signals are the
// program's. Returns only with an error: not_found (no such file), invalid_argument (neither source nor program; it
// does not compile: the compiler's words are on standard error), those of opening the workspace for writing, io.
Error start_pipeline(const PipelineCommand& command);

}  // namespace stepcache::workspace
