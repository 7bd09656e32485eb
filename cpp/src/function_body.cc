#include "cpp/src/function_body.h"

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

void add_metric(std::string_view name, double value) {
  if (t_metrics != nullptr) t_metrics->push_back({std::string(name), value});
}

}  // namespace

Result<std::vector<execution::StagedBytes>> FunctionBody::run(const execution::Attempt& attempt,
                                                              std::vector<metadata::Metric>& metrics) {
  const MetricsScope scope(metrics);
  AttemptCall call(attempt, type_, files_);
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
