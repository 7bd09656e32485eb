#pragma once

#include "stepcache/pipeline.h"

namespace stepcache {

// The command line of a pipeline's program: run, plan, why, graph; `--help` describes it. Gives the exit status: 0 when
// all went well, 1 for a failed step, 2 for a mistake in the command line or the pipeline, 3 for a damaged or foreign
// workspace, 130 when cancelled. Never throws. The pipeline is used up.
int main(Pipeline& pipeline, int argc, char** argv);

}  // namespace stepcache
