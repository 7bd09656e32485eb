#include "report/live_run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "platform/clock.h"
#include "report/live_table.h"
#include "report/passed_output.h"
#include "report/quantities.h"
#include "report/step_line.h"
#include "report/table.h"

namespace stepcache::report {

using metadata::StepStatus;

namespace {

constexpr std::size_t k_many_steps = 50;
constexpr std::int64_t k_frame_ns = 100'000'000;

void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(descriptor, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
}

}  // namespace

// The table on the terminal and the thread that draws it.
struct LiveRun::Screen {
  Screen(const Console& console, const pipeline::Pipeline& pipeline, metadata::RunId run, PassedOutput passed)
      : table(console, pipeline, run), output(std::move(passed)) {
    if (::pipe2(wake.data(), O_CLOEXEC) != 0) wake = {-1, -1};
    thread = std::jthread([this](const std::stop_token& stop) { draw_until(stop); });
  }
  ~Screen() {
    // What is printed from here on is behind the last line that the thread passes on.
    output.put_back();
    thread.request_stop();
    if (wake[1] >= 0) write_all(wake[1], "x");
    thread.join();
    for (const int descriptor : wake) {
      if (descriptor >= 0) ::close(descriptor);
    }
  }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  // Reads what there is of what steps printed; false at the end of the pipe.
  bool read_printed() {
    constexpr std::size_t k_piece = 1U << 16U;
    std::array<char, k_piece> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
    while (true) {
      const ssize_t got = ::read(output.reader(), buffer.data(), buffer.size());
      if (got == 0) return false;
      if (got < 0) {
        if (errno == EINTR) continue;
        return errno == EAGAIN;
      }
      printed.append(buffer.data(), static_cast<std::size_t>(got));
      if (printed.size() > k_piece * 4) return true;  // draw before reading on
    }
  }

  // One write: takes the table away, passes whole lines on (at the end also the beginning of one), and draws it again
  // below.
  void draw(bool with_table, bool at_end = false) {
    std::string frame;
    if (drawn > 0) frame = fmt::format("\x1b[{}A\r\x1b[J", drawn);
    const std::size_t end = at_end ? printed.size() : printed.rfind('\n') + 1;  // npos + 1 is 0
    frame.append(printed, 0, end);
    printed.erase(0, end);
    drawn = 0;
    if (with_table) {
      const PassedOutput::Size size = output.terminal_size();
      const auto width = static_cast<std::size_t>(std::max(size.columns - 1, 10));
      const auto height = static_cast<std::size_t>(std::max(size.rows - 2, 2));
      std::vector<std::string> lines;
      {
        const std::scoped_lock lock(mutex);
        lines = table.lines(width, height, started_ns, platform::real_clock().monotonic_ns());
      }
      if (!printed.empty()) {
        // A line without its end yet, as a progress bar's: shown, and shown again when it has grown.
        const std::size_t at = printed.find_last_of('\r', printed.size() - 2);
        const std::string partial = printed.substr(at == std::string::npos ? 0 : at + 1);
        frame += shortened(shown(partial), width) + '\n';
        ++drawn;
      }
      for (const std::string& line : lines) {
        frame += line;
        frame.push_back('\n');
        ++drawn;
      }
    }
    write_all(output.terminal(), frame);
  }

  // How much of what steps printed waits in the pipe.
  std::size_t waiting() const {
    int bytes = 0;
    return ::ioctl(output.reader(), FIONREAD, &bytes) == 0 && bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
  }

  void draw_until(const std::stop_token& stop) {
    // What is printed stays in the pipe until a frame is due, for from there it is saved when the process crashes; but
    // who prints much must not be kept waiting by a full pipe.
    constexpr int k_look_ms = 20;
    constexpr std::size_t k_much = 1U << 15U;
    std::int64_t due = started_ns + k_frame_ns;
    while (!stop.stop_requested()) {
      pollfd wait{wake[0], POLLIN, 0};
      ::poll(&wait, 1, k_look_ms);
      const std::int64_t now = platform::real_clock().monotonic_ns();
      if (now >= due) {
        read_printed();
        draw(true);
        due = now + k_frame_ns;
      } else if (waiting() > k_much) {
        read_printed();
        draw(drawn > 0);
      }
    }
    while (read_printed() && printed.size() > k_much) draw(false);
    draw(false, true);
  }

  std::mutex mutex;
  LiveTable table;  // under the mutex
  PassedOutput output;
  std::int64_t started_ns = platform::real_clock().monotonic_ns();
  std::string printed;    // by steps, not passed on yet
  std::size_t drawn = 0;  // lines of the table that are on the terminal, above the cursor
  std::array<int, 2> wake{};
  std::jthread thread;
};

LiveRun::LiveRun(Console& console, const pipeline::Pipeline& pipeline, metadata::RunId run)
    : console_(console), pipeline_(pipeline), hide_cached_(pipeline.steps.size() > k_many_steps && !console.verbose()) {
  if (console.json() || console.quiet()) return;
  name_width_ = name_width(pipeline);
  if (!console.live()) return;
  console.flush();
  if (auto passed = PassedOutput::start()) {
    screen_ = std::make_unique<Screen>(console, pipeline, run, std::move(*passed));
  }
}

LiveRun::~LiveRun() = default;

void LiveRun::show(const scheduler::Event& event, const scheduler::StepResult& step) {
  if (screen_) {
    const std::int64_t now = event.status == StepStatus::cached ? 0 : platform::real_clock().monotonic_ns();
    const std::scoped_lock lock(screen_->mutex);
    screen_->table.take(event, step, now);
    return;
  }
  if (event.status == StepStatus::cached && hide_cached_) return;
  show_line(event, step);
}

void LiveRun::show_line(const scheduler::Event& event, const scheduler::StepResult& step) {
  if (console_.json() || console_.quiet() || event.status == StepStatus::running ||
      event.status == StepStatus::pending) {
    return;
  }
  const pipeline::Step& shape = pipeline_.steps[event.step];
  std::string text = step_line(console_, shape.name, name_width_, step) + '\n';
  if (console_.verbose()) text += output_lines(shape, step);
  console_.tell(text);
  console_.flush();
}

void LiveRun::finish(const workspace::RunResult& result) {
  if (!screen_) return;
  screen_.reset();
  // The same lines that are printed where there is no terminal.
  std::size_t shown_lines_count = 0;
  std::size_t left_out = 0;
  constexpr std::size_t k_most_lines = 100;
  for (std::size_t id = 0; id < result.steps.size(); ++id) {
    const scheduler::StepResult& step = result.steps[id];
    if (step.status == StepStatus::cached && hide_cached_) continue;
    if (shown_lines_count == k_most_lines && !console_.verbose()) {
      ++left_out;
      continue;
    }
    ++shown_lines_count;
    show_line({static_cast<pipeline::StepId>(id), step.status}, step);
  }
  if (left_out > 0) {
    console_.tell(
        fmt::format("... and {} more: `stepcache show {}` lists them\n", counted(left_out, "step"), result.run));
  }
}

}  // namespace stepcache::report
