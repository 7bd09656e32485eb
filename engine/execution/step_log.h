#pragma once

#include <filesystem>
#include <optional>

#include "platform/output_capture.h"
#include "result/result.h"

namespace stepcache::execution {

// Sends what this process prints to the log of the step that is running. A step that prints nothing leaves no log.
// Making a file for each of many quiet steps would cost more than the steps: they share one, which gets a step's name
// only when there is something in it. Not thread-safe; one at a time in a process.
class StepLog {
 public:
  StepLog() = default;
  ~StepLog();  // removes the shared file
  StepLog(const StepLog&) = delete;
  StepLog& operator=(const StepLog&) = delete;

  // From now on to `log_file`, whose folder is there. Errors: those of platform::OutputCapture::start.
  Result<void> begin(const std::filesystem::path& log_file);
  // Output goes where it went before.
  void end();

 private:
  std::filesystem::path log_file_;
  std::filesystem::path shared_file_;  // beside log_file_
  std::optional<platform::OutputCapture> capture_;
};

}  // namespace stepcache::execution
