#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "digest/sha256.h"
#include "metadata/metadata_store.h"
#include "metadata/sample_records.h"

// What every MetadataStore does, whatever keeps it. A backend's test includes this and code_records_suite.h, and
// instantiates the suite:
//   INSTANTIATE_TEST_SUITE_P(OnSomething, MetadataStoreSuite, testing::Values(factory));
namespace stepcache::metadata {

// One backend, with nothing recorded yet.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;
  // A store on it. Called again: another one on the same records, when can_open_twice().
  virtual Result<std::unique_ptr<MetadataStore>> open() = 0;
  virtual bool can_open_twice() const = 0;
  // Changes a byte of a column in every row of a table behind the store's back; false: this backend cannot.
  virtual bool flip(std::string_view table, std::string_view column) = 0;
};
using StoreFactory = std::function<std::unique_ptr<StoreUnderTest>()>;

class MetadataStoreSuite : public testing::TestWithParam<StoreFactory> {
 protected:
  MetadataStoreSuite() : backend_(GetParam()()), store_(open()) {}

  std::unique_ptr<MetadataStore> open() {
    auto opened = backend_->open();
    if (!opened) {
      ADD_FAILURE() << to_string(opened.error());
      return nullptr;
    }
    return std::move(*opened);
  }
  StoreUnderTest& backend() { return *backend_; }
  MetadataStore& store() { return *store_; }

  RunId begin_run(const std::string& pipeline = "boston") { return store().begin_run(some_run(pipeline)).value(); }
  ExecutionId commit(const FinishedExecution& finished) { return store().commit_execution(finished).value(); }

