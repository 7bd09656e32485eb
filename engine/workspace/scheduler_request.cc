#include "workspace/scheduler_request.h"

namespace stepcache::workspace {

scheduler::Request scheduler_request(Workspace& workspace, const PipelineProgram& program, const pipeline::Graph& graph,
                                     const RunOptions& options) {
  return scheduler::Request{
      .pipeline = program.pipeline,
      .graph = graph,
      .signature_of = program.signature_of,
      .code_parts_of = program.code_parts_of,
      .enable_cache = options.enable_cache,
      .enable_cache_by_default = workspace.settings().enable_cache,
      .fail_fast = options.fail_fast || workspace.settings().fail_fast,
      .check = options.check,
      .plan = false,
      .keep_inputs = options.keep_inputs,
      .run = 0,
      .working_directory = program.working_directory,
      .temporary_folder = workspace.folder() / "tmp",
      .log_folder = {},
  };
}

scheduler::Rooms scheduler_rooms(Workspace& workspace, execution::Executor& executor) {
  return {workspace.metadata(), workspace.artifacts(), executor, workspace.files(), workspace.clock()};
}

}  // namespace stepcache::workspace
