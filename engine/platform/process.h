#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "result/result.h"

namespace stepcache::platform {

// The running program's own file, by the kernel's word and never by argv[0]. When that file was replaced or removed
// since this process began: /proc/self/exe, which still reads (and runs) as the program that is running. Errors: io.
Result<std::filesystem::path> program_path();
// Value of an environment variable, or nothing when it is not set. Not to be called while another thread changes the
// environment.
std::optional<std::string> environment_variable(const std::string& name);
int process_id();
// The name of the user that this process runs as; the number where there is no name.
std::string user_name();
// This boot's id (Linux: /proc/sys/kernel/random/boot_id); empty where there is none.
std::string boot_id();

struct Command {
  std::vector<std::string> arguments;  // [0] is the program; looked up in PATH when it has no slash
  std::vector<std::pair<std::string, std::string>> environment;  // added to, or replacing, this process's variables
  std::filesystem::path working_directory;                       // empty: this process's
  std::filesystem::path standard_output;                         // empty: inherited; else a file to write anew
  std::filesystem::path standard_error;                          // may equal standard_output
};
struct ExitStatus {
  int status = 0;  // exit status, or 128 + signal
  int signal = 0;  // 0 when it exited by itself
};
// Runs a command to its end; standard input is this process's. A relative output path starts at this process's working
// directory, a relative program path with a slash at the command's. Thread-safe. Errors, whose `where` names the
// program, folder or file: not_found (no such program or working directory), io (it may not be run; no process left).
Result<ExitStatus> run_process(const Command& command);
// Replaces this process by the command (exec); C and C++ streams are flushed. Returns only with an error, as
// run_process's, and then this process is as it was.
Error replace_process(const Command& command);

}  // namespace stepcache::platform