 private:
  std::unique_ptr<StoreUnderTest> backend_;
  std::unique_ptr<MetadataStore> store_;
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(MetadataStoreSuite);

// --- Runs ---

TEST_P(MetadataStoreSuite, GivesBackARunAsItWasBegun) {
  const NewRun begun = some_run();
  const RunId id = store().begin_run(begun).value();
  EXPECT_EQ(id, 1);
  const RunRecord run = store().run(id).value();
  EXPECT_EQ(run.id, id);
  EXPECT_EQ(run.pipeline, begun.run.pipeline);
  EXPECT_EQ(run.status, RunStatus::running);
  EXPECT_EQ(run.started_ns, begun.run.started_ns);
  EXPECT_EQ(run.ended_ns, 0);
  EXPECT_EQ(run.program, begun.run.program);
  EXPECT_EQ(run.arguments, begun.run.arguments);
  EXPECT_EQ(run.folder, begun.run.folder);
  EXPECT_EQ(run.process, begun.run.process);
  EXPECT_EQ(run.parameters, begun.run.parameters);
  EXPECT_EQ(run.graph, begun.run.graph);
  EXPECT_TRUE(run.steps.is_zero());
  EXPECT_EQ(run.tags, begun.run.tags);
  EXPECT_EQ(run.note, begun.run.note);
  EXPECT_FALSE(run.pinned);
  EXPECT_EQ(store().graph_blob(run.graph).value(), begun.graph_blob);
}

TEST_P(MetadataStoreSuite, GivesBackARunAsItWasFinished) {
  const RunId id = begin_run();
  const RunOutcome outcome = some_outcome();
  ASSERT_TRUE(store().finish_run(id, outcome));
  const RunRecord run = store().run(id).value();
  EXPECT_EQ(run.status, RunStatus::completed);
  EXPECT_EQ(run.ended_ns, outcome.ended_ns);
  EXPECT_EQ(run.duration_ns, outcome.duration_ns);
  EXPECT_EQ(run.saved_ns, outcome.saved_ns);
  EXPECT_EQ(run.cached, 1U);
  EXPECT_EQ(run.completed, 2U);
  EXPECT_EQ(run.failed, 3U);
  EXPECT_EQ(run.skipped, 4U);
  EXPECT_EQ(run.folder, some_run().run.folder);
  EXPECT_EQ(store().run_steps(run.steps).value(), outcome.steps);
}

TEST_P(MetadataStoreSuite, GivesRunsInWhichTheSameHappenedOneListOfSteps) {
  const RunId first = begin_run();
  const RunId second = begin_run();
  const RunId third = begin_run();
  RunOutcome other = some_outcome();
  other.steps[1].reason_text = "the run was cancelled";
  ASSERT_TRUE(store().finish_run(first, some_outcome()));
  ASSERT_TRUE(store().finish_run(second, some_outcome()));
  ASSERT_TRUE(store().finish_run(third, other));
  EXPECT_EQ(store().run(first)->steps, store().run(second)->steps);
  EXPECT_NE(store().run(first)->steps, store().run(third)->steps);
}

TEST_P(MetadataStoreSuite, SaysOfWhatIsNotThereThatItIsNotThere) {
  EXPECT_EQ(code_of(store().run(1)), ErrorCode::not_found);
  EXPECT_EQ(code_of(store().finish_run(1, some_outcome())), ErrorCode::not_found);
  EXPECT_EQ(code_of(store().set_run_status(1, RunStatus::failed, 1)), ErrorCode::not_found);
  EXPECT_EQ(code_of(store().set_run_labels(1, {}, "", true)), ErrorCode::not_found);
  EXPECT_EQ(code_of(store().run_steps(sha256("x"))), ErrorCode::not_found);
  EXPECT_EQ(code_of(store().graph_blob(sha256("x"))), ErrorCode::not_found);
  EXPECT_EQ(code_of(store().execution(1)), ErrorCode::not_found);
  EXPECT_EQ(code_of(store().artifact(sha256("x"))), ErrorCode::not_found);
  EXPECT_EQ(code_of(store().set_artifact_pinned(sha256("x"), true)), ErrorCode::not_found);
  EXPECT_TRUE(store().find_entries(sha256("x"))->empty());
  EXPECT_TRUE(store().executions_of_run(1)->empty());
  EXPECT_TRUE(store().events_of_execution(1)->empty());
  EXPECT_TRUE(store().events_of_artifact(sha256("x"))->empty());
  EXPECT_FALSE(store().object(sha256("x"))->has_value());
  EXPECT_FALSE(store().file_observation("/x")->has_value());
  EXPECT_FALSE(store().has_code(sha256("x")).value());
  EXPECT_EQ(code_of(store().code_parts(sha256("x"))), ErrorCode::not_found);
  EXPECT_FALSE(store().program("/x")->has_value());
  EXPECT_EQ(code_of(store().revoke_acceptance(1, 1)), ErrorCode::not_found);
  EXPECT_TRUE(store().acceptances()->empty());
  EXPECT_TRUE(store().nondeterminism_of(sha256("x"))->empty());
  EXPECT_EQ(store().damage_seen(), 0U);
}

TEST_P(MetadataStoreSuite, ListsRunsFromTheNewest) {
  for (int i = 0; i < 3; ++i) begin_run("a");
  begin_run("b");
  const auto ids = [&](const RunFilter& filter) {
    const auto runs = store().runs(filter).value();
    std::vector<RunId> found;
    found.reserve(runs.size());
    for (const RunRecord& run : runs) found.push_back(run.id);
    return found;
  };
  EXPECT_THAT(ids({}), testing::ElementsAre(4, 3, 2, 1));
  EXPECT_THAT(ids({.pipeline = "a"}), testing::ElementsAre(3, 2, 1));
  EXPECT_THAT(ids({.pipeline = "a", .limit = 2}), testing::ElementsAre(3, 2));
  EXPECT_THAT(ids({.pipeline = "", .limit = 2, .before = 4}), testing::ElementsAre(3, 2));
  EXPECT_THAT(ids({.pipeline = "none"}), testing::IsEmpty());
}

TEST_P(MetadataStoreSuite, KnowsWhichRunsAreRunning) {
  const RunId first = begin_run();
  const RunId second = begin_run();
  const RunId third = begin_run();
  ASSERT_TRUE(store().finish_run(second, some_outcome()));
  ASSERT_TRUE(store().set_run_status(first, RunStatus::interrupted, 77));
  const auto running = store().running_runs().value();
  ASSERT_EQ(running.size(), 1U);
  EXPECT_EQ(running[0].id, third);
  EXPECT_EQ(store().run(first)->status, RunStatus::interrupted);
  EXPECT_EQ(store().run(first)->ended_ns, 77);
}

TEST_P(MetadataStoreSuite, LabelsARunAndChangesNothingElse) {
  const RunId id = begin_run();
  ASSERT_TRUE(store().finish_run(id, some_outcome()));
  ASSERT_TRUE(store().set_run_labels(id, {"best", ""}, "keep", true));
  const RunRecord run = store().run(id).value();
  EXPECT_THAT(run.tags, testing::ElementsAre("best", ""));
  EXPECT_EQ(run.note, "keep");
  EXPECT_TRUE(run.pinned);
  EXPECT_EQ(run.status, RunStatus::completed);
  EXPECT_EQ(run.arguments, some_run().run.arguments);
  EXPECT_FALSE(run.steps.is_zero());
}

// --- Executions and the cache ---

TEST_P(MetadataStoreSuite, GivesBackAnExecutionAsItWasCommitted) {
  const RunId run = begin_run();
  const FinishedExecution finished = some_execution(run);
  const ExecutionId id = commit(finished);
  const ExecutionRecord execution = store().execution(id).value();
  EXPECT_EQ(execution.id, id);
  EXPECT_EQ(execution.run, run);
  EXPECT_EQ(execution.pipeline, "boston");
  EXPECT_EQ(execution.step, "trainer");
  EXPECT_EQ(execution.status, StepStatus::completed);
  EXPECT_EQ(execution.key, finished.execution.key);
  EXPECT_EQ(execution.code, finished.execution.code);
  EXPECT_TRUE(execution.cached_for_later);
  EXPECT_EQ(execution.why_not, "no reason");
  EXPECT_EQ(execution.started_ns, finished.execution.started_ns);
  EXPECT_EQ(execution.duration_ns, 42);
  EXPECT_EQ(execution.key_parts, finished.execution.key_parts);
  EXPECT_EQ(execution.outputs, finished.execution.outputs);
  EXPECT_EQ(execution.output_names, finished.execution.output_names);
  ASSERT_EQ(execution.metrics.size(), 1U);
  EXPECT_EQ(execution.metrics[0].name, "loss");
  EXPECT_EQ(execution.metrics[0].value, 0.25);
  EXPECT_EQ(execution.error, "no error");
  EXPECT_EQ(execution.log, "logs/1");
}

TEST_P(MetadataStoreSuite, FindsTheEntryOfAKeyAndNoOther) {
  const RunId run = begin_run();
  const FinishedExecution finished = some_execution(run);
  const ExecutionId id = commit(finished);
  commit(some_execution(run, "another"));
  const auto entries = store().find_entries(finished.execution.key).value();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].key, finished.execution.key);
  EXPECT_TRUE(entries[0].observed.is_zero());
  EXPECT_EQ(entries[0].execution, id);
  EXPECT_EQ(entries[0].run, run);
  EXPECT_EQ(entries[0].duration_ns, 42);
  EXPECT_EQ(entries[0].outputs, finished.execution.outputs);
}

