#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "platform/file_system.h"
#include "result/result.h"

namespace stepcache::program {

// What the user adds after "--" in `stepcache run pipeline.cpp -- -Iinclude -lz more.cpp`, by where it goes.
struct UserArguments {
  std::vector<std::filesystem::path> sources;     // absolute
  std::vector<std::string> compile;               // for each source
  std::vector<std::string> link;                  // after the objects, in their order
  std::vector<std::filesystem::path> link_files;  // libraries and objects named by path, absolute
  bool relative = false;                          // some argument means something else in another working directory
};

// Sorts arguments. Errors, naming the argument: invalid_argument (an option that Stepcache sets itself: -o, -c, -S, -E,
// -M..., -x, -shared; an option without its value; a file that is neither C++ source nor a library or object),
// not_found (a file that is not there).
Result<UserArguments> sort_arguments(platform::FileSystem& files, const std::vector<std::string>& arguments);

}  // namespace stepcache::program
