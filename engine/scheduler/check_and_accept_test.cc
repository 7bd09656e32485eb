#include <gmock/gmock.h>

#include "scheduler/check_sample.h"
#include "scheduler/scheduler_fixture_test.h"

namespace stepcache::scheduler {
namespace {

using cache::ReasonCode;
using metadata::StepStatus;
using pipeline::OutputRef;
using pipeline::ParameterRef;
using pipeline::Value;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Names = std::vector<std::string>;

// What a World's step is signed with.
Digest signature_of(const StepModel& model) {
  return sha256(model.code + "/" + model.meaning + (model.large ? "/large" : ""));
}

TEST(CheckSample, is_a_share_of_all_keys_and_another_one_in_every_run) {
  constexpr int k_keys = 1000;
  int drawn = 0;
  std::vector<int> turns(k_keys);
  for (int run = 1; run <= 40; ++run) {
    for (int i = 0; i < k_keys; ++i) {
      const Digest key = sha256(std::to_string(i));
      const bool in = drawn_for_check(run, key, 0.2);
      EXPECT_EQ(in, drawn_for_check(run, key, 0.2));
      drawn += in ? 1 : 0;
      turns[static_cast<std::size_t>(i)] += in ? 1 : 0;
      EXPECT_FALSE(drawn_for_check(run, key, 0));
      EXPECT_TRUE(drawn_for_check(run, key, 1));
    }
  }
  EXPECT_NEAR(drawn, 8000, 400);
  EXPECT_LT(std::count(turns.begin(), turns.end(), 0), 5);
}

// source -> middle(source, epochs) -> last(middle)
class CheckAndAcceptTest : public ::testing::Test {
 public:
  CheckAndAcceptTest() {
    world.pipeline.parameters.push_back({"epochs", "int32", Value(20), {}, {}, ""});
    source = world.add("source", {Value(1)});
    middle = world.add("middle", {OutputRef{source, 0}, ParameterRef{0}});
    last = world.add("last", {OutputRef{middle, 0}});
  }
  World::Ran check(double share = 1) {
    World::Options options;
    options.check = share;
    return world.run(options);
  }
  // Declares that the step's present code gives what `before` gave.
  std::int64_t accept(pipeline::StepId id, const Digest& before) {
    metadata::Acceptance made;
    made.pipeline = world.pipeline.name;
    made.step = world.pipeline.steps[id].name;
    made.now = signature_of(world.models[id]);
    made.before = before;
    made.by = "ann";
    made.accepted_ns = 1'764'072'000'000'000'000;
    return world.metadata->add_acceptance(made).value();
  }
  std::vector<metadata::Nondeterminism> marked(const Digest& key) {
    return world.metadata->nondeterminism_of(key).value();
  }