TEST_P(MetadataStoreSuite, GivesEntriesOfAKeyNewestFirstAndReplacesThoseThatSawTheSame) {
  const RunId run = begin_run();
  FinishedExecution finished = some_execution(run);
  finished.observed = sha256("z");
  commit(finished);
  finished.observed = sha256("a");
  const ExecutionId second = commit(finished);
  finished.observed = sha256("z");
  const ExecutionId third = commit(finished);
  const auto entries = store().find_entries(finished.execution.key).value();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].execution, third);
  EXPECT_EQ(entries[0].observed, sha256("z"));
  EXPECT_EQ(entries[1].execution, second);
}

TEST_P(MetadataStoreSuite, MakesNoEntryUnlessTold) {
  FinishedExecution finished = some_execution(begin_run());
  finished.make_entry = false;
  const ExecutionId id = commit(finished);
  EXPECT_TRUE(store().find_entries(finished.execution.key)->empty());
  EXPECT_TRUE(store().execution(id));
}

TEST_P(MetadataStoreSuite, ForgetsTheEntriesOfAKeyAndNothingElse) {
  const RunId run = begin_run();
  const FinishedExecution finished = some_execution(run);
  const FinishedExecution other = some_execution(run, "other");
  const ExecutionId id = commit(finished);
  commit(other);
  ASSERT_TRUE(store().forget_entries(finished.execution.key));
  EXPECT_TRUE(store().find_entries(finished.execution.key)->empty());
  EXPECT_EQ(store().find_entries(other.execution.key)->size(), 1U);
  EXPECT_TRUE(store().execution(id));
}

TEST_P(MetadataStoreSuite, ListsTheExecutionsOfARunInTheirOrder) {
  const RunId first = begin_run();
  const RunId second = begin_run();
  const ExecutionId a = commit(some_execution(first, "a"));
  commit(some_execution(second, "b"));
  const ExecutionId c = commit(some_execution(first, "c"));
  const auto executions = store().executions_of_run(first).value();
  ASSERT_EQ(executions.size(), 2U);
  EXPECT_EQ(executions[0].id, a);
  EXPECT_EQ(executions[1].id, c);
}

