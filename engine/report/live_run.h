#pragma once

#include <memory>

#include "pipeline/pipeline.h"
#include "report/console.h"
#include "scheduler/scheduler.h"
#include "workspace/run_pipeline.h"

namespace stepcache::report {

// Shows a run while it goes on.
//   LiveRun live(console, pipeline, session.run());
//   while (auto event = session.next()) live.show(*event, session.step(event->step));
//   live.finish(result);
// On a terminal: a table of the steps with status and time and a progress line, redrawn in place 10 times a
// second (more often only while steps print a lot) by a thread of its own, so that time goes on while a step blocks; it
// appears when a run takes longer than a tenth of a second. What steps print meanwhile appears above it. Elsewhere: one
// line for each step that finished; with more than 50 steps those that were cached are only counted. Under -q and
// --json: nothing. From its construction to finish() (or its end) it owns the process's standard output.
class LiveRun {
 public:
  // `console` and `pipeline` must outlive it.
  LiveRun(Console& console, const pipeline::Pipeline& pipeline, metadata::RunId run);
  ~LiveRun();
  LiveRun(const LiveRun&) = delete;
  LiveRun& operator=(const LiveRun&) = delete;

  // After each event.
  void show(const scheduler::Event& event, const scheduler::StepResult& step);
  // Takes the table away and leaves its last state as lines. Once.
  void finish(const workspace::RunResult& result);

 private:
  struct Screen;
  void show_line(const scheduler::Event& event, const scheduler::StepResult& step);

  Console& console_;
  const pipeline::Pipeline& pipeline_;
  std::size_t name_width_ = 0;
  bool hide_cached_;
  std::unique_ptr<Screen> screen_;  // on a terminal only
};

}  // namespace stepcache::report
