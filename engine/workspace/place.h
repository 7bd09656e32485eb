#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "workspace/settings.h"
#include "workspace/workspace.h"

namespace stepcache::workspace {

// Where a command works, found from its options, the environment and the working directory. Nothing is opened or made.
struct Place {
  std::filesystem::path working_directory;
  std::filesystem::path folder;   // of the workspace, there or not
  std::filesystem::path project;  // of the working directory
  LoadedSettings settings;
};

// `workspace_option` is --workspace's value, empty when it was not given; `overrides` are settings of the command line.
// Errors: invalid_argument (a bad setting), io (the working directory is gone).
Result<Place> find_place(const std::string& workspace_option, const std::map<std::string, std::string>& overrides = {});

// As Workspace::open.
Result<Workspace> open_place(const Place& place, Access access);
// The same, but a workspace that is not there is not made for writing either: not_found.
Result<Workspace> open_existing(const Place& place, Access access);

// Wall time, nanoseconds since 1970-01-01 UTC: what the ages that a surface prints are counted from.
std::int64_t wall_time_now();

}  // namespace stepcache::workspace
