#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "digest/sha256.h"
#include "execution/executor.h"
#include "testing/manual_clock.h"

// What every Executor promises. An implementation runs it with
//   INSTANTIATE_TEST_SUITE_P(InProcess, ExecutorSuite, ::testing::Values(MakeExecutor(make_my_executor)));
// Bodies may run in another process: a test sees of them what their outcomes say.
namespace stepcache::execution {

using MakeExecutor = std::function<std::unique_ptr<Executor>(BodyOf, platform::Clock&)>;
using RunBody = std::function<Result<std::vector<StagedBytes>>(const Attempt&, std::vector<metadata::Metric>&)>;

inline StagedBytes staged_text(const std::string& text) { return {sha256(text), text.size(), text, {}, {}, false}; }

class ExecutorSuite : public ::testing::TestWithParam<MakeExecutor> {
 public:
  enum : pipeline::StepId { k_echo, k_measuring, k_failing, k_throwing, k_throwing_a_number, k_endless };

  class Body final : public StepBody {
   public:
    explicit Body(RunBody run) : run_(std::move(run)) {}
    Result<std::vector<StagedBytes>> run(const Attempt& attempt, std::vector<metadata::Metric>& metrics) override {
      return run_(attempt, metrics);
    }

   private:
    RunBody run_;
  };

  ExecutorSuite() {
    using Outputs = Result<std::vector<StagedBytes>>;
    add(k_echo, [](const Attempt& attempt, auto&) -> Outputs {
      std::vector<StagedBytes> outputs;
      outputs.reserve(attempt.inputs.size());
      for (const InputValue& input : attempt.inputs) {
        outputs.push_back(staged_text(std::get<pipeline::Value>(input).to_text()));
      }
      return outputs;
    });
    add(k_measuring, [](const Attempt&, std::vector<metadata::Metric>& metrics) -> Outputs {
      metrics = {{"loss", 0.25}, {"loss", 0.125}};
      return Outputs();
    });
    add(k_failing, [](const Attempt& attempt, std::vector<metadata::Metric>& metrics) -> Outputs {
      metrics = {{"rows", 3}};
      return fail(ErrorCode::step_failed, "the table is empty", attempt.step_name);
    });
    add(k_throwing, [](const Attempt&, auto&) -> Outputs { throw std::runtime_error("no such column"); });
    add(k_throwing_a_number, [](const Attempt&, auto&) -> Outputs { throw 7; });
    add(k_endless, [](const Attempt&, auto&) -> Outputs {
      std::this_thread::sleep_for(std::chrono::seconds(60));
      return Outputs();
    });
    executor = GetParam()([this](pipeline::StepId step) -> StepBody& { return *bodies_.at(step); }, clock);
  }

  Attempt attempt(pipeline::StepId step, std::vector<InputValue> inputs = {}) {
    Attempt made;
    made.id = ++last_id_;
    made.step = step;
    made.step_name = "step " + std::to_string(made.id);
    made.inputs = std::move(inputs);
    return made;
  }
  // Starts one and waits for it alone.
  Outcome outcome_of(pipeline::StepId step, std::vector<InputValue> inputs = {}) {
    EXPECT_TRUE(executor->start(attempt(step, std::move(inputs))));
    auto outcome = executor->wait(std::chrono::minutes(1));
    EXPECT_TRUE(outcome);
    return outcome ? std::move(*outcome) : Outcome();
  }
  static std::string text_of(const StagedBytes& bytes) { return std::get<std::string>(bytes.where); }

  testing::ManualClock clock;
  std::unique_ptr<Executor> executor;

 private:
  void add(pipeline::StepId step, RunBody run) { bodies_[step] = std::make_unique<Body>(std::move(run)); }

