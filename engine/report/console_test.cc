#include "report/console.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <memory>
#include <string>

namespace stepcache::report {
namespace {

std::string content(std::FILE* file) {
  std::fflush(file);
  EXPECT_EQ(std::fseek(file, 0, SEEK_SET), 0);
  std::string text;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text.push_back(static_cast<char>(c));
  return text;
}

struct Files {
  Files() { streams = {output, error, false, false, false, false}; }
  ~Files() {
    std::fclose(output);
    std::fclose(error);
  }
  std::FILE* output = std::tmpfile();
  std::FILE* error = std::tmpfile();
  Streams streams;
};

TEST(Console, json_leaves_nothing_but_the_answer_on_standard_output) {
  const Files files;
  OutputOptions options;
  options.json = true;
  Console console(options, files.streams);
  console.tell("progress\n");
  console.warn("a warning");
  console.print("{}\n");
  EXPECT_EQ(console.finish(0), 0);
  EXPECT_EQ(content(files.output), "{}\n");
  EXPECT_EQ(content(files.error), "warning: a warning\n");
}

TEST(Console, quiet_keeps_the_answer_and_the_diagnostics) {
  const Files files;
  OutputOptions options;
  options.verbosity = -1;
  Console console(options, files.streams);
  console.tell("progress\n");
  console.debug("detail");
  console.print("answer\n");
  console.complain("trouble");
  EXPECT_EQ(console.finish(3), 3);
  EXPECT_EQ(content(files.output), "answer\n");
  EXPECT_EQ(content(files.error), "error: trouble\n");
}

TEST(Console, colours_follow_the_setting_then_no_color_then_the_terminal) {
  Files files;
  const auto is_colored = [&](const char* setting, bool terminal, bool no_color, bool json = false) {
    OutputOptions options;
    options.color = setting;
    options.json = json;
    Streams streams = files.streams;
    streams.output_is_terminal = terminal;
    streams.no_color = no_color;
    return Console(options, streams).painted(Style::bad, "x") != "x";
  };
  EXPECT_TRUE(is_colored("auto", true, false));
  EXPECT_FALSE(is_colored("auto", true, true));
  EXPECT_FALSE(is_colored("auto", false, false));
  EXPECT_TRUE(is_colored("always", false, true));
  EXPECT_FALSE(is_colored("never", true, false));
  EXPECT_FALSE(is_colored("always", true, false, true));
}

TEST(Console, an_error_is_an_object_under_json_and_a_line_otherwise) {
  const Files files;
  const Error error{ErrorCode::damaged, "unreadable", "metadata.db"};
  {
    Console console({}, files.streams);
    EXPECT_EQ(console.finish(report_error(console, error)), 3);
  }
  EXPECT_EQ(content(files.error), "error: metadata.db: unreadable\n");
  EXPECT_EQ(content(files.output), "");
  OutputOptions options;
  options.json = true;
  Console console(options, files.streams);
  EXPECT_EQ(console.finish(report_error(console, error)), 3);
  EXPECT_NE(content(files.output).find("stepcache.error/1"), std::string::npos);
}

TEST(Console, a_full_disk_is_said_and_gives_status_1) {
  Files files;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> full(std::fopen("/dev/full", "w"), &std::fclose);
  ASSERT_NE(full, nullptr);
  files.streams.output = full.get();
  Console console({}, files.streams);
  console.print("an answer\n");
  EXPECT_EQ(console.finish(0), 1);
  EXPECT_NE(content(files.error).find("No space left"), std::string::npos);
}

TEST(Console, a_reader_that_went_away_ends_output_quietly) {
  Files files;
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  ::close(ends[0]);
  std::FILE* pipe = ::fdopen(ends[1], "w");
  files.streams.output = pipe;
  Console console({}, files.streams);
  console.print(std::string(1U << 20U, 'x'));
  console.print("more\n");
  EXPECT_EQ(console.finish(0), 0);
  EXPECT_EQ(content(files.error), "");
  std::fclose(pipe);
}

TEST(Console, leaves_the_programs_own_handling_of_a_broken_pipe_as_it_was) {
  sigset_t before;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
  const Files files;
  Console console({}, files.streams);
  console.print("x");
  console.flush();
  sigset_t after;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &after);
  EXPECT_EQ(::sigismember(&before, SIGPIPE), ::sigismember(&after, SIGPIPE));
}

}  // namespace
}  // namespace stepcache::report
