#pragma once

#include <string>

#include "digest/sha256.h"
#include "metadata/metadata_store.h"
#include "result/result.h"

// For tests of metadata stores: records with something in every field.
namespace stepcache::metadata {

inline NewRun some_run(const std::string& pipeline = "boston") {
  NewRun run;
  run.run.pipeline = pipeline;
  run.run.status = RunStatus::running;
  run.run.started_ns = 1'700'000'000'000'000'000;
  run.run.program = std::string("/home/me/a b\xff/boston");
  run.run.arguments = {"boston", "run", "--epochs", "", "new\nline"};
  run.run.folder = "/home/me/a b\xff";
  run.run.process = 4711;
  run.run.parameters = R"({"epochs": {"type": "int64", "value": "20"}})";
  run.graph_blob = "the shape of " + pipeline;
  run.run.graph = sha256(run.graph_blob);
  run.run.tags = {"first"};
  run.run.note = "a note";
  return run;
}

inline RunOutcome some_outcome() {
  RunOutcome outcome;
  outcome.ended_ns = 1'700'000'001'000'000'000;
  outcome.duration_ns = 1'000'000'000;
  outcome.saved_ns = 5;
  outcome.cached = 1;
  outcome.completed = 2;
  outcome.failed = 3;
  outcome.skipped = 4;
  outcome.steps = {{StepStatus::cached, 1, "unchanged", "nothing changed"}, {StepStatus::skipped, 0, "stopped", ""}};
  return outcome;
}

inline ArtifactRecord inline_artifact(const std::string& content) {
  return {sha256(content), "double", "number/1", content.size(), content, false};
}

inline FinishedExecution some_execution(RunId run, const std::string& step = "trainer") {
  const ArtifactRecord made = inline_artifact("made by " + step);
  FinishedExecution finished;
  finished.execution.run = run;
  finished.execution.pipeline = "boston";
  finished.execution.step = step;
  finished.execution.status = StepStatus::completed;
  finished.execution.key = sha256("key of " + step);
  finished.execution.code = sha256("code of " + step);
  finished.execution.cached_for_later = true;
  finished.execution.why_not = "no reason";
  finished.execution.started_ns = 1'700'000'000'500'000'000;
  finished.execution.duration_ns = 42;
  finished.execution.key_parts = {{KeyPartKind::parameter, "epochs", "epochs", sha256("20"), "20"}};
  finished.execution.outputs = {{made.digest, made.size_bytes, "model.bin", true}};
  finished.execution.output_names = {"model"};
  finished.execution.metrics = {{"loss", 0.25}};
  finished.execution.error = "no error";
  finished.execution.log = "logs/1";
  finished.artifacts = {made};
  finished.events = {{0, EventKind::input, 0, "train", sha256("the training data")},
                     {0, EventKind::output, 0, "model", made.digest}};
  finished.make_entry = true;
  finished.objects = {{sha256("a large object"), 1, UINT64_MAX, 5000, 10, 11, 12}};
  return finished;
}

// Two functions that call each other and read one variable, whose content is given.
inline std::vector<CodePart> some_code(const std::string& content = "constant") {
  return {{"function",
           "trainer(int)",
           120,
           sha256("trainer"),
           {{"trainer(int)", "src/a b\xff.cpp", 10, "void trainer(int) {\n}"}, {"inlined()", "", 0, ""}},
           {2, 1}},
          {"function", "helper()", UINT64_MAX, sha256("helper"), {}, {0, 2}},
          {"data", "table", 8, sha256(content), {{"table", "src/table.h", UINT32_MAX, ""}}, {}}};
}

inline Acceptance some_acceptance(const std::string& step = "trainer") {
  return {0, "boston", step, sha256("now"), sha256("before"), "me", "only the log\n", 1'700'000'000'000'000'000, 0};
}

// The code of an error; no code at all for a success.
template <class T>
ErrorCode code_of(const Result<T>& result) {
  return result ? ErrorCode{} : result.error().code;
}

}  // namespace stepcache::metadata
