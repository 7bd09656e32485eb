#include "platform/output_capture.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <iostream>
#include <utility>

#include "platform/descriptor.h"
#include "platform/system_error.h"

namespace stepcache::platform {
namespace {

// Descriptors 1 and 2 belong to the process, and so does the right to turn them.
std::atomic<bool> capture_alive{false};

constexpr int k_first_free = 3;  // a saved copy never takes the place of a standard descriptor that is closed

void flush_streams() {
  std::cout.flush();
  std::clog.flush();
  std::cerr.flush();
  std::fflush(nullptr);
}

int save(int descriptor) { return ::fcntl(descriptor, F_DUPFD_CLOEXEC, k_first_free); }

void put_back(int saved, int descriptor) {
  if (saved < 0) {
    ::close(descriptor);
    return;
  }
  (void)retry_interrupted([&] { return ::dup2(saved, descriptor); });
  ::close(saved);
}

}  // namespace

Result<OutputCapture> OutputCapture::start(const std::filesystem::path& path) {
  if (capture_alive.exchange(true)) {
    return fail(ErrorCode::busy, "what this process prints goes to another log already", path.native());
  }
  constexpr mode_t k_mode = 0600;
  const int opened = retry_interrupted(
      [&] { return ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, k_mode); });
  const int open_error = errno;
  // Beyond the standard descriptors: were 1 closed, the log could get its number, and then be taken for what to put
  // back.
  const Descriptor file(opened >= 0 && opened < k_first_free ? save(opened) : opened);
  if (opened >= 0 && opened < k_first_free) ::close(opened);
  if (!file) {
    capture_alive = false;
    return fail(system_error(opened < 0 ? open_error : errno, "open the log", path));
  }
  flush_streams();
  OutputCapture capture(save(STDOUT_FILENO), save(STDERR_FILENO));
  if (retry_interrupted([&] { return ::dup2(file.get(), STDOUT_FILENO); }) < 0 ||
      retry_interrupted([&] { return ::dup2(file.get(), STDERR_FILENO); }) < 0) {
    return fail(system_error(errno, "write what is printed to the log", path));
  }
  return capture;
}

void OutputCapture::stop() {
  if (!std::exchange(active_, false)) return;
  flush_streams();
  put_back(saved_output_, STDOUT_FILENO);
  put_back(saved_error_, STDERR_FILENO);
  capture_alive = false;
}

OutputCapture::~OutputCapture() { stop(); }

OutputCapture::OutputCapture(OutputCapture&& other) noexcept
    : active_(std::exchange(other.active_, false)),
      saved_output_(other.saved_output_),
      saved_error_(other.saved_error_) {}

OutputCapture& OutputCapture::operator=(OutputCapture&& other) noexcept {
  if (this != &other) {
    stop();
    active_ = std::exchange(other.active_, false);
    saved_output_ = other.saved_output_;
    saved_error_ = other.saved_error_;
  }
  return *this;
}

}  // namespace stepcache::platform
