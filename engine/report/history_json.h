#pragma once

#include <string>
#include <vector>

#include "metadata/records.h"
#include "workspace/history.h"

namespace stepcache::report {

// docs/formats/runs.schema.json.
std::string runs_json(const std::vector<metadata::RunRecord>& runs);
// docs/formats/show.schema.json.
std::string show_json(const workspace::RecordedRun& recorded);
// docs/formats/diff.schema.json.
std::string diff_json(const workspace::RunDifference& difference);
// docs/formats/labels.schema.json: what `tag`, `note` and `pin` leave on a run.
std::string run_labels_json(const metadata::RunRecord& run);
// The same, of an artifact that was pinned or let go.
std::string artifact_labels_json(const metadata::ArtifactRecord& artifact);

}  // namespace stepcache::report
