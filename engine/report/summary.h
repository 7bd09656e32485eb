#pragma once

#include "pipeline/pipeline.h"
#include "report/console.h"
#include "workspace/run_pipeline.h"

namespace stepcache::report {

// Behind a run: failed steps first, each with its message and what to do, then warnings (both on standard error, also
// under -q and --json), then one line: what was reused, what ran, how long it took and how long the reused results had
// taken. Under --json the object goes to standard output instead of that line.
void print_run(Console& console, const pipeline::Pipeline& pipeline, const workspace::RunResult& result);

}  // namespace stepcache::report
