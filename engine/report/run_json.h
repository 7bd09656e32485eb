#pragma once

#include <string>

#include "pipeline/pipeline.h"
#include "workspace/plan_pipeline.h"
#include "workspace/run_pipeline.h"

namespace stepcache::report {

// docs/formats/run.schema.json. `pipeline` is the one that ran: it has the names.
std::string run_json(const pipeline::Pipeline& pipeline, const workspace::RunResult& run);
// docs/formats/plan.schema.json.
std::string plan_json(const pipeline::Pipeline& pipeline, const workspace::PlanResult& plan);

}  // namespace stepcache::report
