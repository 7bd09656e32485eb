#include "report/trace.h"

#include <algorithm>

#include "platform/clock.h"
#include "platform/file_system.h"
#include "report/json_writer.h"

namespace stepcache::report {

Trace::Trace(const OutputOptions& options)
    : on_(!options.trace.empty()), file_(options.trace.native()), last_ns_(on_ ? now() : 0) {}

std::int64_t Trace::now() { return platform::real_clock().monotonic_ns(); }

void Trace::phase(std::string_view name, std::int64_t begin_ns, std::int64_t end_ns) {
  if (!on_) return;
  spans_.push_back({std::string(name), "phase", {}, begin_ns, end_ns, 0});
  last_ns_ = std::max(last_ns_, end_ns);
}

// Steps that run at the same time lie in lanes of their own, from 1 on; 0 is the command's.
std::uint32_t Trace::free_lane() const {
  for (std::uint32_t lane = 1;; ++lane) {
    if (std::none_of(running_.begin(), running_.end(), [&](const Open& open) { return open.lane == lane; }))
      return lane;
  }
}

void Trace::take(const pipeline::Pipeline& pipeline, const scheduler::Event& event, const scheduler::StepResult& step) {
  if (!on_) return;
  const std::int64_t time = now();
  if (event.status == metadata::StepStatus::running) {
    running_.push_back({event.step, time, free_lane()});
    last_ns_ = time;
    return;
  }
  Span span{pipeline.steps[event.step].name, "step", std::string(metadata::name(event.status)), last_ns_, time, 1};
  const auto open = std::find_if(running_.begin(), running_.end(), [&](const Open& o) { return o.step == event.step; });
  if (open != running_.end()) {
    span.begin_ns = open->begin_ns;
    span.lane = open->lane;
    running_.erase(open);
  }
  if (!step.reason.text.empty()) span.status += ", because " + step.reason.text;
  spans_.push_back(std::move(span));
  last_ns_ = time;
}

std::string Trace::json() const {
  std::int64_t zero = spans_.empty() ? 0 : spans_.front().begin_ns;
  for (const Span& span : spans_) zero = std::min(zero, span.begin_ns);
  JsonWriter json(2);
  json.begin_object();
  json.key("displayTimeUnit").text("ms");
  json.key("traceEvents").begin_array();
  for (const Span& span : spans_) {
    constexpr double k_ns_per_us = 1000.0;
    json.begin_object();
    json.key("name").text(span.name);
    json.key("cat").text(span.category);
    json.key("ph").text("X");
    json.key("ts").number(static_cast<double>(span.begin_ns - zero) / k_ns_per_us);
    json.key("dur").number(static_cast<double>(span.end_ns - span.begin_ns) / k_ns_per_us);
    json.key("pid").number(std::int64_t{1});
    json.key("tid").number(static_cast<std::int64_t>(span.lane));
    if (!span.status.empty()) {
      json.key("args").begin_object();
      json.key("status").text(span.status);
      json.end_object();
    }
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.take();
}

Result<void> Trace::write() const {
  if (!on_) return {};
  constexpr std::uint32_t k_mode = 0666;
  return platform::replace_file(platform::real_file_system(), file_, as_bytes(json()), k_mode);
}

}  // namespace stepcache::report