  World world;
  pipeline::StepId source, middle, last;
};

TEST_F(CheckAndAcceptTest, ChecksEveryHitAndSaysThatItGaveTheSame) {
  const auto first = world.run();
  const auto second = check();
  EXPECT_EQ(second.started, (Names{"source", "middle", "last"}));
  for (const StepResult& step : second.steps) {
    EXPECT_EQ(step.status, StepStatus::completed);
    EXPECT_EQ(step.reason, (cache::Reason{ReasonCode::checked, "checked: it gave the same bytes as run 1"}));
    EXPECT_EQ(step.nondeterministic, nullptr);
    EXPECT_THAT(marked(step.key), IsEmpty());
  }
  EXPECT_THAT(second.warnings, IsEmpty());
  // The newer execution is the hit from now on.
  EXPECT_EQ(world.run()[middle].produced_by_run, second.run);
}

TEST_F(CheckAndAcceptTest, RunsOnlyTheHitsThatAreDrawn) {
  world.run();
  int drawn = 0;
  for (int i = 0; i < 20; ++i) {
    const auto ran = check(0.3);
    for (const StepResult& step : ran.steps) {
      EXPECT_EQ(step.status == StepStatus::completed, drawn_for_check(ran.run, step.key, 0.3));
      EXPECT_EQ(step.reason.code, step.status == StepStatus::completed ? ReasonCode::checked : ReasonCode::unchanged);
    }
    drawn += static_cast<int>(ran.started.size());
  }
  EXPECT_GT(drawn, 5);
  EXPECT_LT(drawn, 35);
}

TEST_F(CheckAndAcceptTest, ChecksNoStepThatRunsAnyway) {
  world.run();
  world.models[middle].meaning = "meaning 2";
  const auto ran = check();
  EXPECT_EQ(ran[middle].reason.code, ReasonCode::code_changed);
  EXPECT_EQ(ran[last].reason.code, ReasonCode::input_changed);
}

TEST_F(CheckAndAcceptTest, MarksAStepThatGivesOtherBytesWithTheFirstDifference) {
  const auto first = world.run();
  world.models[middle].noise = "noise";
  const auto second = check();
  ASSERT_NE(second[middle].nondeterministic, nullptr);
  EXPECT_EQ(second[middle].nondeterministic->output, "out0");
  EXPECT_EQ(second[middle].nondeterministic->first_run, first.run);
  EXPECT_THAT(second[middle].nondeterministic->difference, HasSubstr(" -> "));
  EXPECT_EQ(second[middle].reason,
            (cache::Reason{ReasonCode::checked, "checked: it gave other bytes than run 1"}));
  ASSERT_EQ(second.warnings.size(), 1U);
  EXPECT_THAT(second.warnings[0], HasSubstr("middle: it is nondeterministic"));
  const auto found = marked(second[middle].key);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].output, "out0");
  EXPECT_EQ(found[0].first_execution, first[middle].execution);
  EXPECT_EQ(found[0].other_execution, second[middle].execution);
  EXPECT_EQ(found[0].difference, second[middle].nondeterministic->difference);
  // Consumers got the new bytes, and so does the next run.
  EXPECT_EQ(second[last].reason.code, ReasonCode::input_changed);
  const auto third = world.run();
  EXPECT_EQ(third.started, Names());
  EXPECT_EQ(third[middle].outputs, second[middle].outputs);
}

TEST_F(CheckAndAcceptTest, MarksAStepWhoseCacheIsOffToo) {
  world.pipeline.steps[middle].enable_cache = false;
  world.models[middle].large = true;
  world.run();
  EXPECT_EQ(world.run()[middle].nondeterministic, nullptr);
  world.models[middle].noise = "noise";
  const auto ran = world.run();
  EXPECT_EQ(ran[middle].reason.code, ReasonCode::cache_disabled);
  ASSERT_NE(ran[middle].nondeterministic, nullptr);
  EXPECT_EQ(ran[middle].nondeterministic->first_run, 2);
  EXPECT_EQ(marked(ran[middle].key).size(), 1U);
}

TEST_F(CheckAndAcceptTest, SaysSoWhenTheEarlierBytesAreGone) {
  world.models[middle].large = true;
  const auto first = world.run();
  world.pipeline.steps[middle].enable_cache = false;
  world.models[middle].noise = "noise";
  ASSERT_TRUE(world.artifacts->remove(first[middle].outputs[0].digest));
  const auto ran = world.run();
  ASSERT_NE(ran[middle].nondeterministic, nullptr);
  EXPECT_THAT(ran[middle].nondeterministic->difference, HasSubstr("the earlier bytes cannot be read"));
}

TEST_F(CheckAndAcceptTest, AcceptedCodeIsServedWhatItsOldCodeMade) {
  const auto first = world.run();
  const Digest before = signature_of(world.models[middle]);
  world.models[middle].code = "code 2";
  accept(middle, before);
  const auto ran = world.run();
  EXPECT_EQ(ran.started, Names());
  EXPECT_EQ(ran[middle].reason,
            (cache::Reason{ReasonCode::accepted, "its code counts as that of run 1 (accepted by ann, 2025-11-25)"}));
  EXPECT_EQ(ran[middle].key, first[middle].key);
  EXPECT_EQ(ran[last].reason.code, ReasonCode::unchanged);
}