TEST_P(MetadataStoreSuite, FollowsAnArtifactToWhatMadeItAndWhatReadIt) {
  const RunId run = begin_run();
  const FinishedExecution maker = some_execution(run, "maker");
  const Digest made = maker.artifacts[0].digest;
  FinishedExecution reader = some_execution(run, "reader");
  reader.events[0].artifact = made;
  reader.events[0].position = 3;
  const ExecutionId maker_id = commit(maker);
  // Asked in between, so that a list made earlier is seen to be continued.
  EXPECT_EQ(store().events_of_artifact(made)->size(), 1U);
  const ExecutionId reader_id = commit(reader);

  const auto check = [&](const std::vector<EventRecord>& events) {
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].execution, maker_id);
    EXPECT_EQ(events[0].kind, EventKind::output);
    EXPECT_EQ(events[0].port, "model");
    EXPECT_EQ(events[0].artifact, made);
    EXPECT_EQ(events[1].execution, reader_id);
    EXPECT_EQ(events[1].kind, EventKind::input);
    EXPECT_EQ(events[1].position, 3U);
    EXPECT_EQ(events[1].port, "train");
  };
  ASSERT_TRUE(store().begin_reading());
  check(store().events_of_artifact(made).value());
  check(store().events_of_artifact(made).value());
  store().end_reading();
  check(store().events_of_artifact(made).value());
  check(store().events_of_artifact(made).value());

  const auto events = store().events_of_execution(reader_id).value();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].execution, reader_id);
  EXPECT_EQ(events[0].artifact, made);
  EXPECT_EQ(events[1].kind, EventKind::output);
}

// --- Artifacts, objects, files ---

TEST_P(MetadataStoreSuite, GivesBackArtifactsAsTheyWereCommitted) {
  FinishedExecution finished = some_execution(begin_run());
  const ArtifactRecord empty = inline_artifact("");
  const ArtifactRecord large{sha256("large"), "tensor", "npy/1", 1ULL << 40U, std::nullopt, false};
  const ArtifactRecord full = inline_artifact(std::string(k_inline_limit, '\0'));
  finished.artifacts = {empty, large, full};
  commit(finished);
  EXPECT_EQ(store().artifact(empty.digest)->content, "");
  EXPECT_EQ(store().artifact(large.digest)->content, std::nullopt);
  EXPECT_EQ(store().artifact(large.digest)->size_bytes, 1ULL << 40U);
  EXPECT_EQ(store().artifact(large.digest)->type, "tensor");
  EXPECT_EQ(store().artifact(large.digest)->materializer, "npy/1");
  EXPECT_EQ(store().artifact(full.digest)->content, full.content);
}

TEST_P(MetadataStoreSuite, LeavesAKnownArtifactAsItIs) {
  FinishedExecution finished = some_execution(begin_run());
  commit(finished);
  const Digest digest = finished.artifacts[0].digest;
  ASSERT_TRUE(store().set_artifact_pinned(digest, true));
  finished.artifacts[0].type = "another";
  commit(finished);
  const ArtifactRecord artifact = store().artifact(digest).value();
  EXPECT_EQ(artifact.type, "double");
  EXPECT_TRUE(artifact.pinned);
}

TEST_P(MetadataStoreSuite, FindsArtifactsByTheBeginningOfTheirDigest) {
  FinishedExecution finished = some_execution(begin_run());
  finished.artifacts.clear();
  for (int i = 0; i < 300; ++i) finished.artifacts.push_back(inline_artifact(std::to_string(i)));
  commit(finished);
  for (const std::size_t digits : {0U, 1U, 2U, 3U, 8U, 63U, 64U}) {
    const std::string prefix = finished.artifacts[0].digest.hex().substr(0, digits);
    std::size_t expected = 0;
    for (const ArtifactRecord& artifact : finished.artifacts) {
      if (artifact.digest.hex().starts_with(prefix)) ++expected;
    }
    const auto found = store().artifacts_with_prefix(prefix, 1000).value();
    EXPECT_EQ(found.size(), expected) << prefix;
    for (std::size_t i = 1; i < found.size(); ++i) EXPECT_LT(found[i - 1].digest, found[i].digest);
  }
  EXPECT_EQ(store().artifacts_with_prefix("", 7)->size(), 7U);
  EXPECT_TRUE(store().artifacts_with_prefix("no digest", 7)->empty());
  EXPECT_TRUE(store().artifacts_with_prefix(std::string(65, '0'), 7)->empty());
}

