#pragma once

#include <string>

#include "result/result.h"
#include "workspace/history.h"
#include "workspace/run_pipeline.h"

namespace stepcache::workspace {

// A step by its name. Errors: not_found; the message names the nearest one.
Result<const RecordedStep*> step_named(const RecordedRun& recorded, const std::string& step);
Result<pipeline::StepId> step_named(const pipeline::Pipeline& pipeline, const std::string& step);

}  // namespace stepcache::workspace
