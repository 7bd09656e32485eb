#include <exception>
#include <utility>

#include "execution/executor.h"
#include "execution/step_log.h"

namespace stepcache::execution {
namespace {

class InProcessExecutor final : public Executor {
 public:
  InProcessExecutor(BodyOf body_of, platform::Clock& clock) : body_of_(std::move(body_of)), clock_(clock) {}

  std::size_t capacity() const override { return 1; }

  Result<void> start(Attempt attempt) override {
    if (attempt_) {
      return fail(ErrorCode::internal, "more attempts were started than the executor has room for", attempt.step_name);
    }
    attempt_ = std::move(attempt);
    cancelled_ = false;
    return {};
  }

  std::optional<Outcome> wait(std::chrono::milliseconds) override {
    if (!attempt_) return std::nullopt;
    const Attempt attempt = *std::exchange(attempt_, std::nullopt);
    Outcome outcome;
    outcome.attempt = attempt.id;
    outcome.started_ns = clock_.wall_ns();
    if (cancelled_) {
      outcome.outputs = fail(ErrorCode::cancelled, "the step was stopped before it began", attempt.step_name);
      return outcome;
    }
    const std::int64_t started_ns = clock_.monotonic_ns();
    outcome.outputs = run_logged(attempt, outcome.metrics);
    outcome.duration_ns = clock_.monotonic_ns() - started_ns;
    return outcome;
  }

  void cancel_all() override { cancelled_ = true; }

 private:
  Result<std::vector<StagedBytes>> run_logged(const Attempt& attempt, std::vector<metadata::Metric>& metrics) {
    if (attempt.log_file.empty()) return run(attempt, metrics);
    STEPCACHE_TRY(log_.begin(attempt.log_file));
    auto outputs = run(attempt, metrics);
    log_.end();
    return outputs;
  }

  // Bodies do not throw; one that does must not take the scheduler with it.
  Result<std::vector<StagedBytes>> run(const Attempt& attempt, std::vector<metadata::Metric>& metrics) {
    try {
      return body_of_(attempt.step).run(attempt, metrics);
    } catch (const std::exception& error) {
      return fail(ErrorCode::step_failed, error.what(), attempt.step_name);
    } catch (...) {
      return fail(ErrorCode::step_failed, "it threw something that is no std::exception", attempt.step_name);
    }
  }

  BodyOf body_of_;
  platform::Clock& clock_;
  std::optional<Attempt> attempt_;
  bool cancelled_ = false;
  StepLog log_;
};

}  // namespace

std::unique_ptr<Executor> make_in_process_executor(BodyOf body_of, platform::Clock& clock) {
  return std::make_unique<InProcessExecutor>(std::move(body_of), clock);
}

}  // namespace stepcache::execution
