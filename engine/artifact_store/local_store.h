#pragma once

#include <filesystem>
#include <memory>

#include "artifact_store/artifact_store.h"
#include "platform/clock.h"
#include "platform/file_system.h"

namespace stepcache::artifact_store {

// Objects as files `objects/ab/cdef...`, mode 0444, temporaries in `tmp/`, both under `folder`. The folders are made
// (mode 0700) when they are missing and can be made: a store on a read-only file system can be read. `files` and
// `clock` must outlive the store.
std::unique_ptr<ArtifactStore> open_local_store(const std::filesystem::path& folder, platform::FileSystem& files,
                                                platform::Clock& clock);

// The identity rule, one for objects and for user files: what was recorded counts without reading when the file's
// identity is the recorded one and its ctime was at least 2 s old when it was recorded.
bool still_verified(const metadata::ObjectRecord& recorded, const metadata::ObjectRecord& now);

}  // namespace stepcache::artifact_store
