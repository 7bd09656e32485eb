#include "execution/block_hasher.h"

#include <system_error>

namespace stepcache::execution {

void BlockHasher::begin(Bytes block) {
  if (!thread_) {
    try {
      thread_.emplace([this](const std::stop_token& stop) { work(stop); });
    } catch (const std::system_error&) {
      // No thread to be had: slower, and as right.
      hasher_.update(block);
      return;
    }
  }
  {
    const std::lock_guard lock(mutex_);
    block_ = block;
  }
  changed_.notify_all();
}

void BlockHasher::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !block_; });
}

void BlockHasher::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return block_.has_value(); })) {
    const Bytes block = *block_;
    lock.unlock();
    hasher_.update(block);
    lock.lock();
    block_.reset();
    changed_.notify_all();
  }
}

}  // namespace stepcache::execution
