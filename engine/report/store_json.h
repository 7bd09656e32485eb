#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "workspace/artifacts.h"
#include "workspace/collect_garbage.h"
#include "workspace/verify.h"

namespace stepcache::report {

// docs/formats/artifacts.schema.json.
std::string artifacts_json(const std::vector<workspace::ListedArtifact>& artifacts);
// docs/formats/cat.schema.json: an artifact with its readable form.
std::string cat_json(const metadata::ArtifactRecord& artifact, std::string_view preview);
// docs/formats/verify.schema.json.
std::string verify_json(const workspace::VerifyResult& result);
// docs/formats/gc.schema.json.
std::string gc_json(const workspace::GarbageResult& result);

}  // namespace stepcache::report
