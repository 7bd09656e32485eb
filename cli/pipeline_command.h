#pragma once

#include <span>
#include <string>
#include <string_view>

#include "result/result.h"
#include "workspace/start_pipeline.h"

namespace stepcache::cli {

// A command about a pipeline is not parsed here but passed on: only the pipeline's program knows its parameters. This
// tells which they are and takes out what is for us: PIPELINE, --workspace, and what stands after `--`.

// Whether `command` with `arguments` (those around it, in their order, without it) is about a PIPELINE: run, plan and
// graph always, except with --help alone; why when a file's name stands before the step's; accept when it neither lists
// nor revokes.
bool is_about_pipeline(std::string_view command, std::span<const std::string> arguments);

// Errors: invalid_argument (no PIPELINE named).
Result<workspace::PipelineCommand> pipeline_command(std::string_view command, std::span<const std::string> arguments);

}  // namespace stepcache::cli
