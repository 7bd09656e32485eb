#pragma once

#include "pipeline/graph.h"
#include "scheduler/scheduler.h"
#include "workspace/run_pipeline.h"
#include "workspace/workspace.h"

namespace stepcache::workspace {

// How a workspace asks the scheduler, the same for a run and for a plan. The arguments must outlive the request.
scheduler::Request scheduler_request(Workspace& workspace, const PipelineProgram& program, const pipeline::Graph& graph,
                                     const RunOptions& options);
scheduler::Rooms scheduler_rooms(Workspace& workspace, execution::Executor& executor);

}  // namespace stepcache::workspace
