#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "workspace/settings.h"

namespace stepcache::report {

// docs/formats/config.schema.json. `folder` is the workspace, whether it is there or not.
std::string config_json(const workspace::LoadedSettings& settings, const std::filesystem::path& folder,
                        const std::filesystem::path& project);
// docs/formats/version.schema.json.
std::string version_json(std::string_view version);

}  // namespace stepcache::report
