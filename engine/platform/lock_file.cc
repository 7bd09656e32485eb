#include "platform/lock_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <system_error>
#include <thread>
#include <utility>

#include "platform/descriptor.h"
#include "platform/system_error.h"

namespace stepcache::platform {
namespace {

// The lock belongs to the open file description: closing the only descriptor of it gives the lock back.
class RealHeldLock final : public HeldLock {
 public:
  explicit RealHeldLock(Descriptor file) : file_(std::move(file)) {}

 private:
  Descriptor file_;
};

class RealLockFile final : public LockFile {
 public:
  explicit RealLockFile(std::filesystem::path name) : name_(std::move(name)) {}

  Result<std::unique_ptr<HeldLock>> try_lock(std::uint64_t offset, LockKind kind) override {
    if (offset > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max() - 1)) {
      return fail(ErrorCode::io, "cannot lock: the offset is out of range", name_.native());
    }
    // Not created again here: those who hold locks in a file that was removed would not be seen.
    Descriptor file(retry_interrupted([&] { return ::open(name_.c_str(), O_RDWR | O_CLOEXEC | O_NOCTTY); }));
    if (!file) return fail(refused(errno));
    struct flock range{};
    range.l_type = kind == LockKind::shared ? F_RDLCK : F_WRLCK;
    range.l_whence = SEEK_SET;
    range.l_start = static_cast<off_t>(offset);
    range.l_len = 1;
    if (retry_interrupted([&] { return ::fcntl(file.get(), F_OFD_SETLK, &range); }) != 0) {
      if (errno == EAGAIN || errno == EACCES) {
        return fail(ErrorCode::busy, "the lock is held by somebody else", name_.native());
      }
      return fail(refused(errno));
    }
    return std::make_unique<RealHeldLock>(std::move(file));
  }

  Result<std::unique_ptr<HeldLock>> lock(std::uint64_t offset, LockKind kind,
                                         std::chrono::milliseconds timeout) override {
    using std::chrono::milliseconds;
    constexpr milliseconds k_longest_pause{50};
    const auto start = std::chrono::steady_clock::now();
    milliseconds pause{1};
    while (true) {
      auto held = try_lock(offset, kind);
      if (held || held.error().code != ErrorCode::busy) return held;
      // In milliseconds: the longest timeout does not fit into nanoseconds.
      const auto waited = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
      if (waited >= timeout) return held;
      std::this_thread::sleep_for(std::min(pause, timeout - waited));
      pause = std::min(pause * 2, k_longest_pause);
    }
  }

 private:
  Error refused(int error_number) const {
    Error error = system_error(error_number, "lock", name_);
    error.code = ErrorCode::io;
    return error;
  }

  std::filesystem::path name_;
};

}  // namespace

Result<std::unique_ptr<LockFile>> open_lock_file(const std::filesystem::path& path) {
  // Absolute: the file is opened again for each lock, and the working directory may change in between.
  std::error_code code;
  auto name = std::filesystem::absolute(path, code);
  if (code) return fail(system_error(code.value(), "find the working directory for", path));
  constexpr mode_t k_mode = 0600;
  const Descriptor file(
      retry_interrupted([&] { return ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, k_mode); }));
  if (!file) return fail(system_error(errno, "open the lock file", name));
  return std::make_unique<RealLockFile>(std::move(name));
}

}  // namespace stepcache::platform
