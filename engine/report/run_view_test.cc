// What a run shows while it goes on and when it has ended.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "report/live_run.h"
#include "report/live_table.h"
#include "report/report_examples.h"
#include "report/summary.h"
#include "report/trace.h"

namespace stepcache::report {
namespace {

using namespace examples;  // NOLINT(google-build-using-namespace): the values of this very test
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string content(std::FILE* file) {
  std::fflush(file);
  EXPECT_EQ(std::fseek(file, 0, SEEK_SET), 0);
  std::string text;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text.push_back(static_cast<char>(c));
  return text;
}

struct Printed {
  std::string output, errors;
};
// What a whole run prints where there is no terminal.
Printed printed(const pipeline::Pipeline& pipeline, const workspace::RunResult& result, int verbosity = 0,
                bool json = false) {
  OutputOptions options;
  options.verbosity = verbosity;
  options.json = json;
  Streams streams;
  streams.output = std::tmpfile();
  streams.error = std::tmpfile();
  {
    Console console(options, streams);
    LiveRun live(console, pipeline, result.run);
    for (pipeline::StepId id = 0; id < result.steps.size(); ++id) {
      if (result.steps[id].status == metadata::StepStatus::completed) {
        live.show({id, metadata::StepStatus::running}, result.steps[id]);
      }
      live.show({id, result.steps[id].status}, result.steps[id]);
    }
    live.finish(result);
    print_run(console, pipeline, result);
    EXPECT_EQ(console.finish(0), 0);
  }
  Printed made{content(streams.output), content(streams.error)};
  std::fclose(streams.output);
  std::fclose(streams.error);
  return made;
}

TEST(RunView, without_a_terminal_each_step_is_a_line) {
  const Printed made = printed(boston(), second_run());
  EXPECT_EQ(made.output,
            "importer   cached     (saved 1.2 s, made by run 3)\n"
            "trainer    completed  843 ms  because enable_cache is false for this step\n"
            "evaluator  cached     (saved 120 ms, made by run 3)\n"
            "deployer   cached     (saved 60 ms, made by run 3)\n"
            "boston_housing completed: 3 of 4 steps reused, 1 ran; took 901 ms, saved 1.4 s (run 4)\n");
  EXPECT_EQ(made.errors, "");
}

TEST(RunView, failures_come_first_with_what_to_do_and_warnings_follow) {
  const Printed made = printed(hostile_pipeline(), failed_run());
  EXPECT_THAT(made.errors,
              HasSubstr("failed: std::runtime_error: line 17: expected 14 numbers, found 3\nsecond line\n"));
  EXPECT_THAT(made.errors, HasSubstr("correct it and run again; what finished is kept"));
  EXPECT_LT(made.errors.find("error: "), made.errors.find("warning: importer: "));
  EXPECT_THAT(made.output, HasSubstr("1 of 4 steps reused, 1 failed, 2 skipped"));
  EXPECT_THAT(made.output + made.errors, Not(HasSubstr("\x1b")));
}

TEST(RunView, quiet_says_nothing_of_a_run_that_went_well) {
  const Printed made = printed(boston(), second_run(), -1);
  EXPECT_EQ(made.output + made.errors, "");
}

TEST(RunView, json_is_one_object_and_failures_stay_on_standard_error) {
  const Printed made = printed(hostile_pipeline(), failed_run(), 0, true);
  EXPECT_EQ(nlohmann::json::parse(made.output, nullptr, false)["status"], "failed");
  EXPECT_THAT(made.errors, HasSubstr("line 17"));
}

TEST(RunView, verbose_names_every_output) {
  EXPECT_THAT(printed(boston(), second_run(), 1).output, HasSubstr(digest_of("model").short_hex()));
}

struct Many {
  explicit Many(std::size_t count) {
    pipeline.name = "many";
    for (std::size_t i = 0; i < count; ++i) pipeline.steps.push_back(step("step" + std::to_string(i), {}));
    result.run = 9;
    result.pipeline = "many";
    result.steps.assign(count, cached(3, k_ms, {}));
    result.steps[7] = completed(9, k_ms, {cache::ReasonCode::code_changed, "code changed"}, {});
  }
  pipeline::Pipeline pipeline;
  workspace::RunResult result;
};

TEST(RunView, of_many_steps_the_cached_ones_are_only_counted) {
  const Many many(1000);
  EXPECT_EQ(printed(many.pipeline, many.result).output,
            "step7    completed  1 ms  because code changed\n"
            "many completed: 999 of 1,000 steps reused, 1 ran; took 0 ms, saved 0 ms (run 9)\n");
  EXPECT_THAT(printed(many.pipeline, many.result, 1).output, HasSubstr("step8    cached"));
}

TEST(LiveTable, shows_every_step_of_a_small_pipeline) {
  const Console console = silent_console();
  const pipeline::Pipeline pipeline = boston();
  const workspace::RunResult result = second_run();
  LiveTable table(console, pipeline, 4);
  table.take({0, metadata::StepStatus::cached}, result.steps[0], 0);
  table.take({1, metadata::StepStatus::running}, result.steps[1], 1 * k_s);
  EXPECT_THAT(table.lines(100, 20, 0, 3 * k_s),
              ElementsAre("boston_housing  run 4", "importer   cached     (saved 1.2 s, made by run 3)",
                          "trainer    running  2.0 s", "evaluator  pending", "deployer   pending",
                          "[######..................]  1 of 4, 1 cached  3.0 s"));
}

TEST(LiveTable, fits_any_terminal) {
  const Console console = silent_console(0, true);
  const Many many(1000);
  LiveTable table(console, many.pipeline, 9);
  for (pipeline::StepId id = 0; id < 500; ++id) {
    table.take({id, metadata::StepStatus::running}, many.result.steps[7], id);
    if (id != 400) table.take({id, metadata::StepStatus::completed}, many.result.steps[7], id);
  }
  for (const std::size_t width : {10U, 20U, 33U, 120U}) {
    for (const std::size_t height : {1U, 2U, 3U, 10U, 100U}) {
      const auto lines = table.lines(width, height, 0, k_s);
      EXPECT_LE(lines.size(), height);
      std::string all;
      for (const std::string& line : lines) {
        all += line;
        std::size_t columns = 0;
        for (std::size_t at = 0; at < line.size(); ++at) {
          if (line[at] == '\x1b') {
            at = line.find('m', at);
          } else {
            ++columns;
          }
        }
        EXPECT_LE(columns, width);
      }
      if (height > 1 && width > 10) {
        EXPECT_THAT(all, HasSubstr("step400")) << "what runs is shown before what ended";
      }
    }
  }
}

// A terminal of which only what is needed works: line feed, carriage return, cursor up, clear to the end.
std::string screen_of(const std::string& bytes) {
  std::vector<std::string> lines(1);
  std::size_t row = 0;
  std::size_t column = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (bytes[at] == '\n') {
      if (++row == lines.size()) lines.emplace_back();
      column = 0;
    } else if (bytes[at] == '\r') {
      column = 0;
    } else if (bytes[at] == '\x1b') {
      const std::size_t end = bytes.find_first_of("AJm", at);
      if (bytes[end] == 'A') row -= std::stoul(bytes.substr(at + 2, end - at - 2));
      if (bytes[end] == 'J') {
        lines.resize(row + 1);
        lines[row].resize(column);
      }
      at = end;
    } else {
      lines[row].resize(std::max(lines[row].size(), column), ' ');
      lines[row].replace(column, 1, 1, bytes[at]);
      ++column;
    }
  }
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// Runs `body` in a process whose standard streams are a terminal; gives all that came there.
template <class Body>
std::string on_terminal(Body body, int& status) {
  int terminal = -1;
  winsize size{};
  size.ws_row = 24;
  size.ws_col = 44;
  const pid_t child = ::forkpty(&terminal, nullptr, nullptr, &size);
  if (child == 0) {
    ::setenv("TERM", "xterm", 1);
    ::unsetenv("NO_COLOR");
    body();
    std::fflush(stdout);
    ::_exit(0);
  }
  std::string bytes;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::read(terminal, buffer, sizeof buffer)) > 0;) {
    bytes.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(terminal);
  ::waitpid(child, &status, 0);
  return bytes;
}

TEST(LiveRun, on_a_terminal_redraws_in_place_and_leaves_what_steps_printed_and_the_last_state) {
  int status = 0;
  const std::string bytes = on_terminal(
      [] {
        const pipeline::Pipeline pipeline = boston();
        const workspace::RunResult result = second_run();
        Console console{OutputOptions{}};
        LiveRun live(console, pipeline, 4);
        live.show({0, metadata::StepStatus::cached}, result.steps[0]);
        live.show({1, metadata::StepStatus::running}, result.steps[1]);
        std::printf("loading\n");
        std::fflush(stdout);  // this stream has been the test's own before
        std::fprintf(stderr, "half a ");
        ::usleep(350'000);  // the table is drawn meanwhile
        std::fprintf(stderr, "line\n");
        ::write(STDOUT_FILENO, "raw\n", 4);
        ::usleep(250'000);
        live.show({1, metadata::StepStatus::completed}, result.steps[1]);
        live.show({2, metadata::StepStatus::cached}, result.steps[2]);
        live.show({3, metadata::StepStatus::cached}, result.steps[3]);
        std::printf("no newline at the end");
        live.finish(result);
        print_run(console, pipeline, result);
        (void)console.finish(0);
      },
      status);
  EXPECT_EQ(status, 0);
  EXPECT_THAT(bytes, HasSubstr("running"));
  EXPECT_THAT(bytes, HasSubstr("importer   cached     (saved 1.2 s, made...")) << "cut to the terminal's width";
  EXPECT_THAT(bytes, HasSubstr("1 of 4"));
  const std::string screen = screen_of(bytes);
  EXPECT_EQ(screen,
            "loading\nhalf a line\nraw\nno newline at the endimporter   cached     (saved 1.2 s, made by run 3)\n"
            "trainer    completed  843 ms  because enable_cache is false for this step\n"
            "evaluator  cached     (saved 120 ms, made by run 3)\n"
            "deployer   cached     (saved 60 ms, made by run 3)\n"
            "boston_housing completed: 3 of 4 steps reused, 1 ran; took 901 ms, saved 1.4 s (run 4)\n\n");
  EXPECT_THAT(bytes, Not(HasSubstr("\x1b[?25l"))) << "the cursor stays as it was";
}

TEST(LiveRun, a_step_that_prints_much_is_not_kept_waiting_and_loses_nothing) {
  int status = 0;
  constexpr int k_lines = 200'000;
  const std::string bytes = on_terminal(
      [] {
        const pipeline::Pipeline pipeline = boston();
        Console console{OutputOptions{}};
        LiveRun live(console, pipeline, 4);
        live.show({1, metadata::StepStatus::running}, second_run().steps[1]);
        for (int i = 0; i < k_lines; ++i) std::printf("line %d\n", i);
        live.finish(second_run());
      },
      status);
  EXPECT_EQ(status, 0);
  std::size_t at = 0;
  for (int i = 0; i < k_lines; i += 997) {
    at = bytes.find("line " + std::to_string(i) + "\r\n", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

TEST(LiveRun, what_a_step_said_before_it_crashed_reaches_the_terminal) {
  int status = 0;
  const std::string bytes = on_terminal(
      [] {
        const pipeline::Pipeline pipeline = boston();
        Console console{OutputOptions{}};
        const LiveRun live(console, pipeline, 4);
        std::fprintf(stderr, "assertion failed: x > 0\n");
        std::abort();
      },
      status);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
  EXPECT_THAT(bytes, HasSubstr("assertion failed: x > 0"));
}

TEST(Trace, is_off_without_a_file_and_complete_events_with_one) {
  Trace off{OutputOptions{}};
  EXPECT_FALSE(off.on());
  off.phase("open workspace", 0, 1);
  EXPECT_EQ(nlohmann::json::parse(off.json())["traceEvents"].size(), 0U);

  OutputOptions options;
  options.trace = "trace.json";
  Trace trace(options);
  const pipeline::Pipeline pipeline = hostile_pipeline();
  const std::int64_t begin = Trace::now();
  trace.phase("open workspace", begin, Trace::now());
  trace.take(pipeline, {1, metadata::StepStatus::running}, failed_run().steps[1]);
  trace.take(pipeline, {0, metadata::StepStatus::running}, second_run().steps[0]);
  trace.take(pipeline, {0, metadata::StepStatus::completed}, second_run().steps[0]);
  trace.take(pipeline, {1, metadata::StepStatus::failed}, failed_run().steps[1]);
  const auto events = nlohmann::json::parse(trace.json())["traceEvents"];
  ASSERT_EQ(events.size(), 3U);
  for (const auto& event : events) {
    EXPECT_EQ(event["ph"], "X");
    EXPECT_GE(event["ts"].get<double>(), 0);
    EXPECT_GE(event["dur"].get<double>(), 0);
  }
  EXPECT_NE(events[1]["tid"], events[2]["tid"]) << "steps that ran at the same time lie side by side";
}

}  // namespace
}  // namespace stepcache::report
