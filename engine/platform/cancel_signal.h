#pragma once

#include <functional>
#include <memory>

namespace stepcache::platform {

// From its construction to its end, Ctrl-C (SIGINT) and SIGTERM set `requested()` and, when no step can be stopped
// otherwise, `on_grace_expired` is called, once, from a watching thread: `grace_ms` after the first signal or at the
// second, whichever comes first. The end restores the handlers that were there before and waits for a call under way,
// so the callback must not destroy this object. System calls of other threads are restarted, not interrupted (poll and
// sleep excepted). A forked child has the handlers but no watching thread: `requested()` works, nothing is called.
// Process-wide, so one at a time: a second one alive is a mistake in the program, and aborts it.
class CancelSignal {
 public:
  CancelSignal(int grace_ms, std::function<void()> on_grace_expired);
  ~CancelSignal();
  CancelSignal(const CancelSignal&) = delete;
  CancelSignal& operator=(const CancelSignal&) = delete;
  // Whether a signal came. Thread-safe, cheap, never goes back.
  bool requested() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace stepcache::platform
