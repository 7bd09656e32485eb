#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "artifact_store/local_store.h"
#include "digest/sha256.h"
#include "metadata/sqlite/sqlite_metadata_store.h"
#include "pipeline/graph_blob.h"
#include "scheduler/scheduler.h"
#include "testing/fake_executor.h"
#include "testing/manual_clock.h"
#include "testing/memory_file_system.h"

namespace stepcache::scheduler {

// What a step is made of in these tests. `code` is what the key sees of it, `meaning` what it computes: an edit of
// `code` alone is one that changes no result.
struct StepModel {
  std::string code = "code 1";
  std::string meaning = "meaning 1";
  std::string noise;  // changes what it computes and not what the key sees
  std::vector<code_signature::Part> parts;  // of its code; empty: one, called like it
  bool large = false;  // outputs that do not fit a record
  bool fails = false;
  std::string writes;       // changes this file while it runs
  std::string removes;      // removes this file while it runs
  std::string output_file;  // leaves this file behind
};

// A workspace in memory and pipelines of steps that hash what they get: the output of a step is a function of its
// meaning and of the bytes of its inputs, so that a full rerun can be computed without running anything.
class World {
 public:
  World() : files(clock) {
    metadata::SqliteOptions options;
    options.in_memory = true;
    auto opened = metadata::open_sqlite_store(options);
    if (!opened) ADD_FAILURE() << to_string(opened.error());
    metadata = std::move(*opened);
    artifacts = artifact_store::open_local_store("/work/.stepcache", files, clock);
    EXPECT_TRUE(files.make_directories("/work/.stepcache/tmp", 0700));
  }

  struct Ran {
    std::vector<StepResult> steps;
    std::vector<std::string> started;
    std::vector<std::string> warnings;
    std::vector<Event> events;
    std::optional<Error> error;
    metadata::RunId run = 0;
    const StepResult& operator[](std::size_t id) const { return steps[id]; }
  };
  struct Options {
    std::optional<bool> enable_cache;
    bool fail_fast = false;
    bool plan = false;
    double check = 0;
    std::size_t capacity = 1;
    std::uint64_t seed = 0;
    std::optional<std::size_t> cancel_after_events;
  };

  // The digest of a step's code, and what it is made of.
  Digest code(pipeline::StepId id) const {
    return sha256(models[id].code + "/" + models[id].meaning + (models[id].large ? "/large" : ""));
  }
  std::vector<code_signature::Part> parts(pipeline::StepId id) const {
    if (!models[id].parts.empty()) return models[id].parts;
    const std::string& name = models[id].code;
    return {{"function", name, name.size(), code(id), {{name, "code.cpp", 1, ""}}, {}}};
  }

  // Adds a step; its inputs' ports take any type.
  pipeline::StepId add(const std::string& name, std::vector<pipeline::Source> inputs, std::size_t outputs = 1) {
    auto interface = std::make_shared<pipeline::StepInterface>();
    interface->function = name;
    for (std::size_t i = 0; i < inputs.size(); ++i) interface->inputs.push_back({std::to_string(i), "bytes"});
    for (std::size_t i = 0; i < outputs; ++i)
      interface->outputs.push_back({"out" + std::to_string(i), "bytes", "bytes/1"});
    pipeline.steps.push_back({name, std::move(interface), std::move(inputs), {}, {}, ""});
    models.emplace_back();
    return static_cast<pipeline::StepId>(pipeline.steps.size() - 1);
  }

  // The bytes of an output, from what the step is given.
  static std::string output_bytes(const StepModel& model, const std::vector<std::string>& inputs, std::size_t output) {
    FieldHasher hasher;
    hasher.text(model.meaning).text(model.noise).unsigned_integer(output);
    for (const std::string& input : inputs) hasher.text(input);
    std::string text = hasher.finish().hex();
    if (!model.large) return text;
    std::string large;
    while (large.size() <= metadata::k_inline_limit) large += text;
    return large;
  }

  // What a full rerun gives: the digests of every step's outputs.
  std::vector<std::vector<Digest>> oracle() {
    const auto graph = pipeline::Graph::check(pipeline);
    std::vector<std::vector<std::string>> bytes(pipeline.steps.size());
    std::vector<std::vector<Digest>> digests(pipeline.steps.size());
    for (const pipeline::StepId id : graph->order()) {
      std::vector<std::string> inputs;
      for (const pipeline::Source& source : pipeline.steps[id].inputs) inputs.push_back(input_bytes(source, bytes));
      for (std::size_t i = 0; i < pipeline.steps[id].interface->outputs.size(); ++i) {
        bytes[id].push_back(output_bytes(models[id], inputs, i));
        digests[id].push_back(sha256(bytes[id].back()));
      }
    }
    return digests;
  }