TEST_P(MetadataStoreSuite, ReplacesTheContentOfAnArtifactAndKeepsItsPin) {
  ArtifactRecord artifact = inline_artifact("content");
  ASSERT_TRUE(store().put_artifact(artifact));
  ASSERT_TRUE(store().set_artifact_pinned(artifact.digest, true));
  artifact.content = "other content";
  ASSERT_TRUE(store().put_artifact(artifact));
  EXPECT_EQ(store().artifact(artifact.digest)->content, "other content");
  EXPECT_TRUE(store().artifact(artifact.digest)->pinned);
  ASSERT_TRUE(store().set_artifact_pinned(artifact.digest, false));
  EXPECT_FALSE(store().artifact(artifact.digest)->pinned);
}

TEST_P(MetadataStoreSuite, RemembersTheIdentityOfAnObject) {
  const FinishedExecution finished = some_execution(begin_run());
  commit(finished);
  const ObjectRecord& stored = finished.objects[0];
  auto object = store().object(stored.digest).value();
  ASSERT_TRUE(object);
  EXPECT_EQ(object->device, 1U);
  EXPECT_EQ(object->inode, UINT64_MAX);
  EXPECT_EQ(object->size_bytes, 5000U);
  EXPECT_EQ(object->mtime_ns, 10);
  EXPECT_EQ(object->ctime_ns, 11);
  EXPECT_EQ(object->verified_ns, 12);
  object->verified_ns = 99;
  ASSERT_TRUE(store().put_object(*object));
  EXPECT_EQ(store().object(stored.digest).value()->verified_ns, 99);
}

TEST_P(MetadataStoreSuite, RemembersWhatAFileHeld) {
  FileObservation file{"/data/a b\xff\n.csv", 1, 2, 3, -4, 5, 6, sha256("csv")};
  ASSERT_TRUE(store().put_file_observation(file));
  file.path = "/data/other.csv";
  ASSERT_TRUE(store().put_file_observation(file));
  const auto found = store().file_observation("/data/a b\xff\n.csv").value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->path, "/data/a b\xff\n.csv");
  EXPECT_EQ(found->device, 1U);
  EXPECT_EQ(found->inode, 2U);
  EXPECT_EQ(found->size_bytes, 3U);
  EXPECT_EQ(found->mtime_ns, -4);
  EXPECT_EQ(found->ctime_ns, 5);
  EXPECT_EQ(found->observed_ns, 6);
  EXPECT_EQ(found->digest, sha256("csv"));
  file.observed_ns = 60;
  ASSERT_TRUE(store().put_file_observation(file));
  EXPECT_EQ(store().file_observation(file.path).value()->observed_ns, 60);
  EXPECT_FALSE(store().file_observation("/data/a b")->has_value());
}

// --- Upkeep ---

TEST_P(MetadataStoreSuite, VisitsEverythingInOrderUntilToldToStop) {
  const RunId run = begin_run();
  for (const char* step : {"a", "b", "c"}) commit(some_execution(run, step));
  std::vector<Digest> artifacts;
  ASSERT_TRUE(store().each_artifact([&](const ArtifactRecord& artifact) {
    artifacts.push_back(artifact.digest);
    // A visitor may read.
    EXPECT_TRUE(store().artifact(artifact.digest));
    return true;
  }));
  EXPECT_EQ(artifacts.size(), 3U);
  EXPECT_TRUE(std::is_sorted(artifacts.begin(), artifacts.end()));
  std::vector<ExecutionId> executions;
  ASSERT_TRUE(store().each_execution([&](const ExecutionRecord& execution) {
    executions.push_back(execution.id);
    return executions.size() < 2;
  }));
  EXPECT_THAT(executions, testing::ElementsAre(1, 2));
  std::vector<Digest> keys;
  ASSERT_TRUE(store().each_entry([&](const CacheEntry& entry) {
    keys.push_back(entry.key);
    return true;
  }));
  EXPECT_EQ(keys.size(), 3U);
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
}

