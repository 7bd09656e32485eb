#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "result/result.h"

namespace stepcache::platform {

// The running program's own file, by the kernel's word and never by argv[0].
Result<std::filesystem::path> program_path();
// The shared objects mapped into this process now, main program left out, absolute paths in load order.
std::vector<std::filesystem::path> loaded_libraries();
// Value of an environment variable, or nothing.
std::optional<std::string> environment_variable(const std::string& name);
int process_id();
// This boot's id (Linux: /proc/sys/kernel/random/boot_id); empty where there is none.
std::string boot_id();

struct Command {
  std::vector<std::string> arguments;  // [0] is the program; looked up in PATH when it has no slash
  std::vector<std::pair<std::string, std::string>> environment;  // added to, or replacing, this process's
  std::filesystem::path working_directory;                       // empty: this process's
  std::filesystem::path standard_output;                         // empty: inherited; else a file to write
  std::filesystem::path standard_error;                          // may equal standard_output
};
struct ExitStatus {
  int status = 0;  // exit status, or 128 + signal
  int signal = 0;  // 0 when it exited by itself
};
// Runs a command to its end. Errors: not_found (no such program), io.
Result<ExitStatus> run_process(const Command& command);
// Replaces this process by the command (exec); returns only with an error.
Error replace_process(const Command& command);

// While alive, file descriptors 1 and 2 of this process write to `path` (appended; made when missing); destroying it
// puts them back. C and C++ streams are flushed on both ends. One at a time in a process.
class OutputCapture {
 public:
  static Result<OutputCapture> start(const std::filesystem::path& path);
  ~OutputCapture();
  OutputCapture(OutputCapture&&) noexcept;
  OutputCapture& operator=(OutputCapture&&) noexcept;

 private:
  OutputCapture(int saved_output, int saved_error) : saved_output_(saved_output), saved_error_(saved_error) {}
  int saved_output_ = -1;
  int saved_error_ = -1;
};

// From its construction to its end, Ctrl-C (SIGINT) and SIGTERM set `requested()` and, when no step can be stopped
// otherwise, `on_grace_expired` is called from a watching thread `grace_ms` later or at the second signal. One at a time.
class CancelSignal {
 public:
  CancelSignal(int grace_ms, std::function<void()> on_grace_expired);
  ~CancelSignal();
  CancelSignal(const CancelSignal&) = delete;
  CancelSignal& operator=(const CancelSignal&) = delete;
  bool requested() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// True when the file descriptor is a terminal.
bool is_terminal(int file_descriptor);
// Columns of the terminal, or 80.
int terminal_width();

}  // namespace stepcache::platform
