#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "platform/file_system.h"
#include "result/result.h"

namespace stepcache::workspace {

// What can be set, from the weakest origin to the strongest: default, the user's config.toml, the project's
// stepcache.toml ([settings]), STEPCACHE_* in the environment, the command line.
struct Settings {
  bool enable_cache = true;                // default of every pipeline
  bool fail_fast = false;                  // stop at the first failed step
  std::string color = "auto";              // auto, always, never
  std::uint64_t keep_runs = 0;             // default of `gc --keep-runs`; 0: all
  std::string library_identity = "build";  // build, soname: what libraries that are not the project's count by
  std::int64_t busy_timeout_ms = 10'000;   // how long to wait for others who hold the database
};

// One setting, with its value and where that came from, as `stepcache config` shows it.
struct SettingOrigin {
  std::string name;
  std::string value;
  std::string origin;  // "default", "environment STEPCACHE_COLOR", "command line", or the file
  std::string help;
};

struct LoadedSettings {
  Settings settings;
  std::vector<SettingOrigin> origins;  // every setting, by name
};

// Reads all origins. `overrides` are the command line's. Errors: invalid_argument (an unknown name, with the nearest
// one; a value of the wrong type; a file that is not TOML, with line and column).
Result<LoadedSettings> load_settings(platform::FileSystem& files, const std::filesystem::path& project,
                                     const std::map<std::string, std::string>& overrides);

// The project that a folder is in: the nearest folder upward with stepcache.toml, else the one that holds `.stepcache`,
// else `start`.
std::filesystem::path find_project(platform::FileSystem& files, const std::filesystem::path& start);

}  // namespace stepcache::workspace