  std::map<pipeline::StepId, std::unique_ptr<Body>> bodies_;
  std::uint64_t last_id_ = 0;
};

TEST_P(ExecutorSuite, HasNothingToGiveBeforeSomethingStarted) {
  EXPECT_GE(executor->capacity(), 1U);
  EXPECT_FALSE(executor->wait(std::chrono::milliseconds(0)));
  EXPECT_FALSE(executor->wait(std::chrono::minutes(10)));
}

TEST_P(ExecutorSuite, GivesInputsToTheBodyAndItsOutputsBack) {
  const Outcome outcome = outcome_of(k_echo, {pipeline::Value(3), pipeline::Value("b")});
  ASSERT_TRUE(outcome.outputs) << to_string(outcome.outputs.error());
  ASSERT_EQ(outcome.outputs->size(), 2U);
  EXPECT_EQ(text_of((*outcome.outputs)[0]), "3");
  EXPECT_EQ(text_of((*outcome.outputs)[1]), "\"b\"");
  EXPECT_EQ((*outcome.outputs)[1].digest, sha256("\"b\""));
}

TEST_P(ExecutorSuite, GivesOneOutcomeForEachStartAndNoMore) {
  constexpr std::uint64_t k_attempts = 40;
  std::set<std::uint64_t> under_way;
  std::uint64_t started = 0;
  while (started < k_attempts || !under_way.empty()) {
    while (started < k_attempts && under_way.size() < executor->capacity()) {
      ++started;
      Attempt next = attempt(started % 3 == 0 ? k_failing : k_echo);
      ASSERT_TRUE(under_way.insert(next.id).second);
      ASSERT_TRUE(executor->start(std::move(next)));
    }
    const auto outcome = executor->wait(std::chrono::minutes(1));
    ASSERT_TRUE(outcome);
    ASSERT_EQ(under_way.erase(outcome->attempt), 1U) << outcome->attempt;
  }
  EXPECT_FALSE(executor->wait(std::chrono::milliseconds(0)));
}

TEST_P(ExecutorSuite, RefusesWhatItHasNoRoomFor) {
  std::set<std::uint64_t> under_way;
  for (std::size_t i = 0; i < executor->capacity(); ++i) {
    Attempt next = attempt(k_echo);
    under_way.insert(next.id);
    ASSERT_TRUE(executor->start(std::move(next)));
  }
  const auto refused = executor->start(attempt(k_echo));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::internal);
  while (!under_way.empty()) {
    const auto outcome = executor->wait(std::chrono::minutes(1));
    ASSERT_TRUE(outcome);
    ASSERT_EQ(under_way.erase(outcome->attempt), 1U);
  }
  EXPECT_FALSE(executor->wait(std::chrono::milliseconds(0)));
}

TEST_P(ExecutorSuite, PassesOnWhyABodyFailed) {
  const Outcome outcome = outcome_of(k_failing);
  ASSERT_FALSE(outcome.outputs);
  EXPECT_EQ(outcome.outputs.error(), (Error{ErrorCode::step_failed, "the table is empty", "step 1"}));
}

TEST_P(ExecutorSuite, SurvivesABodyThatThrows) {
  const Outcome thrown = outcome_of(k_throwing);
  ASSERT_FALSE(thrown.outputs);
  EXPECT_EQ(thrown.outputs.error(), (Error{ErrorCode::step_failed, "no such column", "step 1"}));
  const Outcome number = outcome_of(k_throwing_a_number);
  ASSERT_FALSE(number.outputs);
  EXPECT_EQ(number.outputs.error().code, ErrorCode::step_failed);
  EXPECT_EQ(number.outputs.error().where, "step 2");
  EXPECT_TRUE(outcome_of(k_echo).outputs);
}

TEST_P(ExecutorSuite, BringsMetricsInTheirOrderAlsoOfAFailedStep) {
  const Outcome outcome = outcome_of(k_measuring);
  ASSERT_EQ(outcome.metrics.size(), 2U);
  EXPECT_EQ(outcome.metrics[0].name, "loss");
  EXPECT_EQ(outcome.metrics[0].value, 0.25);
  EXPECT_EQ(outcome.metrics[1].value, 0.125);
  ASSERT_EQ(outcome_of(k_failing).metrics.size(), 1U);
  EXPECT_TRUE(outcome_of(k_echo).metrics.empty());
}

TEST_P(ExecutorSuite, TakesTimesFromTheClock) {
  constexpr std::chrono::milliseconds k_step{3};
  constexpr std::int64_t k_step_ns = std::chrono::nanoseconds(k_step).count();
  const std::int64_t before_ns = clock.wall_ns();
  clock.set_step(k_step);
  const Outcome outcome = outcome_of(k_echo);
  clock.set_step({});
  EXPECT_GE(outcome.started_ns, before_ns);
  EXPECT_LT(outcome.started_ns, clock.wall_ns());
  EXPECT_GE(outcome.duration_ns, k_step_ns);
  EXPECT_EQ(outcome.duration_ns % k_step_ns, 0);
}

TEST_P(ExecutorSuite, CancelsAllThatIsUnderWay) {
  for (std::size_t i = 0; i < executor->capacity(); ++i) ASSERT_TRUE(executor->start(attempt(k_endless)));
  executor->cancel_all();
  for (std::size_t i = 0; i < executor->capacity(); ++i) {
    const auto outcome = executor->wait(std::chrono::minutes(1));
    ASSERT_TRUE(outcome);
    ASSERT_FALSE(outcome->outputs);
    EXPECT_EQ(outcome->outputs.error().code, ErrorCode::cancelled);
    EXPECT_FALSE(outcome->outputs.error().where.empty());
  }
  EXPECT_FALSE(executor->wait(std::chrono::milliseconds(0)));
}

TEST_P(ExecutorSuite, RunsWhatIsStartedAfterACancel) {
  executor->cancel_all();
  EXPECT_TRUE(outcome_of(k_echo).outputs);
}

}  // namespace stepcache::execution
