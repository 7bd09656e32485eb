#include "scheduler/scheduler.h"

#include "scheduler/scheduler_fixture_test.h"

namespace stepcache::scheduler {
namespace {

using cache::ReasonCode;
using metadata::StepStatus;
using pipeline::OutputRef;
using pipeline::ParameterRef;
using pipeline::Value;
using Names = std::vector<std::string>;

// importer(file) -> trainer(importer, epochs) -> evaluator(importer, trainer)
class SchedulerTest : public ::testing::Test {
 public:
  SchedulerTest() {
    world.pipeline.parameters.push_back({"epochs", "int32", Value(20), {}, {}, ""});
    world.files.write("/work/data.csv", "1,2,3");
    importer = world.add("importer", {pipeline::ExternalInput{pipeline::ExternalKind::file, "data.csv"}}, 2);
    trainer = world.add("trainer", {OutputRef{importer, 0}, ParameterRef{0}});
    evaluator = world.add("evaluator", {OutputRef{importer, 1}, OutputRef{trainer, 0}});
    world.clock.advance(std::chrono::seconds(10));
  }
  void expect_oracle(const World::Ran& ran) {
    const auto wanted = world.oracle();
    for (std::size_t id = 0; id < wanted.size(); ++id) {
      ASSERT_EQ(ran[id].outputs.size(), wanted[id].size()) << id;
      for (std::size_t i = 0; i < wanted[id].size(); ++i) EXPECT_EQ(ran[id].outputs[i].digest, wanted[id][i]) << id;
    }
  }

