#pragma once

#include <filesystem>
#include <string_view>

#include "result/error.h"

namespace stepcache::platform {

// The Error for an errno value: not_found for ENOENT and ENOTDIR, io for all others. The message is "cannot <action>: "
// and the system's text, with what to do where that is known (full disk, quota, permission, read-only file system, too
// many open files); `where` is the path.
Error system_error(int error_number, std::string_view action, const std::filesystem::path& path);

}  // namespace stepcache::platform
