#include <fstream>

#include "workspace/artifacts.h"
#include "workspace/collect_garbage.h"
#include "workspace/explain.h"
#include "workspace/history.h"
#include "workspace/verify.h"
#include "workspace/workspace_fixture.h"

// verify, gc, why and diff on real stores that real runs made.
namespace stepcache::workspace {
namespace {

namespace fs = std::filesystem;
using metadata::StepStatus;

std::vector<fs::path> objects_in(const fs::path& stepcache) {
  std::vector<fs::path> objects;
  for (const auto& entry : fs::recursive_directory_iterator(stepcache / "objects")) {
    if (entry.is_regular_file()) objects.push_back(entry.path());
  }
  return objects;
}

void flip_a_byte(const fs::path& path) {
  fs::permissions(path, fs::perms::owner_all);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(100);
  const char byte = static_cast<char>(file.get());
  file.seekp(100);
  file.put(static_cast<char>(byte ^ 1));
}

TEST_F(WorkspaceTest, RunsOnceAndServesTheSecondRun) {
  const RunResult first = run();
  EXPECT_EQ(first.status, metadata::RunStatus::completed);
  const RunResult second = run();
  EXPECT_EQ(bodies[0].times_run, 1);
  EXPECT_EQ(bodies[1].times_run, 1);
  EXPECT_EQ(second.steps[1].status, StepStatus::cached);
  EXPECT_GT(second.saved_ns, 0);
  // Identical cached runs share the list of their steps.
  run();
  Workspace workspace = open();
  EXPECT_EQ(workspace.metadata().run(2)->steps, workspace.metadata().run(3)->steps);
}

TEST_F(WorkspaceTest, ExplainsAMissAHitAndNow) {
  run();
  program.pipeline.parameters[0].value = pipeline::Value(2000);
  {
    Workspace workspace = open();
    const auto now = explain_now(workspace, program, RunOptions(), "source");
    ASSERT_TRUE(now);
    EXPECT_EQ(now->status, "run");
    EXPECT_EQ(now->reason.text, "parameter count: 1000 -> 2000");
    EXPECT_EQ(explain_now(workspace, program, RunOptions(), "join")->status, "undetermined");
    EXPECT_EQ(explain_now(workspace, program, RunOptions(), "jion").error().code, ErrorCode::not_found);
  }
  run();
  run();
  Workspace workspace = open();
  const auto miss = explain_recorded(workspace, 2, "source");
  ASSERT_TRUE(miss);
  EXPECT_EQ(miss->reason.text, "parameter count: 1000 -> 2000");
  EXPECT_EQ(miss->compared_run, 1);
  const auto hit = explain_recorded(workspace, 3, "source");
  EXPECT_EQ(hit->status, "cached");
  EXPECT_EQ(hit->made_by_run, 2);
  for (const auto& part : hit->parts) EXPECT_TRUE(part.same);
  const auto difference = diff_runs(workspace, 1, 2);
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->parameters, std::vector<std::string>{"count: 1000 -> 2000"});
  EXPECT_EQ(difference->steps.size(), 2U);
  EXPECT_TRUE(diff_runs(workspace, 2, 2)->steps.empty());
}

TEST_F(WorkspaceTest, VerifiesAWholeStoreAndFindsAFlippedByte) {
  run();
  auto result = verify(stepcache(), false);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->objects, 2U);
  EXPECT_TRUE(result->findings.empty());
  flip_a_byte(objects_in(stepcache()).front());
  result = verify(stepcache(), false);
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->findings.empty());
  EXPECT_EQ(objects_in(stepcache()).size(), 2U);
  const auto repaired = verify(stepcache(), true);
  ASSERT_TRUE(repaired);
  EXPECT_EQ(objects_in(stepcache()).size(), 1U);
  EXPECT_TRUE(verify(stepcache(), false)->findings.empty());
  const RunResult after = run();
  EXPECT_EQ(after.steps[0].status, StepStatus::completed);
  EXPECT_EQ(after.steps[0].reason.code, cache::ReasonCode::forgotten);
  EXPECT_EQ(after.steps[1].status, StepStatus::cached);
  EXPECT_TRUE(verify(stepcache(), false)->findings.empty());
}

TEST_F(WorkspaceTest, NeverServesAFlippedByteAlsoWithoutVerify) {
  run();
  for (const fs::path& object : objects_in(stepcache())) flip_a_byte(object);
  const RunResult after = run();
  EXPECT_EQ(bodies[0].times_run, 2);
  EXPECT_EQ(after.warnings.size(), 1U);
  EXPECT_TRUE(verify(stepcache(), false)->findings.empty());
}

TEST_F(WorkspaceTest, RepairsADatabaseThatCannotBeRead) {
  run();
  {
    std::ofstream file(stepcache() / "metadata.db", std::ios::trunc);
    file << "this is no database, and was one before";
  }
  fs::remove(stepcache() / "metadata.db-wal");
  EXPECT_EQ(Workspace::open(stepcache(), Access::write).error().code, ErrorCode::damaged);
  EXPECT_FALSE(verify(stepcache(), false)->findings.empty());
  const auto repaired = verify(stepcache(), true);
  ASSERT_TRUE(repaired) << to_string(repaired.error());
  EXPECT_TRUE(fs::exists(stepcache() / "metadata.db.damaged-1"));
  EXPECT_EQ(objects_in(stepcache()).size(), 2U);
  EXPECT_EQ(run().steps[0].status, StepStatus::completed);
}

