#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "digest/digest.h"
#include "digest/sha256.h"

namespace stepcache::execution {

// SHA-256 over a stream of bytes; large blocks are hashed by a thread of its own while the caller does something else
// with the same memory. Used by one thread. The thread starts with the first large block and ends with the hasher.
class BlockHasher {
 public:
  // Hashed on the caller's thread. No block is under way.
  void update(Bytes bytes) { hasher_.update(bytes); }
  // Begins to hash a block; its memory stays as it is until wait() returned. No block is under way.
  void begin(Bytes block);
  // Returns when the block is hashed.
  void wait();
  Digest finish() { return hasher_.finish(); }

 private:
  void work(const std::stop_token& stop);

  Sha256 hasher_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<Bytes> block_;          // guarded by mutex_; there while it is being hashed
  std::optional<std::jthread> thread_;  // last: it ends before what it uses
};

}  // namespace stepcache::execution
