#pragma once

#include <memory>

#include "workspace/workspace.h"

namespace stepcache::workspace {

// What a Workspace holds. `files` and `clock` outlive it; `locks` is null for readers.
struct Workspace::Parts {
  std::filesystem::path folder;
  std::filesystem::path project;
  Settings settings;
  platform::FileSystem* files = nullptr;
  platform::Clock* clock = nullptr;
  std::unique_ptr<metadata::MetadataStore> metadata;
  std::unique_ptr<artifact_store::ArtifactStore> artifacts;
  std::unique_ptr<platform::LockFile> locks;
};

}  // namespace stepcache::workspace
