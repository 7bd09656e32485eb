#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "pipeline/pipeline.h"
#include "report/console.h"
#include "scheduler/scheduler.h"

namespace stepcache::report {

// What a live view shows, as values: the states of a run's steps so far, and their picture for a terminal of any size.
// Taking in an event costs well under a microsecond: lines are made only when the picture is.
class LiveTable {
 public:
  // `pipeline` and `console` must outlive it.
  LiveTable(const Console& console, const pipeline::Pipeline& pipeline, metadata::RunId run);

  void take(const scheduler::Event& event, const scheduler::StepResult& result, std::int64_t now_ns);

  // Lines without newlines, none wider than `width`, at most `height`. Times are monotonic nanoseconds; `started_ns` is
  // when the run began.
  std::vector<std::string> lines(std::size_t width, std::size_t height, std::int64_t started_ns,
                                 std::int64_t now_ns) const;
  bool any_running() const { return !running_.empty(); }
  std::size_t finished() const { return cached_ + completed_ + failed_ + skipped_; }

 private:
  struct Row {
    pipeline::StepId step = 0;
    std::int64_t since_ns = 0;
    scheduler::StepResult result;  // without keys and outputs
  };
  std::string line(const Row& row, std::int64_t now_ns) const;
  std::string progress(std::size_t width, std::int64_t elapsed_ns) const;

  const Console& console_;
  const pipeline::Pipeline& pipeline_;
  metadata::RunId run_;
  std::size_t name_width_;
  std::vector<Row> running_;
  std::vector<Row> all_;    // by step id, when there are few steps
  std::deque<Row> recent_;  // the last that finished, when there are many
  std::size_t cached_ = 0, completed_ = 0, failed_ = 0, skipped_ = 0;
};

}  // namespace stepcache::report