TEST_P(MetadataStoreSuite, ForgetsWhatItIsToldAndWhatOnlyThatNeeded) {
  const RunId gone = begin_run("gone");
  const RunId kept = begin_run("kept");
  const FinishedExecution first = some_execution(gone, "first");
  const FinishedExecution second = some_execution(kept, "second");
  const ExecutionId first_id = commit(first);
  const ExecutionId second_id = commit(second);
  ASSERT_TRUE(store().finish_run(gone, some_outcome()));
  RunOutcome other = some_outcome();
  other.steps.pop_back();
  ASSERT_TRUE(store().finish_run(kept, other));
  const Digest gone_steps = store().run(gone)->steps;
  const Digest made = first.artifacts[0].digest;
  ASSERT_EQ(store().events_of_artifact(made)->size(), 1U);

  ASSERT_TRUE(store().forget({{gone}, {first_id}, {made, first.objects[0].digest}}));
  EXPECT_EQ(code_of(store().run(gone)), ErrorCode::not_found);
  EXPECT_EQ(code_of(store().run_steps(gone_steps)), ErrorCode::not_found);
  EXPECT_EQ(code_of(store().graph_blob(some_run("gone").run.graph)), ErrorCode::not_found);
  EXPECT_EQ(code_of(store().execution(first_id)), ErrorCode::not_found);
  EXPECT_TRUE(store().find_entries(first.execution.key)->empty());
  EXPECT_TRUE(store().events_of_artifact(made)->empty());
  EXPECT_EQ(code_of(store().artifact(made)), ErrorCode::not_found);
  EXPECT_FALSE(store().object(first.objects[0].digest)->has_value());

  EXPECT_TRUE(store().run_steps(store().run(kept)->steps));
  EXPECT_TRUE(store().graph_blob(some_run("kept").run.graph));
  EXPECT_TRUE(store().execution(second_id));
  EXPECT_EQ(store().find_entries(second.execution.key)->size(), 1U);
  EXPECT_EQ(store().events_of_artifact(second.artifacts[0].digest)->size(), 1U);
  EXPECT_TRUE(store().artifact(second.artifacts[0].digest));
}

TEST_P(MetadataStoreSuite, KeepsSharedListsWhileARunNeedsThem) {
  const RunId first = begin_run();
  const RunId second = begin_run();
  ASSERT_TRUE(store().finish_run(first, some_outcome()));
  ASSERT_TRUE(store().finish_run(second, some_outcome()));
  ASSERT_TRUE(store().forget({{first}, {}, {}}));
  EXPECT_EQ(store().run_steps(store().run(second)->steps).value(), some_outcome().steps);
  EXPECT_TRUE(store().graph_blob(some_run().run.graph));
}

TEST_P(MetadataStoreSuite, NeverGivesAnIdTwice) {
  const RunId run = begin_run();
  const ExecutionId execution = commit(some_execution(run));
  ASSERT_TRUE(store().forget({{run}, {execution}, {}}));
  EXPECT_EQ(begin_run(), run + 1);
  EXPECT_EQ(commit(some_execution(run)), execution + 1);
}

TEST_P(MetadataStoreSuite, KeepsOneSecret) {
  const std::string secret = store().secret().value();
  EXPECT_EQ(secret.size(), 32U);
  EXPECT_EQ(store().secret().value(), secret);
  EXPECT_NE(GetParam()()->open().value()->secret().value(), secret);
}

TEST_P(MetadataStoreSuite, FindsNoDamageWhereThereIsNone) {
  const RunId run = begin_run();
  commit(some_execution(run));
  ASSERT_TRUE(store().finish_run(run, some_outcome()));
  EXPECT_TRUE(store().sync());
  EXPECT_TRUE(store().check_records()->empty());
  ASSERT_TRUE(store().delete_damaged_records());
  EXPECT_TRUE(store().run(run));
  EXPECT_EQ(store().find_entries(some_execution(run).execution.key)->size(), 1U);
  EXPECT_EQ(store().events_of_artifact(some_execution(run).artifacts[0].digest)->size(), 1U);
  EXPECT_EQ(store().damage_seen(), 0U);
}

// --- Damage ---

