#pragma once

#include <mutex>

namespace stepcache::detail {

// Tells whether the thread that runs the pipeline is within a step's own code just now, and can hold it there: then
// nobody uses the engine, and another thread may end the run in its place. Thread-safe.
class StepGate {
 public:
  // Around a step's own code.
  void enter() {
    const std::lock_guard lock(mutex_);
    inside_ = true;
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    inside_ = false;
  }

  // From another thread: calls `end` while a step is inside and cannot leave; false when none is.
  template <class End>
  bool hold(End end) {
    const std::lock_guard lock(mutex_);
    if (inside_) end();
    return inside_;
  }

 private:
  std::mutex mutex_;
  bool inside_ = false;
};

}  // namespace stepcache::detail
