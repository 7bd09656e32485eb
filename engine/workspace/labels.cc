#include "workspace/labels.h"

namespace stepcache::workspace {
namespace {

Result<metadata::RunRecord> keep_labels(Workspace& workspace, metadata::RunRecord run) {
  STEPCACHE_TRY(workspace.metadata().set_run_labels(run.id, run.tags, run.note, run.pinned));
  return run;
}

}  // namespace

Result<metadata::RunRecord> tag_run(Workspace& workspace, metadata::RunId run, const std::vector<std::string>& tags,
                                    bool remove) {
  STEPCACHE_TRY_ASSIGN(auto record, workspace.metadata().run(run));
  for (const std::string& tag : tags) {
    std::erase(record.tags, tag);
    if (!remove) record.tags.push_back(tag);
  }
  return keep_labels(workspace, std::move(record));
}

Result<metadata::RunRecord> note_run(Workspace& workspace, metadata::RunId run, const std::string& note) {
  STEPCACHE_TRY_ASSIGN(auto record, workspace.metadata().run(run));
  record.note = note;
  return keep_labels(workspace, std::move(record));
}

Result<metadata::RunRecord> pin_run(Workspace& workspace, metadata::RunId run, bool pinned) {
  STEPCACHE_TRY_ASSIGN(auto record, workspace.metadata().run(run));
  record.pinned = pinned;
  return keep_labels(workspace, std::move(record));
}

Result<metadata::ArtifactRecord> pin_artifact(Workspace& workspace, const metadata::ArtifactRecord& artifact,
                                              bool pinned) {
  STEPCACHE_TRY(workspace.metadata().set_artifact_pinned(artifact.digest, pinned));
  return workspace.metadata().artifact(artifact.digest);
}

}  // namespace stepcache::workspace