TEST_P(MetadataStoreSuite, NeverGivesADamagedRowAsIfWhole) {
  const RunId run = begin_run();
  FinishedExecution finished = some_execution(run);
  finished.code_parts = some_code();
  const ExecutionId id = commit(finished);
  ASSERT_TRUE(store().finish_run(run, some_outcome()));
  ASSERT_TRUE(store().put_file_observation({"/x", 1, 2, 3, 4, 5, 6, sha256("x")}));
  ASSERT_TRUE(store().put_program({"/x", sha256("x"), "signatures"}));
  ASSERT_TRUE(store().add_acceptance(some_acceptance()));
  ASSERT_TRUE(store().put_nondeterminism({finished.execution.key, "model", 1, 2, "byte 7"}));
  const Digest steps = store().run(run)->steps;
  const Digest made = finished.artifacts[0].digest;
  ASSERT_EQ(store().events_of_artifact(made)->size(), 1U);
  if (!backend().flip("cache_entries", "duration_ns")) GTEST_SKIP() << "this backend's rows cannot be damaged";

  EXPECT_TRUE(store().find_entries(finished.execution.key)->empty());
  EXPECT_EQ(store().damage_seen(), 1U);

  ASSERT_TRUE(backend().flip("runs", "saved_ns"));
  EXPECT_EQ(code_of(store().run(run)), ErrorCode::damaged);
  EXPECT_TRUE(store().runs({})->empty());
  EXPECT_EQ(code_of(store().set_run_labels(run, {}, "", true)), ErrorCode::damaged);

  ASSERT_TRUE(backend().flip("run_steps", "blob"));
  EXPECT_EQ(code_of(store().run_steps(steps)), ErrorCode::damaged);
  ASSERT_TRUE(backend().flip("graphs", "check"));
  EXPECT_EQ(code_of(store().graph_blob(some_run().run.graph)), ErrorCode::damaged);

  ASSERT_TRUE(backend().flip("events", "port"));
  EXPECT_TRUE(store().events_of_artifact(made)->empty());
  ASSERT_TRUE(backend().flip("executions", "events"));
  EXPECT_EQ(code_of(store().execution(id)), ErrorCode::damaged);
  EXPECT_TRUE(store().executions_of_run(run)->empty());
  EXPECT_TRUE(store().events_of_execution(id)->empty());

  ASSERT_TRUE(backend().flip("artifacts", "content"));
  EXPECT_EQ(code_of(store().artifact(made)), ErrorCode::damaged);
  EXPECT_TRUE(store().artifacts_with_prefix("", 10)->empty());
  ASSERT_TRUE(backend().flip("objects", "mtime_ns"));
  EXPECT_FALSE(store().object(finished.objects[0].digest)->has_value());
  ASSERT_TRUE(backend().flip("file_observations", "digest"));
  EXPECT_FALSE(store().file_observation("/x")->has_value());

  ASSERT_TRUE(backend().flip("code_parts", "blob"));
  EXPECT_EQ(code_of(store().code_parts(finished.execution.code)), ErrorCode::damaged);
  ASSERT_TRUE(backend().flip("code_signatures", "blob"));
  EXPECT_FALSE(store().has_code(finished.execution.code).value());
  EXPECT_EQ(code_of(store().code_parts(finished.execution.code)), ErrorCode::damaged);
  ASSERT_TRUE(backend().flip("programs", "signatures"));
  EXPECT_FALSE(store().program("/x")->has_value());
  ASSERT_TRUE(backend().flip("acceptances", "code_before"));
  EXPECT_TRUE(store().acceptances()->empty());
  EXPECT_EQ(code_of(store().revoke_acceptance(1, 77)), ErrorCode::damaged);
  ASSERT_TRUE(backend().flip("nondeterminism", "difference"));
  EXPECT_TRUE(store().nondeterminism_of(finished.execution.key)->empty());

  int visited = 0;
  const auto count = [&](const auto&) { return ++visited > 0; };
  ASSERT_TRUE(store().each_artifact(count));
  ASSERT_TRUE(store().each_execution(count));
  ASSERT_TRUE(store().each_entry(count));
  EXPECT_EQ(visited, 0);
  EXPECT_GE(store().damage_seen(), 12U);
}

TEST_P(MetadataStoreSuite, ReportsAndDeletesDamagedRowsAndKeepsTheOthers) {
  const RunId run = begin_run();
  const FinishedExecution damaged = some_execution(run, "damaged");
  const ExecutionId damaged_id = commit(damaged);
  if (!backend().flip("executions", "step")) GTEST_SKIP() << "this backend's rows cannot be damaged";
  ASSERT_TRUE(backend().flip("cache_entries", "key"));
  ASSERT_TRUE(backend().flip("artifacts", "digest"));
  const FinishedExecution whole = some_execution(run, "whole");
  const ExecutionId whole_id = commit(whole);

  const auto found = store().check_records().value();
  std::vector<std::string> tables;
  for (const DamagedRecord& record : found) {
    tables.push_back(record.table);
    EXPECT_FALSE(record.what.empty());
    if (record.table == "executions") {
      EXPECT_EQ(record.row, std::to_string(damaged_id));
    }
  }
  EXPECT_THAT(tables, testing::UnorderedElementsAre("executions", "cache_entries", "artifacts"));

  ASSERT_TRUE(store().delete_damaged_records());
  EXPECT_TRUE(store().check_records()->empty());
  EXPECT_EQ(code_of(store().execution(damaged_id)), ErrorCode::not_found);
  EXPECT_TRUE(store().execution(whole_id));
  EXPECT_EQ(store().find_entries(whole.execution.key)->size(), 1U);
  EXPECT_EQ(store().events_of_artifact(whole.artifacts[0].digest)->size(), 1U);
  EXPECT_TRUE(store().run(run));
}

