#include "report/live_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/quantities.h"
#include "report/step_line.h"
#include "report/table.h"

namespace stepcache::report {

using metadata::StepStatus;

namespace {

constexpr std::size_t k_few_steps = 200;
constexpr std::size_t k_recent = 24;

// What lines are made of; the rest of a result may be large.
scheduler::StepResult light_copy(const scheduler::StepResult& result, StepStatus status) {
  scheduler::StepResult copy;
  copy.status = status;
  copy.cacheable = result.cacheable;
  copy.produced_by_run = result.produced_by_run;
  copy.duration_ns = result.duration_ns;
  copy.saved_ns = result.saved_ns;
  if (status != StepStatus::cached) {
    copy.reason = result.reason;
    copy.why_not = result.why_not;
    copy.error = result.error;
  }
  return copy;
}

}  // namespace

LiveTable::LiveTable(const Console& console, const pipeline::Pipeline& pipeline, metadata::RunId run)
    : console_(console), pipeline_(pipeline), run_(run), name_width_(name_width(pipeline)) {
  if (pipeline.steps.size() > k_few_steps) return;
  all_.resize(pipeline.steps.size());
  for (std::size_t id = 0; id < all_.size(); ++id) all_[id].step = static_cast<pipeline::StepId>(id);
}

void LiveTable::take(const scheduler::Event& event, const scheduler::StepResult& result, std::int64_t now_ns) {
  switch (event.status) {
    case StepStatus::cached:
      ++cached_;
      break;
    case StepStatus::completed:
      ++completed_;
      break;
    case StepStatus::failed:
      ++failed_;
      break;
    case StepStatus::skipped:
    case StepStatus::cancelled:
      ++skipped_;
      break;
    case StepStatus::pending:
    case StepStatus::running:
      break;
  }
  if (event.status == StepStatus::running) {
    running_.push_back({event.step, now_ns, light_copy(result, event.status)});
  } else {
    std::erase_if(running_, [&](const Row& row) { return row.step == event.step; });
  }
  if (!all_.empty()) {
    all_[event.step] = {event.step, now_ns, light_copy(result, event.status)};
    return;
  }
  if (event.status == StepStatus::running) return;
  // A hit is only counted; it makes room for what ran.
  if (event.status == StepStatus::cached || event.status == StepStatus::skipped) return;
  if (recent_.size() == k_recent) recent_.pop_front();
  recent_.push_back({event.step, now_ns, light_copy(result, event.status)});
}

std::string LiveTable::line(const Row& row, std::int64_t now_ns) const {
  std::string text = step_line(console_, pipeline_.steps[row.step].name, name_width_, row.result);
  if (row.result.status == StepStatus::running) text += "  " + duration_text(now_ns - row.since_ns);
  return text;
}

std::string LiveTable::progress(std::size_t width, std::int64_t elapsed_ns) const {
  const std::size_t total = pipeline_.steps.size();
  const std::size_t done = finished();
  std::string counts = fmt::format("{} of {}", count_text(done), count_text(total));
  if (cached_ > 0) counts += fmt::format(", {} cached", count_text(cached_));
  if (failed_ > 0) counts += ", " + console_.painted(Style::bad, fmt::format("{} failed", count_text(failed_)));
  counts += "  " + duration_text(elapsed_ns);
  constexpr std::size_t k_bar = 24;
  if (width < k_bar + 2 + 2 + display_width(counts) || total == 0) return counts;
  const std::size_t filled = k_bar * done / total;
  return fmt::format("[{}{}]  {}", std::string(filled, '#'), std::string(k_bar - filled, '.'), counts);
}

std::vector<std::string> LiveTable::lines(std::size_t width, std::size_t height, std::int64_t started_ns,
                                          std::int64_t now_ns) const {
  std::vector<std::string> out;
  if (height == 0) return out;
  const std::size_t room = height - 1;  // for the progress line
  if (!all_.empty() && all_.size() + 1 <= room) {
    out.push_back(console_.painted(Style::strong, shown(pipeline_.name)) + fmt::format("  run {}", run_));
    for (const Row& row : all_) out.push_back(line(row, now_ns));
  } else {
    // The last that finished, then what runs: newest nearest to the progress line.
    const std::size_t running = std::min(running_.size(), room);
    std::vector<const Row*> before;
    if (all_.empty()) {
      for (const Row& row : recent_) before.push_back(&row);
    } else {
      for (const Row& row : all_) {
        const bool ended = row.result.status != StepStatus::running && row.result.status != StepStatus::pending;
        if (ended && row.result.status != StepStatus::cached) before.push_back(&row);
      }
      std::stable_sort(before.begin(), before.end(),
                       [](const Row* a, const Row* b) { return a->since_ns < b->since_ns; });
    }
    const std::size_t kept = std::min(before.size(), std::min<std::size_t>(room - running, k_recent));
    for (std::size_t i = before.size() - kept; i < before.size(); ++i) out.push_back(line(*before[i], now_ns));
    for (std::size_t i = 0; i < running; ++i) out.push_back(line(running_[i], now_ns));
  }
  out.push_back(progress(width, now_ns - started_ns));
  for (std::string& text : out) {
    // A line that wrapped would be two to erase. Cutting could lose the end of a colour: those that are cut lose it
    // all.
    if (display_width(text) <= width) continue;
    std::string plain;
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '\x1b') {
        at = text.find('m', at);
        if (at == std::string::npos) break;
        continue;
      }
      plain.push_back(text[at]);
    }
    text = shortened(plain, width);
  }
  return out;
}

}  // namespace stepcache::report
