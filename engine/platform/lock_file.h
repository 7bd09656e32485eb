#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "result/result.h"

namespace stepcache::platform {

enum class LockKind : std::uint8_t { shared, exclusive };

// A held lock; destroying it releases it. The kernel releases it when the process dies.
class HeldLock {
 public:
  virtual ~HeldLock() = default;
};

// Byte-range locks in one file: open-file-description locks, which threads of one process see too. Each lock taken
// opens the file anew, so two locks of one process exclude each other. Thread-safe.
class LockFile {
 public:
  virtual ~LockFile() = default;
  // Takes the byte at `offset`; busy at once when somebody holds it. Errors: busy, io.
  virtual Result<std::unique_ptr<HeldLock>> try_lock(std::uint64_t offset, LockKind kind) = 0;
  // Waits up to `timeout` (polling), then busy.
  virtual Result<std::unique_ptr<HeldLock>> lock(std::uint64_t offset, LockKind kind,
                                                 std::chrono::milliseconds timeout) = 0;
};

// The file is created (mode 0600) when it is not there. A read-only file system gives io.
Result<std::unique_ptr<LockFile>> open_lock_file(const std::filesystem::path& path);

}  // namespace stepcache::platform
