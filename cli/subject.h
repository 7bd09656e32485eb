#pragma once

#include <string>
#include <variant>

#include "result/result.h"
#include "workspace/artifacts.h"
#include "workspace/workspace.h"

namespace stepcache::cli {

// What a command is about when it takes a RUN or an ARTIFACT.
using Subject = std::variant<metadata::RunId, metadata::ArtifactRecord>;

// A number or `latest`, `latest~N` is a run; a number of 8 and more digits that is no run's may begin a digest; all
// else is an artifact. Errors: not_found, invalid_argument.
Result<Subject> resolve_subject(workspace::Workspace& workspace, const std::string& text);

}  // namespace stepcache::cli
