#pragma once

#include <filesystem>

#include "result/result.h"

namespace stepcache::platform {

// While alive, file descriptors 1 and 2 of this process write to `path` (appended; made with mode 0600 when missing),
// so that what a step prints, from C, C++ or a child process, lands in its log; destroying it puts them back. C and C++
// streams are flushed on both ends. Process-wide, so one at a time.
class OutputCapture {
 public:
  // Errors: not_found (no such folder), io, busy (another one is alive); after an error nothing is captured.
  static Result<OutputCapture> start(const std::filesystem::path& path);
  ~OutputCapture();
  OutputCapture(OutputCapture&&) noexcept;
  OutputCapture& operator=(OutputCapture&&) noexcept;

 private:
  OutputCapture(int saved_output, int saved_error)
      : active_(true), saved_output_(saved_output), saved_error_(saved_error) {}
  void stop();

  bool active_ = false;
  int saved_output_ = -1;  // copies of descriptors 1 and 2; -1: it was closed
  int saved_error_ = -1;
};

}  // namespace stepcache::platform
