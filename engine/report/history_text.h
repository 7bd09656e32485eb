#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metadata/records.h"
#include "report/console.h"
#include "workspace/history.h"

// Runs for people. `now_wall_ns` is what ages are counted from.
namespace stepcache::report {

std::string runs_text(const Console& console, const std::vector<metadata::RunRecord>& runs, std::int64_t now_wall_ns);
std::string show_text(const Console& console, const workspace::RecordedRun& recorded, std::int64_t now_wall_ns);
std::string diff_text(const Console& console, const workspace::RunDifference& difference, std::int64_t now_wall_ns);
// After `tag`, `note`, `pin`.
std::string run_labels_text(const metadata::RunRecord& run);
std::string artifact_labels_text(const metadata::ArtifactRecord& artifact);

}  // namespace stepcache::report
