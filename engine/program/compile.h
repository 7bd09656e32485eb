#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "platform/clock.h"
#include "platform/file_system.h"
#include "platform/lock_file.h"
#include "program/sdk.h"
#include "result/result.h"

namespace stepcache::program {

struct CompileContext {
  platform::FileSystem& files;  // the operating system's own: compilers write to no other
  platform::Clock& clock;
  platform::LockFile& locks;
  std::uint64_t lock_offset = 0;  // held exclusively while compiling
  std::chrono::milliseconds lock_timeout{600'000};
  std::filesystem::path folder;  // <workspace>/programs; made when it is not there
  Sdk sdk;
  std::string compiler;     // as CXX: compiler_from_environment()
  std::string search_path;  // as PATH
};

struct CompiledProgram {
  std::filesystem::path path;                   // absolute; may be replaced by a later build, never rewritten in place
  std::vector<std::filesystem::path> compiled;  // the sources that were compiled now; none: nothing had changed
  bool linked = false;                          // linked now
  std::string reason;                           // what had changed, for people; empty when nothing had
};

// Compiles `source` (the file with main()) and the C++ sources among `extra_arguments` (what the user wrote after "--":
// flags, libraries, more sources; relative to the working directory) and links them with the SDK, each with
//   CXX -std=c++20 -O2 <SDK's, for this compiler> -fmacro-prefix-map=<folder of source>/= <the user's>
// and, for linking, what the SDK has for the linker that the compiler starts,
// into a folder of context.folder whose name depends on the absolute path of the source and the arguments.
//
// A source is compiled again exactly when it, a header that it read (system headers too), an argument, the compiler
// (its files or its `--version`), a variable that compilers heed (CPATH, ...) or sdk.json has changed, by content; the
// program is linked again when an object came out different or a library that the linker read has changed. Touching,
// moving away and back, or reverting changes nothing. Not seen: a header that appears where an earlier search found
// none. Several processes at once compile once; the others wait. An interrupted build leaves nothing that looks
// current.
//
// The compiler's messages go to standard error. Errors: invalid_argument (naming the source that does not compile, or
// does not link, or the argument), not_found (source, file or compiler), cancelled (the compiler was stopped by a
// signal from the terminal), busy (others compile for longer than the timeout), io.
Result<CompiledProgram> compile_program(const CompileContext& context, const std::filesystem::path& source,
                                        const std::vector<std::string>& extra_arguments);

}  // namespace stepcache::program
