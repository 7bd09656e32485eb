#include "execution/step_log.h"

#include <utility>

#include "platform/file_system.h"
#include "platform/unique_name.h"

namespace stepcache::execution {

StepLog::~StepLog() {
  end();
  if (!shared_file_.empty()) (void)platform::real_file_system().remove(shared_file_);
}

Result<void> StepLog::begin(const std::filesystem::path& log_file) {
  if (shared_file_.empty() || shared_file_.parent_path() != log_file.parent_path()) {
    if (!shared_file_.empty()) (void)platform::real_file_system().remove(shared_file_);
    shared_file_ = log_file.parent_path() / ("running-" + platform::unique_name() + ".log");
  }
  STEPCACHE_TRY_ASSIGN(auto capture, platform::OutputCapture::start(shared_file_));
  capture_ = std::move(capture);
  log_file_ = log_file;
  return {};
}

void StepLog::end() {
  if (!capture_) return;
  capture_.reset();
  auto& files = platform::real_file_system();
  const auto info = files.stat(shared_file_);
  if (!info || info->identity.size_bytes == 0) return;
  // Where it cannot get the step's name it stays under its own rather than into the next step's log.
  (void)files.rename(shared_file_, log_file_);
  shared_file_.clear();
}

}  // namespace stepcache::execution
