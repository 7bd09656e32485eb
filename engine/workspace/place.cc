#include "workspace/place.h"

#include "platform/clock.h"

namespace stepcache::workspace {

namespace fs = std::filesystem;

Result<Place> find_place(const std::string& workspace_option, const std::map<std::string, std::string>& overrides) {
  Place place;
  std::error_code error;
  place.working_directory = fs::current_path(error);
  if (error) {
    return fail(ErrorCode::io, "the working directory cannot be named (was it removed?): change to another folder",
                error.message());
  }
  platform::FileSystem& files = platform::real_file_system();
  place.folder = locate(files, workspace_option, place.working_directory);
  place.project = find_project(files, place.working_directory);
  STEPCACHE_TRY_ASSIGN(place.settings, load_settings(files, place.project, overrides));
  return place;
}

Result<Workspace> open_place(const Place& place, Access access) {
  return Workspace::open(place.folder, access, place.settings.settings);
}

Result<Workspace> open_existing(const Place& place, Access access) {
  const bool missing = !platform::real_file_system().stat(place.folder);
  return Workspace::open(place.folder, missing ? Access::read : access, place.settings.settings);
}

std::int64_t wall_time_now() { return platform::real_clock().wall_ns(); }

}  // namespace stepcache::workspace
