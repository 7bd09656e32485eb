#include "cpp/src/function_body.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "cpp/src/attempt_call.h"
#include "stepcache/metric.h"

namespace stepcache::detail {
namespace {

// Where log_metric puts its numbers: the attempt that runs on this thread.
thread_local std::vector<metadata::Metric>* t_metrics = nullptr;

class MetricsScope {
 public:
  explicit MetricsScope(std::vector<metadata::Metric>& metrics) : before_(t_metrics) { t_metrics = &metrics; }
  ~MetricsScope() { t_metrics = before_; }
  MetricsScope(const MetricsScope&) = delete;
  MetricsScope& operator=(const MetricsScope&) = delete;

 private:
  std::vector<metadata::Metric>* before_;
};

// The step whose own code runs now, for a step that ends the program.
std::atomic<const char*> running_step{nullptr};

// A program that a step ends by exit() has not done what it was asked for, and must not look as if it had.
void refuse_to_exit_within_a_step() {
  const char* const step = running_step.load();
  if (step == nullptr) return;
  std::fprintf(stderr, "error: step %s ended the program by exit(): return from it instead, or throw\n", step);
  std::fflush(stderr);
  std::_Exit(exit_status(ErrorCode::step_failed));
}

class RunningStep {
 public:
  explicit RunningStep(const char* name) {
    static const bool k_watched =
        std::atexit(refuse_to_exit_within_a_step) == 0 && std::at_quick_exit(refuse_to_exit_within_a_step) == 0;
    (void)k_watched;
    running_step.store(name);
  }
  ~RunningStep() { running_step.store(nullptr); }
  RunningStep(const RunningStep&) = delete;
  RunningStep& operator=(const RunningStep&) = delete;
};

void add_metric(std::string_view name, double value) {
  if (t_metrics != nullptr) t_metrics->push_back({std::string(name), value});
}

}  // namespace

Result<std::vector<execution::StagedBytes>> FunctionBody::run(const execution::Attempt& attempt,
                                                              std::vector<metadata::Metric>& metrics) {
  const MetricsScope scope(metrics);
  AttemptCall call(attempt, type_, files_);
  const RunningStep running(attempt.step_name.c_str());
  gate_.enter();
  try {
    type_.invoke(function_, call);
    gate_.leave();
  } catch (...) {
    gate_.leave();
    return fail(call.error_of_exception());
  }
  return call.finish();
}

}  // namespace stepcache::detail

namespace stepcache {

void log_metric(std::string_view name, double value) { detail::add_metric(name, value); }

}  // namespace stepcache