TEST_F(WorkspaceTest, CollectsOnlyWhatNoKeptRunNeeds) {
  run();
  program.pipeline.parameters[0].value = pipeline::Value(2000);
  run();
  run();
  Workspace workspace = open();
  GarbageOptions options;
  options.keep_runs = 1;
  options.dry_run = true;
  auto result = collect_garbage(workspace, options);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->runs, (std::vector<metadata::RunId>{1, 2}));
  EXPECT_EQ(result->objects, 2U);
  EXPECT_EQ(objects_in(stepcache()).size(), 4U);
  options.dry_run = false;
  result = collect_garbage(workspace, options);
  ASSERT_TRUE(result);
  EXPECT_EQ(objects_in(stepcache()).size(), 2U);
  EXPECT_GT(result->freed_bytes, 20'000U);
  EXPECT_EQ(workspace.metadata().runs({})->size(), 1U);
  EXPECT_EQ(collect_garbage(workspace, {})->objects, 0U);
  // What the kept run needs is still served, though run 2 made it.
  const int before = bodies[0].times_run;
  EXPECT_EQ(run().steps[0].status, StepStatus::cached);
  EXPECT_EQ(bodies[0].times_run, before);
  // What was forgotten runs again, and says why.
  program.pipeline.parameters[0].value = pipeline::Value(1000);
  EXPECT_EQ(run().steps[0].status, StepStatus::completed);
  EXPECT_TRUE(verify(stepcache(), false)->findings.empty());
}

TEST_F(WorkspaceTest, KeepsPinnedRunsAndArtifacts) {
  run();
  program.pipeline.parameters[0].value = pipeline::Value(2000);
  run();
  Workspace workspace = open();
  ASSERT_TRUE(workspace.metadata().set_run_labels(1, {"baseline"}, "first", true));
  GarbageOptions options;
  options.keep_runs = 0;
  ASSERT_TRUE(collect_garbage(workspace, options));
  ASSERT_EQ(workspace.metadata().runs({})->size(), 1U);
  EXPECT_EQ(objects_in(stepcache()).size(), 2U);
  const auto left = resolve_artifact(workspace, "1/source.left");
  ASSERT_TRUE(left);
  ASSERT_TRUE(workspace.metadata().set_run_labels(1, {}, "", false));
  ASSERT_TRUE(workspace.metadata().set_artifact_pinned(left->digest, true));
  ASSERT_TRUE(collect_garbage(workspace, options));
  EXPECT_EQ(workspace.metadata().runs({})->size(), 0U);
  EXPECT_EQ(objects_in(stepcache()).size(), 1U);
}

TEST_F(WorkspaceTest, ShrinksToASizeOldestFirst) {
  for (const int count : {1, 2, 3}) {
    program.pipeline.parameters[0].value = pipeline::Value(count);
    run();
  }
  Workspace workspace = open();
  GarbageOptions options;
  options.max_size_bytes = 50'000;
  const auto result = collect_garbage(workspace, options);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->runs.front(), 1);
  EXPECT_LE(result->kept_bytes, 50'000U);
  EXPECT_EQ(workspace.metadata().runs({}).value().front().id, 3);
}

TEST_F(WorkspaceTest, DeletesNothingWhileARunIsUnderWay) {
  run();
  Workspace workspace = open();
  auto session = RunSession::start(workspace, program, RunOptions());
  ASSERT_TRUE(session);
  Workspace other = open();
  GarbageOptions options;
  options.keep_runs = 0;
  const auto result = collect_garbage(other, options);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::busy);
  EXPECT_NE(result.error().message.find("run 2 of test"), std::string::npos);
  EXPECT_EQ(objects_in(stepcache()).size(), 2U);
  while (session->next().value()) {
  }
  EXPECT_EQ(session->finish()->steps[0].status, StepStatus::cached);
}

TEST_F(WorkspaceTest, ReadsArtifactsByDigestAndByName) {
  run();
  Workspace workspace = open(Access::read);
  const auto output = resolve_artifact(workspace, "join");
  ASSERT_TRUE(output);
  EXPECT_EQ(resolve_artifact(workspace, output->digest.hex().substr(0, 8))->digest, output->digest);
  EXPECT_EQ(resolve_artifact(workspace, "join.output")->digest, output->digest);
  EXPECT_EQ(resolve_artifact(workspace, "source").error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(resolve_artifact(workspace, "source.top").error().message, "it has no output top (it has left, right)");
  EXPECT_EQ(read_artifact(workspace, *output)->size(), 65U);
  EXPECT_EQ(list_artifacts(workspace, {})->size(), 3U);
  for (const fs::path& object : objects_in(stepcache())) flip_a_byte(object);
  EXPECT_EQ(read_artifact(workspace, *resolve_artifact(workspace, "source.left")).error().code, ErrorCode::damaged);
}

}  // namespace
}  // namespace stepcache::workspace