  Ran run() { return run(Options()); }
  Ran run(const Options& options) {
    Ran ran;
    const auto graph = pipeline::Graph::check(pipeline);
    if (!graph) {
      ran.error = graph.error();
      return ran;
    }
    testing::FakeExecutor executor(
        clock, [this](const execution::Attempt& attempt) { return work(attempt); }, options.capacity, options.seed);
    if (!options.plan) {
      metadata::NewRun made;
      made.graph_blob = pipeline::encode_graph(pipeline);
      made.run.pipeline = pipeline.name;
      made.run.graph = sha256(made.graph_blob);
      made.run.started_ns = clock.wall_ns();
      auto begun = metadata->begin_run(made);
      if (!begun) {
        ran.error = begun.error();
        return ran;
      }
      ran.run = *begun;
    }
    Request request{.pipeline = pipeline,
                    .graph = *graph,
                    .signature_of = [this](pipeline::StepId id) { return signature(id); },
                    .code_parts_of = [this](pipeline::StepId id) { return code_parts(id); },
                    .enable_cache = options.enable_cache,
                    .enable_cache_by_default = true,
                    .fail_fast = options.fail_fast,
                    .check = options.check,
                    .plan = options.plan,
                    .keep_inputs = false,
                    .run = ran.run,
                    .working_directory = "/work",
                    .temporary_folder = "/work/.stepcache/tmp",
                    .log_folder = {}};
    Scheduler scheduler({*metadata, *artifacts, executor, files, clock}, std::move(request));
    while (true) {
      auto event = scheduler.advance();
      if (!event) {
        ran.error = event.error();
        break;
      }
      if (!*event) break;
      ran.events.push_back(**event);
      if (options.cancel_after_events == ran.events.size()) scheduler.cancel();
    }
    ran.warnings = scheduler.warnings();
    ran.steps = scheduler.take_steps();
    ran.started = executor.started();
    if (!options.plan && !ran.error) finish(ran);
    clock.advance(std::chrono::seconds(10));
    return ran;
  }

  testing::ManualClock clock;
  testing::MemoryFileSystem files;
  std::unique_ptr<metadata::MetadataStore> metadata;
  std::unique_ptr<artifact_store::ArtifactStore> artifacts;
  pipeline::Pipeline pipeline{"p", {}, {}, {}};
  std::vector<StepModel> models;  // by step id
  std::vector<pipeline::StepId> asked_for_parts;
  bool parts_fail = false;

 private:
  std::string external_bytes(const pipeline::ExternalInput& input) const {
    return "file " + files.content("/work/" + input.name).value_or("nothing");
  }

  std::string input_bytes(const pipeline::Source& source, const std::vector<std::vector<std::string>>& made) const {
    if (const auto* ref = std::get_if<pipeline::OutputRef>(&source)) return made[ref->step][ref->output];
    if (const auto* input = std::get_if<pipeline::ExternalInput>(&source)) return external_bytes(*input);
    if (const auto* ref = std::get_if<pipeline::ParameterRef>(&source)) {
      return "value " + std::get<pipeline::Value>(pipeline.parameters[ref->parameter].value).to_text();
    }
    return "value " + std::get<pipeline::Value>(source).to_text();
  }

  Result<std::vector<execution::StagedBytes>> work(const execution::Attempt& attempt) {
    const StepModel& model = models[attempt.step];
    if (model.fails) return fail(ErrorCode::step_failed, "it was told to fail", attempt.step_name);
    std::vector<std::string> inputs;
    for (const execution::InputValue& input : attempt.inputs) {
      if (const auto* stored = std::get_if<execution::StoredBytes>(&input)) {
        const auto* path = std::get_if<std::filesystem::path>(&stored->where);
        inputs.push_back(path != nullptr ? files.content(*path).value_or("") : std::get<std::string>(stored->where));
      } else if (const auto* external = std::get_if<execution::ExternalValue>(&input)) {
        inputs.push_back(external_bytes(external->input));
      } else {
        inputs.push_back("value " + std::get<pipeline::Value>(input).to_text());
      }
    }
    if (!model.writes.empty()) files.write("/work/" + model.writes, "written by " + attempt.step_name);
    if (!model.removes.empty()) STEPCACHE_TRY(files.remove("/work/" + model.removes));
    std::vector<execution::StagedBytes> outputs;
    for (std::size_t i = 0; i < pipeline.steps[attempt.step].interface->outputs.size(); ++i) {
      std::string bytes = output_bytes(model, inputs, i);
      execution::StagedBytes staged;
      staged.digest = sha256(bytes);
      staged.size_bytes = bytes.size();
      staged.output_file = model.output_file;
      if (!model.output_file.empty()) files.write("/work/" + model.output_file, bytes);
      if (bytes.size() > metadata::k_inline_limit) {
        const std::filesystem::path temporary = attempt.temporary_folder / ("t" + std::to_string(++temporaries_));
        files.write(temporary, bytes, 0600);
        staged.where = temporary;
      } else {
        staged.where = std::move(bytes);
      }
      outputs.push_back(std::move(staged));
    }
    return outputs;
  }

  Result<std::shared_ptr<const code_signature::CodeSignature>> signature(pipeline::StepId id) {
    code_signature::CodeSignature made;
    made.precision = code_signature::Precision::exact;
    made.digest = code(id);
    return std::make_shared<const code_signature::CodeSignature>(std::move(made));
  }

  Result<std::vector<code_signature::Part>> code_parts(pipeline::StepId id) {
    asked_for_parts.push_back(id);
    if (parts_fail) return fail(ErrorCode::damaged, "its debugging information leads nowhere", "/work/program");
    return parts(id);
  }

  void finish(const Ran& ran) {
    metadata::RunOutcome outcome;
    for (const StepResult& step : ran.steps) {
      outcome.steps.push_back(
          {step.status, step.execution, std::string(cache::name(step.reason.code)), step.reason.text});
    }
    EXPECT_TRUE(metadata->finish_run(ran.run, outcome));
  }

  std::uint64_t temporaries_ = 0;
};

}  // namespace stepcache::scheduler
