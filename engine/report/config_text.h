#pragma once

#include <filesystem>
#include <string>

#include "report/console.h"
#include "workspace/settings.h"

namespace stepcache::report {

// Every setting with its value and where that came from; with -v what it is for.
std::string config_text(const Console& console, const workspace::LoadedSettings& settings,
                        const std::filesystem::path& folder, const std::filesystem::path& project);

}  // namespace stepcache::report