TEST_P(MetadataStoreSuite, HealsARowWhenItIsWrittenAgain) {
  const RunId run = begin_run();
  const FinishedExecution finished = some_execution(run);
  commit(finished);
  if (!backend().flip("artifacts", "content")) GTEST_SKIP() << "this backend's rows cannot be damaged";
  ASSERT_TRUE(backend().flip("cache_entries", "outputs"));
  ASSERT_TRUE(backend().flip("graphs", "blob"));
  ASSERT_TRUE(backend().flip("objects", "inode"));
  begin_run();
  const ExecutionId id = commit(finished);
  EXPECT_EQ(store().artifact(finished.artifacts[0].digest)->content, finished.artifacts[0].content);
  const auto entries = store().find_entries(finished.execution.key).value();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].execution, id);
  EXPECT_EQ(store().graph_blob(some_run().run.graph).value(), some_run().graph_blob);
  EXPECT_TRUE(store().object(finished.objects[0].digest)->has_value());
  EXPECT_TRUE(store().check_records()->empty());
}

TEST_P(MetadataStoreSuite, MakesANewSecretWhenTheOldOneIsDamaged) {
  const std::string secret = store().secret().value();
  if (!backend().flip("settings", "value")) GTEST_SKIP() << "this backend's rows cannot be damaged";
  const std::string fresh = store().secret().value();
  EXPECT_EQ(fresh.size(), 32U);
  EXPECT_NE(fresh, secret);
  EXPECT_EQ(store().secret().value(), fresh);
}

// --- Several stores on one workspace ---

TEST_P(MetadataStoreSuite, ShowsOneStoreWhatAnotherWrote) {
  if (!backend().can_open_twice()) GTEST_SKIP() << "this backend has one store";
  const auto other = open();
  const RunId run = begin_run();
  EXPECT_EQ(other->run(run)->pipeline, "boston");
  const FinishedExecution finished = some_execution(run);
  const ExecutionId id = other->commit_execution(finished).value();
  EXPECT_EQ(store().find_entries(finished.execution.key)->size(), 1U);
  EXPECT_EQ(store().events_of_artifact(finished.artifacts[0].digest)->size(), 1U);
  EXPECT_EQ(commit(finished), id + 1);
  EXPECT_EQ(other->secret().value(), store().secret().value());
}

TEST_P(MetadataStoreSuite, ReadsOneStateBetweenBeginAndEndOfReading) {
  if (!backend().can_open_twice()) GTEST_SKIP() << "this backend has one store";
  const auto other = open();
  const RunId run = begin_run();
  ASSERT_TRUE(store().begin_reading());
  // Nothing was read yet, and still the state is that of begin_reading.
  const FinishedExecution finished = some_execution(run);
  ASSERT_TRUE(other->commit_execution(finished));
  EXPECT_TRUE(store().find_entries(finished.execution.key)->empty());
  EXPECT_TRUE(store().events_of_artifact(finished.artifacts[0].digest)->empty());
  store().end_reading();
  EXPECT_EQ(store().find_entries(finished.execution.key)->size(), 1U);
  store().end_reading();

  ASSERT_TRUE(store().begin_reading());
  ASSERT_TRUE(other->forget_entries(finished.execution.key));
  EXPECT_EQ(store().find_entries(finished.execution.key)->size(), 1U);
  // A write ends it, and does not fail because others wrote meanwhile.
  begin_run();
  EXPECT_TRUE(store().find_entries(finished.execution.key)->empty());
}

TEST_P(MetadataStoreSuite, SyncsWhileAnotherStoreReads) {
  if (!backend().can_open_twice()) GTEST_SKIP() << "this backend has one store";
  const auto other = open();
  const RunId run = begin_run();
  ASSERT_TRUE(other->begin_reading());
  commit(some_execution(run));
  EXPECT_TRUE(store().sync());
  EXPECT_TRUE(other->find_entries(some_execution(run).execution.key)->empty());
}

}  // namespace stepcache::metadata
