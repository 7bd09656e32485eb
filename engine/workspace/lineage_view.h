#pragma once

#include "lineage/lineage_graph.h"
#include "workspace/run_pipeline.h"
#include "workspace/workspace.h"

namespace stepcache::workspace {

// Lineage of a recorded run: its steps, artifacts and external inputs.
Result<lineage::LineageGraph> lineage_of_run(Workspace& workspace, metadata::RunId run);
// Across runs: where an artifact came from and what was made from it.
Result<lineage::LineageGraph> lineage_of_artifact(Workspace& workspace, const metadata::ArtifactRecord& artifact);
// A pipeline's shape, with what a run would do now.
Result<lineage::LineageGraph> lineage_of_plan(const pipeline::Pipeline& pipeline,
                                              const std::vector<scheduler::StepResult>& steps);

}  // namespace stepcache::workspace
