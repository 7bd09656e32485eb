#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "platform/file_system.h"
#include "program/tracked_file.h"
#include "result/result.h"

namespace stepcache::program {

// Which compiler it is: each file of its command (a launcher such as ccache, then the compiler) and what it says of
// itself.
struct CompilerIdentity {
  std::vector<TrackedFile> files;
  std::string version;
};

struct Compiler {
  std::vector<std::string> command;  // [0] is an absolute path
  CompilerIdentity identity;
};

// Finds `command` (as in CXX: words, or the path of one program that may hold spaces) through `search_path` (as in
// PATH). The text of `--version` is asked for only when `known` does not tell it: when the compiler is a program that
// is known by its content. A script or a launcher says nothing about the compiler behind it, and is asked every time.
// `scratch` is a file to write to. Errors: not_found (and what to install), io.
Result<Compiler> find_compiler(platform::FileSystem& files, const std::string& command, const std::string& search_path,
                               const CompilerIdentity& known, std::int64_t now_ns,
                               const std::filesystem::path& scratch);

// CXX, else c++.
std::string compiler_from_environment();

}  // namespace stepcache::program
