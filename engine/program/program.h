#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "platform/file_system.h"
#include "result/result.h"

// Finds, compiles and starts a pipeline's program. Nothing is loaded into this process.
namespace stepcache::program {

enum class ProgramKind : std::uint8_t {
  cpp_source = 1,  // to be compiled first: compile.h
  executable = 2,
  python = 3,
};

struct Program {
  ProgramKind kind = ProgramKind::executable;
  std::filesystem::path path;  // absolute
};

// What the user means by `given` (relative to the working directory): C++ source by its ending (.cpp, .cc, .cxx, .c++,
// .C), Python by .py, otherwise an executable: an ELF file or a script with "#!", with a permission to execute. Errors:
// not_found (no such file), invalid_argument (a folder, a header, a program without that permission, something else),
// io (it cannot be read).
Result<Program> find_program(platform::FileSystem& files, const std::filesystem::path& given);

// Replaces this process by the program with `arguments` (exec); a Python file is given to `python3`. Returns only when
// that failed: not_found (no such program, or no python3), invalid_argument (C++ source: compile it first), io.
Error start_program(const Program& program, const std::vector<std::string>& arguments);

// True for the endings of C++ source named above.
bool is_cpp_source(const std::filesystem::path& path);

// `path` made absolute by the working directory, without "." parts; ".." stays (it may follow a symbolic link).
std::filesystem::path absolute_path(const std::filesystem::path& path);

}  // namespace stepcache::program