  World world;
  pipeline::StepId importer, trainer, evaluator;
};

TEST_F(SchedulerTest, RunsEverythingOnceAndThenNothing) {
  const auto first = world.run();
  EXPECT_EQ(first.started, (Names{"importer", "trainer", "evaluator"}));
  EXPECT_EQ(first[trainer].reason.code, ReasonCode::no_earlier_execution);
  expect_oracle(first);
  const auto second = world.run();
  EXPECT_EQ(second.started, Names());
  for (const StepResult& step : second.steps) {
    EXPECT_EQ(step.status, StepStatus::cached);
    EXPECT_EQ(step.reason.code, ReasonCode::unchanged);
    EXPECT_EQ(step.produced_by_run, first.run);
    EXPECT_EQ(step.saved_ns, 1'000'000);
  }
  expect_oracle(second);
}

TEST_F(SchedulerTest, ReadsNoUserFileAndNoObjectOnACachedRun) {
  world.models[importer].large = true;
  world.run();
  world.run();
  world.files.forget_accesses();
  world.run();
  EXPECT_EQ(world.files.all_accesses().bytes_read, 0U);
}

TEST_F(SchedulerTest, RerunsWhatAnEditReachesAndNothingElse) {
  world.run();
  world.models[trainer].meaning = "meaning 2";
  const auto ran = world.run();
  EXPECT_EQ(ran.started, (Names{"trainer", "evaluator"}));
  EXPECT_EQ(ran[trainer].reason.code, ReasonCode::code_changed);
  EXPECT_EQ(ran[evaluator].reason.code, ReasonCode::input_changed);
  expect_oracle(ran);
  world.models[trainer].meaning = "meaning 1";
  EXPECT_EQ(world.run().started, Names());
}

code_signature::Part function_part(const std::string& text) {
  return {"function", "train()", 40, sha256(text), {{"train()", "train.cpp", 12, text}}, {}};
}

TEST_F(SchedulerTest, NamesTheFunctionThatChanged) {
  world.models[trainer].parts = {function_part("old")};
  world.models[trainer].code = "code 1 of the trainer";
  world.run();
  world.asked_for_parts.clear();
  world.run();
  EXPECT_TRUE(world.asked_for_parts.empty()) << "a cached run asks for none";
  world.models[trainer].code = "code 2 of the trainer";
  world.models[trainer].parts = {function_part("new")};
  World::Options plan;
  plan.plan = true;
  EXPECT_EQ(world.run(plan)[trainer].reason.text, "train() changed (train.cpp:12)");
  world.asked_for_parts.clear();
  const auto ran = world.run();
  EXPECT_EQ(ran[trainer].reason, (cache::Reason{ReasonCode::code_changed, "train() changed (train.cpp:12)"}));
  EXPECT_EQ(world.asked_for_parts, (std::vector<pipeline::StepId>{trainer})) << "once for the reason and the record";
  EXPECT_EQ(world.metadata->code_parts(world.code(trainer)).value(), world.models[trainer].parts);
}

TEST_F(SchedulerTest, SaysThatCodeChangedWhereItsPartsAreNotKnown) {
  world.parts_fail = true;
  world.run();
  world.models[trainer].code = "code 2";
  world.parts_fail = false;
  EXPECT_EQ(world.run()[trainer].reason.text, "code changed") << "the old ones are not recorded";
  world.models[trainer].code = "code 3";
  world.parts_fail = true;
  const auto ran = world.run();
  EXPECT_EQ(ran[trainer].reason.text, "code changed") << "the new ones cannot be read";
  EXPECT_EQ(ran[trainer].status, StepStatus::completed);
}

TEST_F(SchedulerTest, StopsWhereARerunGivesTheSameBytes) {
  world.run();
  world.models[trainer].code = "code 2";
  const auto ran = world.run();
  EXPECT_EQ(ran.started, Names{"trainer"});
  EXPECT_EQ(ran[evaluator].status, StepStatus::cached);
}

TEST_F(SchedulerTest, NamesTheParameterThatChanged) {
  world.run();
  world.pipeline.parameters[0].value = Value(30);
  const auto ran = world.run();
  EXPECT_EQ(ran.started, (Names{"trainer", "evaluator"}));
  EXPECT_EQ(ran[trainer].reason, (cache::Reason{ReasonCode::parameter_changed, "parameter epochs: 20 -> 30"}));
}

TEST_F(SchedulerTest, SeesAFileByItsContentAndNotByItsTime) {
  world.run();
  world.clock.advance(std::chrono::seconds(5));
  world.files.write("/work/data.csv", "1,2,3");
  EXPECT_EQ(world.run().started, Names());
  world.files.write("/work/data.csv", "1,2,4");
  const auto ran = world.run();
  EXPECT_EQ(ran.started, (Names{"importer", "trainer", "evaluator"}));
  EXPECT_EQ(ran[importer].reason.code, ReasonCode::file_changed);
  world.files.write("/work/data.csv", "1,2,3");
  EXPECT_EQ(world.run().started, Names());
}

TEST_F(SchedulerTest, RunsADisabledStepAndStillStoresItsResult) {
  world.pipeline.steps[trainer].enable_cache = false;
  world.run();
  const auto second = world.run();
  EXPECT_EQ(second.started, Names{"trainer"});
  EXPECT_EQ(second[trainer].reason, (cache::Reason{ReasonCode::cache_disabled, "enable_cache is false for this step"}));
  EXPECT_EQ(second[evaluator].status, StepStatus::cached);
  World::Options use_it;
  use_it.enable_cache = true;
  EXPECT_EQ(world.run(use_it).started, Names());
  World::Options use_none;
  use_none.enable_cache = false;
  EXPECT_EQ(world.run(use_none).started.size(), 3U);
}

TEST_F(SchedulerTest, SkipsWhatDependsOnAFailedStepAndRunsTheRest) {
  world.add("independent", {Value(1)});
  world.models[trainer].fails = true;
  const auto ran = world.run();
  EXPECT_EQ(ran[trainer].status, StepStatus::failed);
  EXPECT_EQ(ran[trainer].error, "it was told to fail");
  EXPECT_EQ(ran[evaluator].status, StepStatus::skipped);
  EXPECT_EQ(ran[evaluator].reason, (cache::Reason{ReasonCode::upstream_failed, "trainer failed"}));
  EXPECT_EQ(ran[3].status, StepStatus::completed);
  world.models[trainer].fails = false;
  EXPECT_EQ(world.run().started, (Names{"trainer", "evaluator"}));
}

TEST_F(SchedulerTest, StopsAtTheFirstFailureWhenAsked) {
  world.add("late", {OutputRef{importer, 0}});
  world.models[importer].fails = true;
  world.add("independent", {Value(1)});
  World::Options options;
  options.fail_fast = true;
  const auto ran = world.run(options);
  EXPECT_EQ(ran.started, Names{"importer"});
  EXPECT_EQ(ran[4].status, StepStatus::skipped);
  EXPECT_EQ(ran[4].reason.code, ReasonCode::stopped);
}

TEST_F(SchedulerTest, SaysWhichFileIsMissing) {
  EXPECT_TRUE(world.files.remove("/work/data.csv"));
  const auto ran = world.run();
  EXPECT_EQ(ran.started, Names());
  EXPECT_EQ(ran[importer].status, StepStatus::failed);
  EXPECT_EQ(ran[importer].error_code, ErrorCode::not_found);
  EXPECT_NE(ran[importer].error.find("data.csv"), std::string::npos);
  EXPECT_EQ(ran[evaluator].status, StepStatus::skipped);
}

TEST_F(SchedulerTest, MakesNoCacheEntryWhenAnInputMovedWhileTheStepRan) {
  world.models[importer].writes = "data.csv";
  const auto ran = world.run();
  EXPECT_EQ(ran[importer].status, StepStatus::completed);
  EXPECT_FALSE(ran[importer].cacheable);
  EXPECT_EQ(ran[importer].why_not, "file data.csv changed while the step ran");
  ASSERT_EQ(ran.warnings.size(), 1U);
  world.files.write("/work/data.csv", "1,2,3");
  EXPECT_EQ(world.run().started.front(), "importer");
}

TEST_F(SchedulerTest, MakesNoCacheEntryWhenAnInputVanishedWhileTheStepRan) {
  world.models[importer].removes = "data.csv";
  const auto ran = world.run();
  EXPECT_EQ(ran[importer].status, StepStatus::completed);
  EXPECT_EQ(ran[importer].why_not, "file data.csv vanished while the step ran");
  EXPECT_EQ(ran[evaluator].status, StepStatus::completed);
  world.models[importer].removes.clear();
  world.files.write("/work/data.csv", "1,2,3");
  EXPECT_EQ(world.run().started.front(), "importer");
}

TEST_F(SchedulerTest, RunsAgainWhatHasADamagedOrMissingObject) {
  world.models[trainer].large = true;
  const auto first = world.run();
  const auto path = world.artifacts->path_of(first[trainer].outputs[0].digest);
  world.files.write(path, "shorter", 0444);
  const auto second = world.run();
  EXPECT_EQ(second.started, Names{"trainer"});
  EXPECT_EQ(second[trainer].reason.code, ReasonCode::damaged);
  EXPECT_EQ(second.warnings.size(), 1U);
  expect_oracle(second);
  EXPECT_TRUE(world.artifacts->verify(first[trainer].outputs[0].digest));
  EXPECT_TRUE(world.files.remove(path));
  const auto third = world.run();
  EXPECT_EQ(third.started, Names{"trainer"});
  expect_oracle(third);
  EXPECT_EQ(world.run().started, Names());
}

TEST_F(SchedulerTest, RunsTheProducerAgainWhenAConsumerMeetsDamage) {
  const auto first = world.run();
  // A record whose bytes are not those of its digest: seen only when somebody loads it.
  metadata::ArtifactRecord wrong;
  wrong.digest = first[trainer].outputs[0].digest;
  wrong.size_bytes = first[trainer].outputs[0].size_bytes;
  wrong.type = "bytes";
  wrong.content = std::string(wrong.size_bytes, 'x');
  EXPECT_TRUE(world.metadata->put_artifact(wrong));
  world.models[evaluator].meaning = "meaning 2";
  const auto second = world.run();
  EXPECT_EQ(second.started, (Names{"trainer", "evaluator"}));
  EXPECT_EQ(second[trainer].status, StepStatus::completed);
  EXPECT_EQ(second[trainer].reason.code, ReasonCode::damaged);
  expect_oracle(second);
}

TEST_F(SchedulerTest, PutsBackAnOutputFileOnAHit) {
  world.models[evaluator].output_file = "model.bin";
  world.run();
  const auto made = world.files.content("/work/model.bin");
  EXPECT_TRUE(world.files.remove("/work/model.bin"));
  EXPECT_EQ(world.run().started, Names());
  EXPECT_EQ(world.files.content("/work/model.bin"), made);
  world.files.write("/work/model.bin", "edited by hand");
  EXPECT_EQ(world.run().started, Names());
  EXPECT_EQ(world.files.content("/work/model.bin"), made);
  // One that is as it was left is not read again.
  world.run();
  world.files.forget_accesses();
  world.run();
  EXPECT_EQ(world.files.accesses("/work/model.bin").reads, 0U);
}

TEST_F(SchedulerTest, WarnsOfTwoStepsThatLeaveOneFileBehind) {
  world.models[trainer].output_file = "model.bin";
  world.models[evaluator].output_file = "model.bin";
  const auto ran = world.run();
  ASSERT_EQ(ran.warnings.size(), 1U);
  EXPECT_NE(ran.warnings[0].find("evaluator: it leaves the file model.bin behind, and so does trainer"),
            std::string::npos);
}

TEST_F(SchedulerTest, PlansWithoutRunningOrRecording) {
  World::Options plan;
  plan.plan = true;
  auto planned = world.run(plan);
  EXPECT_EQ(planned.started, Names());
  EXPECT_EQ(planned[importer].decision, Decision::run);
  EXPECT_EQ(planned[trainer].decision, Decision::undetermined);
  world.run();
  planned = world.run(plan);
  for (const StepResult& step : planned.steps) EXPECT_EQ(step.decision, Decision::reuse);
  world.pipeline.parameters[0].value = Value(30);
  planned = world.run(plan);
  EXPECT_EQ(planned[importer].decision, Decision::reuse);
  EXPECT_EQ(planned[trainer].decision, Decision::run);
  EXPECT_EQ(planned[trainer].expected_ns, 1'000'000);
  EXPECT_EQ(planned[evaluator].decision, Decision::undetermined);
  EXPECT_EQ(world.metadata->runs({})->size(), 1U);
}

TEST_F(SchedulerTest, RecordsWhatCodeIsMadeOfOnceForEachSignature) {
  World::Options uncached;
  uncached.enable_cache = false;
  world.models[evaluator].code = "code 2";
  const auto first = world.run();
  // The trainer's code is the importer's.
  EXPECT_EQ(world.asked_for_parts, (std::vector<pipeline::StepId>{importer, evaluator}));
  for (const pipeline::StepId id : {importer, trainer, evaluator}) {
    EXPECT_EQ(world.metadata->execution(first[id].execution)->code, world.code(id));
    EXPECT_EQ(world.metadata->code_parts(world.code(id)).value(), world.parts(id));
  }
  world.asked_for_parts.clear();
  world.run();
  world.run(uncached);
  EXPECT_TRUE(world.asked_for_parts.empty());
  world.models[trainer].code = "code 3";
  world.models[trainer].fails = true;
  const auto failed = world.run();
  EXPECT_EQ(world.asked_for_parts, (std::vector<pipeline::StepId>{trainer}));
  EXPECT_EQ(world.metadata->code_parts(world.code(trainer)).value(), world.parts(trainer));
  EXPECT_EQ(world.metadata->executions_of_run(failed.run)->at(0).code, world.code(trainer));
}

TEST_F(SchedulerTest, GoesOnWhenItCannotSayWhatCodeIsMadeOf) {
  World::Options uncached;
  uncached.enable_cache = false;
  world.parts_fail = true;
  const auto first = world.run();
  expect_oracle(first);
  ASSERT_EQ(first.warnings.size(), 1U);
  EXPECT_NE(first.warnings[0].find("importer: "), std::string::npos) << first.warnings[0];
  EXPECT_NE(first.warnings[0].find("leads nowhere"), std::string::npos) << first.warnings[0];
  EXPECT_EQ(world.metadata->execution(first[importer].execution)->code, world.code(importer));
  EXPECT_FALSE(world.metadata->has_code(world.code(importer)).value());
  // The next time that it runs it is tried again.
  world.parts_fail = false;
  EXPECT_TRUE(world.run(uncached).warnings.empty());
  EXPECT_EQ(world.metadata->code_parts(world.code(importer)).value(), world.parts(importer));
}

TEST_F(SchedulerTest, CancelsWithoutStartingMore) {
  World::Options options;
  options.cancel_after_events = 2;  // importer: running, completed
  const auto ran = world.run(options);
  EXPECT_EQ(ran.started, Names{"importer"});
  EXPECT_EQ(ran[trainer].status, StepStatus::skipped);
  EXPECT_EQ(ran[trainer].reason.text, "the run was cancelled");
  EXPECT_EQ(world.run().started, (Names{"trainer", "evaluator"}));
}

TEST_F(SchedulerTest, FindsTheSameWorkUnderOtherNames) {
  world.run();
  world.pipeline.name = "another";
  world.pipeline.steps[trainer].name = "fit";
  EXPECT_EQ(world.run().started, Names());
}

TEST(SchedulerScale, TakesAChainOf100000StepsWithoutTheStack) {
  World world;
  constexpr std::size_t k_steps = 100'000;
  for (std::size_t id = 0; id < k_steps; ++id) {
    const auto previous = static_cast<pipeline::StepId>(id == 0 ? 0 : id - 1);
    world.add("s" + std::to_string(id),
              {id == 0 ? pipeline::Source(Value(1)) : pipeline::Source(OutputRef{previous, 0})});
  }
  world.models[0].fails = true;
  const auto ran = world.run();
  EXPECT_EQ(ran.steps.back().status, StepStatus::skipped);
  EXPECT_EQ(ran.started.size(), 1U);
}

}  // namespace
}  // namespace stepcache::scheduler
