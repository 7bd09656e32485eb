#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "execution/attempt.h"
#include "platform/clock.h"

namespace stepcache::execution {

// Where attempts run. Used by one thread, the scheduler's. Each started attempt gives exactly one Outcome.
class Executor {
 public:
  virtual ~Executor() = default;
  // How many attempts can be under way at once, at least 1.
  virtual std::size_t capacity() const = 0;
  // Precondition: fewer than capacity() are under way.
  virtual Result<void> start(Attempt attempt) = 0;
  // Blocks until one is over, or until `timeout`; nothing when none is under way or the time is up.
  virtual std::optional<Outcome> wait(std::chrono::milliseconds timeout) = 0;
  // Asks all attempts under way to stop; their outcomes still come, as `cancelled` when they did not finish.
  virtual void cancel_all() = 0;
};

// The bodies of a pipeline's steps, by step id.
using BodyOf = std::function<StepBody&(pipeline::StepId)>;

// Runs each attempt in wait(), on the calling thread, one at a time: steps see each other's globals.
std::unique_ptr<Executor> make_in_process_executor(BodyOf body_of, platform::Clock& clock);

}  // namespace stepcache::execution
