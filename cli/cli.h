#pragma once

namespace stepcache::cli {

// The program `stepcache`: parses, asks the workspace, prints through report. Gives the process's exit status: 0 done,
// 1 a step failed or the system refused, 2 the user's mistake, 3 a damaged or foreign store, 130 cancelled.
int run(int argc, char** argv);

}  // namespace stepcache::cli
