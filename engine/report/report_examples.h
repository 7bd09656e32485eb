#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "digest/sha256.h"
#include "metadata/parameter_record.h"
#include "pipeline/pipeline.h"
#include "report/console.h"
#include "workspace/accept.h"
#include "workspace/artifacts.h"
#include "workspace/collect_garbage.h"
#include "workspace/explain.h"
#include "workspace/history.h"
#include "workspace/plan_pipeline.h"
#include "workspace/run_pipeline.h"
#include "workspace/signature_view.h"
#include "workspace/verify.h"

// Values made by hand, for the tests of what is printed.
namespace stepcache::report::examples {

constexpr std::int64_t k_ms = 1'000'000;
constexpr std::int64_t k_s = 1000 * k_ms;
constexpr std::int64_t k_noon = 1'764'072'000 * k_s;  // 2025-11-25 12:00:00 UTC
// Quotes, markup, a line break, a terminal's escape, a byte that is no UTF-8, an override of the writing direction.
constexpr std::string_view k_hostile = "a\"b\\<i>\n\x1b[31mred\xff\xe2\x80\xae end";

inline Digest digest_of(std::string_view text) { return sha256(text); }

// A console that writes nothing anywhere: for texts only.
inline Console silent_console(int verbosity = 0, bool color = false, bool json = false) {
  OutputOptions options;
  options.verbosity = verbosity;
  options.json = json;
  options.color = color ? "always" : "never";
  return Console(options, Streams{});
}

inline pipeline::Step step(std::string name, std::vector<pipeline::OutputPort> outputs) {
  auto interface = std::make_shared<pipeline::StepInterface>();
  interface->function = name;
  interface->outputs = std::move(outputs);
  pipeline::Step made;
  made.name = std::move(name);
  made.interface = std::move(interface);
  return made;
}

inline pipeline::Pipeline boston() {
  pipeline::Pipeline made;
  made.name = "boston_housing";
  made.parameters = {
      {"csv", "file", pipeline::ExternalInput{pipeline::ExternalKind::file, "boston_housing.csv"}, {}, {}, ""},
      {"test_fraction", "float64", pipeline::Value(0.2), {}, {}, ""},
      {"epochs", "int32", pipeline::Value(30), {}, {}, ""}};
  const std::string dataset = "struct{x:array<float64,2>,y:array<float64,1>}";
  made.steps = {step("importer", {{"train", dataset, "npy/1"}, {"test", dataset, "npy/1"}}),
                step("trainer", {{"output", "struct{w:list<array<float64,2>>}", "tree/1"}}),
                step("evaluator", {{"output", "float64", "json/1"}}),
                step("deployer", {{"deployed", "bool", "json/1"}, {"model", "file", "file/1"}})};
  return made;
}

inline scheduler::StepResult cached(metadata::RunId by, std::int64_t saved_ns,
                                    std::vector<metadata::OutputRecord> outputs) {
  scheduler::StepResult result;
  result.status = metadata::StepStatus::cached;
  result.decision = scheduler::Decision::reuse;
  result.key = digest_of("key");
  result.execution = 1;
  result.produced_by_run = by;
  result.saved_ns = saved_ns;
  result.outputs = std::move(outputs);
  return result;
}

inline scheduler::StepResult completed(metadata::RunId run, std::int64_t duration_ns, cache::Reason reason,
                                       std::vector<metadata::OutputRecord> outputs) {
  scheduler::StepResult result;
  result.status = metadata::StepStatus::completed;
  result.decision = scheduler::Decision::run;
  result.reason = std::move(reason);
  result.key = digest_of("another key");
  result.execution = 6;
  result.produced_by_run = run;
  result.duration_ns = duration_ns;
  result.outputs = std::move(outputs);
  return result;
}

inline std::vector<metadata::KeyPart> trainer_inputs() {
  using metadata::KeyPartKind;
  return {{KeyPartKind::key_format, "", "", digest_of("1"), "1"},
          {KeyPartKind::code, "", "trainer", digest_of("code"), "coarse"},
          {KeyPartKind::artifact, "0", "importer.train", digest_of("train"), "struct{...} 1a2b"},
          {KeyPartKind::parameter, "1", "epochs", digest_of("30"), "30"},
          {KeyPartKind::output_port, "output", "tree/1", digest_of("tree/1"), "tree/1"}};
}

inline std::shared_ptr<const scheduler::Nondeterministic> differs() {
  return std::make_shared<const scheduler::Nondeterministic>(
      scheduler::Nondeterministic{"output", "w: element (3, 5): 0.123 -> 0.124", 3});
}

// The second run of the example: the trainer runs because it says so.
inline workspace::RunResult second_run() {
  workspace::RunResult run;
  run.run = 4;
  run.pipeline = "boston_housing";
  run.parameters = boston().parameters;
  run.duration_ns = 901 * k_ms;
  run.saved_ns = 1420 * k_ms;
  run.steps = {
      cached(3, 1240 * k_ms, {{digest_of("train"), 45'328, "", true}, {digest_of("test"), 11'440, "", true}}),
      completed(4, 843 * k_ms, {cache::ReasonCode::cache_disabled, "enable_cache is false for this step"},
                {{digest_of("model"), 41'993, "", true}}),
      cached(3, 120 * k_ms, {{digest_of("error"), 17, "", false}}),
      cached(3, 60 * k_ms, {{digest_of("true"), 4, "", false}, {digest_of("file"), 52'117, "model.json", false}})};
  run.steps[1].inputs = trainer_inputs();
  run.steps[1].nondeterministic = differs();
  return run;
}

// A run in which everything that can go wrong does, under names that would break a careless printer.
inline pipeline::Pipeline hostile_pipeline() {
  pipeline::Pipeline made = boston();
  made.name = std::string(k_hostile);
  made.steps[1].name = std::string(k_hostile);
  made.parameters.push_back({std::string(k_hostile), "str", pipeline::Value(std::string(k_hostile)), {}, {}, ""});
  return made;
}
inline workspace::RunResult failed_run() {
  workspace::RunResult run = second_run();
  run.pipeline = hostile_pipeline().name;
  run.parameters = hostile_pipeline().parameters;
  run.status = metadata::RunStatus::failed;
  run.warnings = {"importer: its stored result is damaged; it runs again"};
  scheduler::StepResult& failed = run.steps[1];
  failed.status = metadata::StepStatus::failed;
  failed.error = std::string(k_hostile) + ": std::runtime_error: line 17: expected 14 numbers, found 3\nsecond line";
  failed.cacheable = false;
  failed.why_not = "it failed";
  failed.execution = 0;
  failed.produced_by_run = 0;
  failed.outputs.clear();
  for (const std::size_t id : {2U, 3U}) {
    run.steps[id] = {};
    run.steps[id].status = metadata::StepStatus::skipped;
    run.steps[id].reason = {cache::ReasonCode::upstream_failed, std::string(k_hostile) + " failed"};
  }
  run.saved_ns = 1240 * k_ms;
  return run;
}

inline workspace::PlanResult plan() {
  workspace::PlanResult made;
  made.pipeline = "boston_housing";
  made.parameters = boston().parameters;
  made.steps = second_run().steps;
  for (scheduler::StepResult& result : made.steps) {
    result.status = metadata::StepStatus::pending;
    result.duration_ns = 0;
  }
  made.steps[1].expected_ns = 840 * k_ms;
  made.steps[1].reason = {cache::ReasonCode::parameter_changed, "parameter epochs: 20 -> 30"};
  made.steps[1].execution = 0;
  made.steps[1].produced_by_run = 0;
  made.steps[1].outputs.clear();
  made.steps[2] = {};
  made.steps[2].reason = {cache::ReasonCode::upstream_runs, "trainer runs"};
  made.expected_ns = 840 * k_ms;
  made.saved_ns = 1300 * k_ms;
  return made;
}

inline cache::PartComparison part(metadata::KeyPartKind kind, std::string port, std::string name, std::string before,
                                  std::string now) {
  cache::PartComparison made;
  made.kind = kind;
  made.port = std::move(port);
  made.name = std::move(name);
  made.has_before = made.has_now = true;
  made.before_digest = digest_of(before);
  made.now_digest = digest_of(now);
  made.same = before == now;
  made.before = std::move(before);
  made.now = std::move(now);
  return made;
}

inline workspace::Explanation why_it_ran() {
  using metadata::KeyPartKind;
  workspace::Explanation made;
  made.step = "trainer";
  made.status = "completed";
  made.run = 4;
  made.reason = {cache::ReasonCode::parameter_changed, "parameter epochs: 20 -> 30"};
  made.parts = {part(KeyPartKind::code, "", "trainer", "coarse", "coarse"),
                part(KeyPartKind::artifact, "0", "importer.train", "1a2b", "1a2b"),
                part(KeyPartKind::parameter, "1", "epochs", "20", "30")};
  cache::PartComparison gone = part(KeyPartKind::file, "2", std::string(k_hostile), "old", "old");
  gone.has_now = gone.same = false;
  gone.now.clear();
  made.parts.push_back(std::move(gone));
  made.compared_run = 3;
  made.compared_execution = 2;
  made.made_by_run = 4;
  made.made_by_execution = 6;
  made.duration_ns = 843 * k_ms;
  made.nondeterministic = differs();
  return made;
}

inline workspace::Explanation why_it_was_reused() {
  workspace::Explanation made = why_it_ran();
  made.step = "evaluator";
  made.status = "cached";
  made.reason = {cache::ReasonCode::accepted, "its code counts as that of run 3 (accepted by ann, 2025-11-25)"};
  made.nondeterministic.reset();
  made.parts.resize(2);
  made.made_by_run = made.compared_run = 3;
  made.made_by_execution = made.compared_execution = 3;
  made.duration_ns = 1200 * k_ms;
  return made;
}

inline code_signature::Part code_part(std::string kind, std::string name, std::string file, std::uint32_t line,
                                      std::vector<std::uint32_t> edges) {
  code_signature::Part made{std::move(kind), std::move(name), 40, {}, {}, std::move(edges)};
  made.digest = digest_of(made.name);
  if (!file.empty()) made.sources = {{made.name, std::move(file), line, ""}};
  return made;
}

// trainer() reaches fit(), that normalise(), a constant and itself; an import and a library.
inline std::vector<code_signature::Part> trainer_code() {
  return {code_part("function", "trainer(const Dataset&, int)", "trainer.cpp", 12, {1, 4, 2}),
          code_part("function", "fit(const Dataset&)", "fit.cpp", 7, {2, 1, 3}),
          code_part("function", std::string(k_hostile), "features.cpp", 41, {3, 5}),
          code_part("constant", "0.5", "", 0, {}),
          code_part("import", "exp", "", 0, {6}),
          code_part("data", "k_weights", "", 0, {}),
          code_part("library", "libm.so.6", "", 0, {})};
}

// The same, where a person edited the innermost function.
inline workspace::Explanation why_code_ran() {
  workspace::Explanation made = why_it_ran();
  const std::string name(k_hostile);
  std::vector<code_signature::Part> before = trainer_code();
  before[2].sources[0].text = "double normalise(const Dataset& data) {\n\treturn data.sum() / 2;\n}\n";
  std::vector<code_signature::Part> now = before;
  now[2].digest = digest_of("edited");
  now[2].sources[0].text = "double normalise(const Dataset& data) {\n\treturn data.sum() / 3;\n}\n";
  now[1].digest = digest_of("inlined otherwise");
  now[3] = code_part("constant", "0.25", "", 0, {});
  workspace::CodeExplanation code{cache::compare_code(before, now), {}};
  const cache::PrimaryChange& primary = *code.comparison.primary;
  code.diff = workspace::source_diff(primary.text_before, primary.line_before, primary.text_now, primary.line_now);
  made.parts = {part(metadata::KeyPartKind::code, "", "trainer", "aaaaaaaaaaaa", "bbbbbbbbbbbb")};
  made.reason = {cache::ReasonCode::code_changed, cache::code_change_text(code.comparison)};
  made.code = std::move(code);
  return made;
}

inline workspace::Explanation why_code_was_reused() {
  workspace::Explanation made = why_it_was_reused();
  made.reason = {};
  made.code = workspace::CodeExplanation{cache::same_code(trainer_code()), {}};
  return made;
}

inline workspace::ProposedAcceptance proposal() {
  workspace::ProposedAcceptance made;
  made.pipeline = "boston_housing";
  made.step = "trainer";
  made.now = digest_of("new code");
  made.before = digest_of("old code");
  made.before_run = 3;
  made.code = why_code_ran().code;
  return made;
}

inline workspace::SignatureView signature(metadata::RunId run) {
  workspace::SignatureView made;
  made.step = "trainer";
  made.run = run;
  made.precision = code_signature::Precision::exact;
  made.digest = digest_of("signature");
  made.parts = trainer_code();
  if (run != 0) return made;
  made.note = "libproject.so was compared byte for byte: it is stripped";
  made.why_not = "it reads the clock";
  made.remarks = {"getenv", std::string(k_hostile)};
  return made;
}

inline metadata::RunRecord run_record(metadata::RunId id, metadata::RunStatus status) {
  metadata::RunRecord made;
  made.id = id;
  made.pipeline = "boston_housing";
  made.status = status;
  made.started_ns = k_noon + id * 60 * k_s + 123 * k_ms;
  made.program = "/home/me/boston housing/boston";
  made.arguments = {"./boston", "run", "--csv", "my data.csv", "--epochs", "30"};
  made.folder = "/home/me/boston housing";
  made.parameters = metadata::record_parameters(boston().parameters);
  if (status == metadata::RunStatus::running) return made;
  made.ended_ns = made.started_ns + 901 * k_ms;
  made.duration_ns = 901 * k_ms;
  made.saved_ns = 1420 * k_ms;
  made.cached = 3;
  made.completed = 1;
  return made;
}

inline std::vector<metadata::RunRecord> runs() {
  auto running = run_record(5, metadata::RunStatus::running);
  auto labelled = run_record(4, metadata::RunStatus::completed);
  labelled.tags = {"baseline", "paper"};
  labelled.note = "the one in the paper";
  labelled.pinned = true;
  auto failed = run_record(3, metadata::RunStatus::failed);
  failed.pipeline = std::string(k_hostile);
  failed.note = std::string(k_hostile);
  failed.parameters = metadata::record_parameters(hostile_pipeline().parameters);
  failed.saved_ns = 0;
  failed.cached = 0;
  failed.failed = 1;
  failed.skipped = 2;
  return {running, labelled, failed};
}

inline workspace::RecordedRun recorded() {
  workspace::RecordedRun made;
  made.run = runs()[1];
  made.graph = boston();
  const workspace::RunResult run = second_run();
  for (std::size_t id = 0; id < run.steps.size(); ++id) {
    const scheduler::StepResult& result = run.steps[id];
    workspace::RecordedStep recorded_step;
    recorded_step.name = made.graph.steps[id].name;
    recorded_step.state = {result.status, result.execution, std::string(cache::name(result.reason.code)),
                           result.reason.text};
    metadata::ExecutionRecord execution;
    execution.id = result.execution;
    execution.run = result.produced_by_run;
    execution.key = result.key;
    execution.cached_for_later = true;
    execution.duration_ns = result.status == metadata::StepStatus::cached ? result.saved_ns : result.duration_ns;
    execution.outputs = result.outputs;
    execution.key_parts = trainer_inputs();
    for (const auto& port : made.graph.steps[id].interface->outputs) execution.output_names.push_back(port.name);
    recorded_step.execution = std::move(execution);
    recorded_step.nondeterministic = result.nondeterministic;
    made.steps.push_back(std::move(recorded_step));
  }
  made.steps[1].execution->metrics = {{"loss", 2.25}, {std::string(k_hostile), 1e300 * 1e300}};
  made.steps[1].execution->log = "logs/run-4/trainer.log";
  made.steps[3].execution.reset();
  made.warnings = {"deployer: the record of execution 1 is damaged"};
  return made;
}

inline workspace::RunDifference difference() {
  workspace::RunDifference made;
  made.left = runs()[2];
  made.right = runs()[1];
  made.parameters = {"epochs: 20 -> 30"};
  made.steps = {
      {"trainer", "failed", "completed", false, {"parameter epochs: 20 -> 30", "output output: 1a2b -> 3c4d"}},
      {"evaluator", "skipped", "cached", false, {}},
      {"deployer", "", "cached", false, {}},
      {std::string(k_hostile), "completed", "", false, {}}};
  return made;
}

inline std::vector<workspace::ListedArtifact> artifacts() {
  metadata::ArtifactRecord model;
  model.digest = digest_of("model");
  model.type = "struct{w:list<array<float64,2>>,b:list<array<float64,1>>,name:str}";
  model.materializer = "tree/1";
  model.size_bytes = 1'341'993;
  model.pinned = true;
  metadata::ArtifactRecord error;
  error.digest = digest_of("error");
  error.type = "float64";
  error.materializer = "json/1";
  error.size_bytes = 17;
  return {{model, 6, 4, "trainer", "output"}, {error, 3, 3, std::string(k_hostile), "output"}};
}

inline std::vector<metadata::Acceptance> acceptances() {
  metadata::Acceptance first{1,
                             "boston_housing",
                             "trainer",
                             digest_of("new code"),
                             digest_of("old code"),
                             "ann",
                             "renamed a loop",
                             k_noon + 123 * k_ms,
                             0};
  metadata::Acceptance second = first;
  second.id = 2;
  second.step = second.by = second.note = std::string(k_hostile);
  second.revoked_ns = k_noon + 60 * k_s;
  return {first, second};
}

inline workspace::VerifyResult damaged_store() {
  workspace::VerifyResult made;
  made.objects = 12;
  made.artifacts = 30;
  made.records = 1042;
  made.bytes = 13'419'930;
  made.findings = {{"object", digest_of("model").hex(), "its bytes are not those of its name",
                    "`verify --repair` removes it; the step that made it runs again when it is needed"},
                   {"record", "cache_entries " + std::string(k_hostile), "its check does not hold", ""}};
  return made;
}

inline workspace::GarbageResult garbage(bool dry_run) {
  workspace::GarbageResult made;
  made.runs = {1, 2};
  made.executions = 8;
  made.artifacts = 11;
  made.objects = 5;
  made.freed_bytes = 2'340'000;
  made.kept_bytes = 1'200;
  made.dry_run = dry_run;
  return made;
}

inline workspace::LoadedSettings settings() {
  workspace::LoadedSettings made;
  made.origins = {{"color", "auto", "default", "colours in the output: auto (on a terminal), always, never"},
                  {"keep_runs", "9", "environment STEPCACHE_KEEP_RUNS", "how many runs `gc` keeps"}};
  return made;
}

}  // namespace stepcache::report::examples
