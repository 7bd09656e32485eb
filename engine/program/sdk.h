#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "digest/digest.h"
#include "platform/file_system.h"
#include "result/result.h"

namespace stepcache::program {

// What a compiler must be told to compile and link against the C++ SDK; read from sdk.json, a JSON object:
//   schema   "stepcache.sdk/1"
//   version  the SDK's version
//   compile  list of arguments for compiling
//   link     list of arguments for linking, after the objects
//   compile_gcc  more of compile, for GCC alone; may be missing
//   linkers      an object: for bfd, lld, mold and other, more of link, before it; may be missing (or lack one)
// In arguments "${prefix}" stands for the folder two levels above that of the file, so that an SDK can be moved.
struct Sdk {
  std::filesystem::path file;
  std::string version;
  std::vector<std::string> compile_arguments;
  std::vector<std::string> compile_arguments_of_gcc;
  std::vector<std::string> link_arguments;
  std::map<std::string, std::vector<std::string>, std::less<>> link_arguments_of;  // by linker.h's names
  Digest digest;                                                                   // of sdk.json's bytes
};

// Where sdk.json is: `from_environment` (of STEPCACHE_SDK: the file, or the folder that holds it), else lib/stepcache/
// beside the folder of `running_program` (bin/), both installed and in a build tree. Errors: not_found (and what to
// install).
Result<std::filesystem::path> find_sdk(platform::FileSystem& files, const std::optional<std::string>& from_environment,
                                       const std::filesystem::path& running_program);

// Errors: not_found, io, invalid_argument (no SDK description), unsupported_format (one of another version).
Result<Sdk> read_sdk(platform::FileSystem& files, const std::filesystem::path& file);

}  // namespace stepcache::program
