#pragma once

#include <string>
#include <vector>

#include "metadata/records.h"
#include "workspace/workspace.h"

// What a user says about runs and artifacts afterwards. Each gives the record as it is then. Errors: not_found, those
// of the store.
namespace stepcache::workspace {

// Adds tags (each once, in the order given), or with `remove` takes them away; a tag that is not there is no error.
Result<metadata::RunRecord> tag_run(Workspace& workspace, metadata::RunId run, const std::vector<std::string>& tags,
                                    bool remove);
// Replaces the note; empty: none.
Result<metadata::RunRecord> note_run(Workspace& workspace, metadata::RunId run, const std::string& note);
// A pinned run, or artifact, is kept by collect_garbage with all that it needs.
Result<metadata::RunRecord> pin_run(Workspace& workspace, metadata::RunId run, bool pinned);
Result<metadata::ArtifactRecord> pin_artifact(Workspace& workspace, const metadata::ArtifactRecord& artifact,
                                              bool pinned);

}  // namespace stepcache::workspace
