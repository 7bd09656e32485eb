#pragma once

#include <string>

#include "pipeline/pipeline.h"
#include "report/console.h"
#include "workspace/plan_pipeline.h"

namespace stepcache::report {

// What a run would do now, for people. With more than 50 steps those that would be reused are only counted, unless -v.
std::string plan_text(const Console& console, const pipeline::Pipeline& pipeline, const workspace::PlanResult& plan);

}  // namespace stepcache::report