TEST_F(CheckAndAcceptTest, AnAcceptanceIsForOneStepOfOnePipeline) {
  const pipeline::StepId twin = world.add("twin", {OutputRef{source, 0}, ParameterRef{0}});
  world.pipeline.steps[twin].interface = world.pipeline.steps[middle].interface;
  world.run();
  const Digest before = signature_of(world.models[middle]);
  world.models[middle].code = world.models[twin].code = "code 2";
  accept(middle, before);
  // The twin runs, and keeps what it makes under its own code.
  EXPECT_EQ(world.run().started, Names{"twin"});
  world.pipeline.name = "q";
  world.models[twin].code = "code 3";
  const auto other = world.run();
  EXPECT_EQ(other[middle].reason.code, ReasonCode::unchanged) << "what the twin made is its own";
  EXPECT_EQ(other.started, Names{"twin"});
}

TEST_F(CheckAndAcceptTest, WhatAcceptedCodeMakesIsKeptUnderItsOwnSignature) {
  world.run();
  const Digest before = signature_of(world.models[middle]);
  world.models[middle].code = "code 2";
  const std::int64_t id = accept(middle, before);
  world.pipeline.parameters[0].value = Value(30);
  const auto ran = world.run();
  EXPECT_EQ(ran.started, (Names{"middle", "last"}));
  EXPECT_EQ(ran[middle].reason, (cache::Reason{ReasonCode::parameter_changed, "parameter epochs: 20 -> 30"}));
  EXPECT_EQ(world.metadata->execution(ran[middle].execution).value().code, signature_of(world.models[middle]));
  // The old code is not served what the new code made.
  world.models[middle].code = "code 1";
  EXPECT_EQ(world.run().started, Names{"middle"});
  // Revoked: the step has its own results and no others.
  ASSERT_TRUE(world.metadata->revoke_acceptance(id, 1));
  world.models[middle].code = "code 2";
  EXPECT_EQ(world.run().started, Names());
  world.pipeline.parameters[0].value = Value(20);
  const auto revoked = world.run();
  EXPECT_EQ(revoked.started, Names{"middle"});
}

TEST_F(CheckAndAcceptTest, AChainCountsAsItsBeginning) {
  world.run();
  Digest before = signature_of(world.models[middle]);
  std::vector<std::int64_t> ids;
  for (const char* code : {"code 2", "code 3", "code 4"}) {
    world.models[middle].code = code;
    ids.push_back(accept(middle, before));
    before = signature_of(world.models[middle]);
    EXPECT_EQ(world.run().started, Names()) << code;
  }
  ASSERT_TRUE(world.metadata->revoke_acceptance(ids[1], 1));
  const auto ran = world.run();
  EXPECT_EQ(ran.started, Names{"middle"});
  EXPECT_EQ(ran[middle].reason.code, ReasonCode::code_changed);
}

TEST_F(CheckAndAcceptTest, ACheckFindsAnAcceptanceThatWasWrong) {
  world.run();
  const Digest before = signature_of(world.models[middle]);
  world.models[middle].meaning = "meaning 2";
  const std::int64_t id = accept(middle, before);
  EXPECT_EQ(world.run().started, Names());
  const auto checked = check();
  ASSERT_EQ(checked.warnings.size(), 1U);
  EXPECT_THAT(checked.warnings[0], HasSubstr("stepcache accept --revoke " + std::to_string(id)));
  EXPECT_EQ(checked[middle].nondeterministic, nullptr) << "two codes that differ are not one that differs with itself";
  EXPECT_THAT(marked(checked[middle].key), IsEmpty());
  // What the new code made is found first from now on.
  EXPECT_EQ(world.run()[middle].reason.code, ReasonCode::unchanged);
}

}  // namespace
}  // namespace stepcache::scheduler
