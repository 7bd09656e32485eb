#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

#include "execution/executor.h"
#include "execution/executor_suite.h"
#include "platform/file_system.h"
#include "testing/temporary_folder.h"

namespace stepcache::execution {

INSTANTIATE_TEST_SUITE_P(InProcess, ExecutorSuite, ::testing::Values(MakeExecutor(make_in_process_executor)));

namespace {

// A body that does what the test says, and counts.
class CountingBody final : public StepBody {
 public:
  Result<std::vector<StagedBytes>> run(const Attempt&, std::vector<metadata::Metric>&) override {
    ++runs;
    thread = std::this_thread::get_id();
    if (act) act();
    return std::vector<StagedBytes>{};
  }

  int runs = 0;
  std::thread::id thread;
  std::function<void()> act;
};

class InProcessExecutor : public ::testing::Test {
 public:
  std::optional<Outcome> run(const std::filesystem::path& log_file = {}) {
    Attempt attempt;
    attempt.id = 1;
    attempt.step_name = "a step";
    attempt.log_file = log_file;
    EXPECT_TRUE(executor->start(std::move(attempt)));
    return executor->wait(std::chrono::milliseconds(0));
  }
  static std::string content(const std::filesystem::path& name) {
    return platform::read_whole(platform::real_file_system(), name).value_or("(no file)");
  }
  std::vector<std::string> logs() const { return platform::real_file_system().list(folder.path()).value(); }

  testing::TemporaryFolder folder;
  testing::ManualClock clock;
  CountingBody body;
  std::unique_ptr<Executor> executor =
      make_in_process_executor([this](pipeline::StepId) -> StepBody& { return body; }, clock);
};

TEST_F(InProcessExecutor, RunsABodyInWaitOnTheCallersThread) {
  ASSERT_TRUE(executor->start(Attempt()));
  EXPECT_EQ(body.runs, 0);
  EXPECT_TRUE(executor->wait(std::chrono::milliseconds(0)));
  EXPECT_EQ(body.runs, 1);
  EXPECT_EQ(body.thread, std::this_thread::get_id());
  EXPECT_EQ(executor->capacity(), 1U);
}

TEST_F(InProcessExecutor, DoesNotRunWhatWasCancelledBefore) {
  ASSERT_TRUE(executor->start(Attempt()));
  executor->cancel_all();
  const auto outcome = executor->wait(std::chrono::milliseconds(0));
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(outcome->outputs);
  EXPECT_EQ(outcome->duration_ns, 0);
  EXPECT_EQ(body.runs, 0);
}

TEST_F(InProcessExecutor, SendsWhatAStepPrintsToItsLogAndNoFurther) {
  body.act = [] {
    std::cout << "from C++, not flushed";
    std::fputs(", from C", stdout);
    std::cerr << ", an error" << std::endl;
  };
  ::testing::internal::CaptureStdout();
  ASSERT_TRUE(run(folder.path() / "one.log"));
  body.act = [] { std::cout << "two\n"; };
  ASSERT_TRUE(run(folder.path() / "two.log"));
  std::cout << "after";
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "after");
  const std::string one = content(folder.path() / "one.log");
  EXPECT_NE(one.find("from C++, not flushed"), std::string::npos) << one;
  EXPECT_NE(one.find(", from C"), std::string::npos) << one;
  EXPECT_NE(one.find(", an error"), std::string::npos) << one;
  EXPECT_EQ(content(folder.path() / "two.log"), "two\n");
}

TEST_F(InProcessExecutor, LeavesNoLogOfAStepThatPrintedNothing) {
  for (const char* log : {"one.log", "two.log", "three.log"}) ASSERT_TRUE(run(folder.path() / log));
  EXPECT_LE(logs().size(), 1U);
  executor.reset();
  EXPECT_TRUE(logs().empty());
}

TEST_F(InProcessExecutor, KeepsTheLogOfAStepThatThrew) {
  body.act = [] {
    std::cout << "so far\n";
    throw std::runtime_error("no further");
  };
  const auto outcome = run(folder.path() / "thrown.log");
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->outputs.error().message, "no further");
  EXPECT_EQ(content(folder.path() / "thrown.log"), "so far\n");
}

TEST_F(InProcessExecutor, DoesNotRunAStepWhoseLogCannotBeWritten) {
  const auto outcome = run(folder.path() / "missing" / "one.log");
  ASSERT_TRUE(outcome);
  ASSERT_FALSE(outcome->outputs);
  EXPECT_EQ(body.runs, 0);
}

}  // namespace
}  // namespace stepcache::execution
