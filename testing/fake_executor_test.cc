#include "testing/fake_executor.h"

#include <gtest/gtest.h>

#include <set>

namespace stepcache::testing {
namespace {

using execution::Attempt;
using std::chrono::milliseconds;

Attempt attempt_of(std::uint64_t id, const std::string& step) {
  Attempt attempt;
  attempt.id = id;
  attempt.step_name = step;
  return attempt;
}

class FakeExecutorTest : public ::testing::Test {
 protected:
  FakeExecutor executor(std::size_t capacity, std::uint64_t seed = 0) {
    return FakeExecutor(
        clock_,
        [this](const Attempt& attempt) -> Result<std::vector<execution::StagedBytes>> {
          ++worked_;
          if (attempt.step_name == "broken") return fail(ErrorCode::step_failed, "it threw", attempt.step_name);
          return std::vector<execution::StagedBytes>(attempt.id);
        },
        capacity, seed);
  }

  ManualClock clock_;
  int worked_ = 0;
};

TEST_F(FakeExecutorTest, GivesOneOutcomeForEachStart) {
  auto fake = executor(1);
  EXPECT_EQ(fake.wait(milliseconds(5)), std::nullopt) << "nothing is under way";
  ASSERT_TRUE(fake.start(attempt_of(2, "a")));
  EXPECT_EQ(worked_, 0) << "not before it finishes";
  const auto outcome = fake.wait(milliseconds::max());
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->attempt, 2U);
  EXPECT_EQ(outcome->outputs.value().size(), 2U);
  EXPECT_EQ(outcome->started_ns, ManualClock::k_start_ns);
  EXPECT_EQ(outcome->duration_ns, 1'000'000);
  EXPECT_EQ(fake.wait(milliseconds(5)), std::nullopt);
  EXPECT_EQ(fake.started(), std::vector<std::string>{"a"});
  EXPECT_EQ(fake.times_started("a"), 1U);
  EXPECT_EQ(fake.times_started("b"), 0U);
}

TEST_F(FakeExecutorTest, PassesOnFailuresAndMetrics) {
  auto fake = executor(1);
  fake.set_metrics("broken", {{"loss", 0.5}});
  ASSERT_TRUE(fake.start(attempt_of(1, "broken")));
  const auto outcome = fake.wait(milliseconds(1));
  EXPECT_EQ(outcome->outputs.error().message, "it threw");
  ASSERT_EQ(outcome->metrics.size(), 1U);
  EXPECT_EQ(outcome->metrics[0].name, "loss");
}

TEST_F(FakeExecutorTest, HoldsToItsCapacity) {
  auto fake = executor(2);
  EXPECT_EQ(fake.capacity(), 2U);
  ASSERT_TRUE(fake.start(attempt_of(1, "a")));
  ASSERT_TRUE(fake.start(attempt_of(2, "b")));
  EXPECT_EQ(fake.start(attempt_of(3, "c")).error().code, ErrorCode::internal);
  EXPECT_EQ(fake.most_under_way(), 2U);
  EXPECT_EQ(fake.times_started("c"), 0U);
}

TEST_F(FakeExecutorTest, FinishesInEveryOrderThatSeedsCanDraw) {
  std::set<std::vector<std::string>> orders;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    auto fake = executor(3, seed);
    for (const char* step : {"a", "b", "c"}) ASSERT_TRUE(fake.start(attempt_of(1, step)));
    while (fake.wait(milliseconds(1))) {
    }
    EXPECT_EQ(fake.started(), (std::vector<std::string>{"a", "b", "c"}));
    orders.insert(fake.finished());
  }
  EXPECT_EQ(orders.size(), 6U);
}

TEST_F(FakeExecutorTest, CancelsWhatIsUnderWayAndRunsNoneOfIt) {
  auto fake = executor(2);
  ASSERT_TRUE(fake.start(attempt_of(1, "a")));
  ASSERT_TRUE(fake.start(attempt_of(2, "b")));
  fake.cancel_all();
  EXPECT_TRUE(fake.was_cancelled());
  for (int i = 0; i < 2; ++i) {
    const auto outcome = fake.wait(milliseconds(1));
    ASSERT_TRUE(outcome) << "each outcome still comes";
    EXPECT_EQ(outcome->outputs.error().code, ErrorCode::cancelled);
  }
  EXPECT_EQ(worked_, 0);
  EXPECT_TRUE(fake.finished().empty());
}

TEST_F(FakeExecutorTest, CanBeSlowOrRefuse) {
  auto fake = executor(1);
  fake.fail_next_start({ErrorCode::io, "no process left", ""});
  EXPECT_EQ(fake.start(attempt_of(1, "a")).error().message, "no process left");
  ASSERT_TRUE(fake.start(attempt_of(1, "a")));
  fake.set_idle_waits(1);
  EXPECT_EQ(fake.wait(milliseconds(20)), std::nullopt);
  EXPECT_EQ(clock_.monotonic_ns(), 20'000'000);
  EXPECT_TRUE(fake.wait(milliseconds(20)));
}

}  // namespace
}  // namespace stepcache::testing
