#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "metadata/records.h"
#include "workspace/workspace.h"

namespace stepcache::workspace {

// A digest prefix of 8 or more digits, or "[RUN/]STEP[.OUTPUT]". Errors: not_found, invalid_argument (ambiguous: names
// the candidates).
Result<metadata::ArtifactRecord> resolve_artifact(Workspace& workspace, std::string_view text);

struct ArtifactFilter {
  std::string type;         // empty: all
  std::size_t limit = 100;  // newest executions first
};
struct ListedArtifact {
  metadata::ArtifactRecord artifact;  // without content
  metadata::ExecutionId execution = 0;
  metadata::RunId run = 0;
  std::string step, port;
};
Result<std::vector<ListedArtifact>> list_artifacts(Workspace& workspace, const ArtifactFilter& filter);

// All bytes of an artifact, checked. Errors: damaged, not_found.
Result<std::string> read_artifact(Workspace& workspace, const metadata::ArtifactRecord& artifact);
// Readable form, by type: JSON, array head, tree table, text.
Result<std::string> preview_artifact(Workspace& workspace, const metadata::ArtifactRecord& artifact);

}  // namespace stepcache::workspace
