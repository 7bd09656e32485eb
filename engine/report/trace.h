#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/pipeline.h"
#include "report/console.h"
#include "result/result.h"
#include "scheduler/scheduler.h"

namespace stepcache::report {

// What --trace FILE writes: Chrome's trace format (complete events, in microseconds), to be opened in Perfetto or
// chrome://tracing. Off, it costs a test of a flag per event. Times are monotonic nanoseconds; not thread-safe.
class Trace {
 public:
  // On when the options name a file.
  explicit Trace(const OutputOptions& options);

  bool on() const { return on_; }
  static std::int64_t now();

  // A part of the command as such: "open workspace", "define pipeline".
  void phase(std::string_view name, std::int64_t begin_ns, std::int64_t end_ns);
  // After each event of a run. Cached steps take the time since the event before.
  void take(const pipeline::Pipeline& pipeline, const scheduler::Event& event, const scheduler::StepResult& step);

  std::string json() const;
  // Writes the file. Errors: io, with the path.
  Result<void> write() const;

 private:
  struct Span {
    std::string name, category, status;
    std::int64_t begin_ns = 0, end_ns = 0;
    std::uint32_t lane = 0;
  };
  struct Open {
    pipeline::StepId step;
    std::int64_t begin_ns;
    std::uint32_t lane;
  };
  std::uint32_t free_lane() const;

  bool on_;
  std::string file_;
  std::int64_t last_ns_ = 0;
  std::vector<Open> running_;
  std::vector<Span> spans_;
};

}  // namespace stepcache::report
