#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "digest/sha256.h"
#include "execution/staging.h"
#include "workspace/run_pipeline.h"
#include "workspace/workspace.h"

namespace stepcache::workspace {

// A folder of its own, removed at the end, with a pipeline of small steps in a real workspace.
//   source(file data.txt, count) -> left, right;  join(left, right) -> output
// The bytes of each output are text made of what the step is given, repeated so that `source` fills objects.
class WorkspaceTest : public ::testing::Test {
 public:
  WorkspaceTest() {
    std::string name = (std::filesystem::temp_directory_path() / "stepcache-test-XXXXXX").string();
    folder = mkdtemp(name.data());
    write("data.txt", "data");
    auto source = std::make_shared<pipeline::StepInterface>();
    source->function = "source";
    source->inputs = {{"0", "file"}, {"1", "int64"}};
    source->outputs = {{"left", "str", "text/1"}, {"right", "str", "text/1"}};
    auto join = std::make_shared<pipeline::StepInterface>();
    join->function = "join";
    join->inputs = {{"0", "str"}, {"1", "str"}};
    join->outputs = {{"output", "str", "text/1"}};
    program.pipeline.name = "test";
    program.pipeline.parameters = {{"count", "int64", pipeline::Value(1000), {}, {}, ""}};
    program.pipeline.steps = {
        {"source",
         source,
         {pipeline::ExternalInput{pipeline::ExternalKind::file, "data.txt"}, pipeline::ParameterRef{0}},
         {},
         {},
         ""},
        {"join", join, {pipeline::OutputRef{0, 0}, pipeline::OutputRef{0, 1}}, {}, {}, ""}};
    program.body_of = [this](pipeline::StepId id) -> execution::StepBody& { return bodies.at(id); };
    program.signature_of = [this](pipeline::StepId) {
      code_signature::CodeSignature code;
      code.digest = sha256(code_text);
      return std::make_shared<const code_signature::CodeSignature>(std::move(code));
    };
    program.working_directory = folder;
    bodies[0].owner = this;
    bodies[1].owner = this;
  }
  ~WorkspaceTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  std::filesystem::path stepcache() const { return folder / ".stepcache"; }
  void write(const std::string& name, const std::string& text) { std::ofstream(folder / name) << text; }

  Workspace open(Access access = Access::write) {
    auto opened = Workspace::open(stepcache(), access);
    if (!opened) throw std::runtime_error(to_string(opened.error()));
    return std::move(*opened);
  }
  RunResult run() { return run(RunOptions()); }
  RunResult run(const RunOptions& options) {
    Workspace workspace = open();
    auto session = RunSession::start(workspace, program, options);
    if (!session) throw std::runtime_error(to_string(session.error()));
    while (true) {
      const auto event = session->next();
      if (!event) throw std::runtime_error(to_string(event.error()));
      if (!*event) break;
    }
    auto result = session->finish();
    if (!result) throw std::runtime_error(to_string(result.error()));
    return std::move(*result);
  }

  class Body final : public execution::StepBody {
   public:
    Result<std::vector<execution::StagedBytes>> run(const execution::Attempt& attempt,
                                                    std::vector<metadata::Metric>& metrics) override {
      ++times_run;
      if (fails) return fail(ErrorCode::step_failed, "it was told to fail", attempt.step_name);
      metrics.push_back({"inputs", static_cast<double>(attempt.inputs.size())});
      std::string text = attempt.step_name + noise;
      for (const execution::InputValue& input : attempt.inputs) text += "|" + text_of(input);
      std::vector<execution::StagedBytes> outputs;
      const bool is_source = attempt.step == 0;
      for (int port = 0; port < (is_source ? 2 : 1); ++port) {
        std::string bytes = std::to_string(port) + (is_source ? text : sha256(text).hex());
        while (is_source && bytes.size() < 10'000) bytes += bytes;
        execution::StagingWriter writer(platform::real_file_system(), attempt.temporary_folder);
        writer.append(as_bytes(bytes));
        STEPCACHE_TRY_ASSIGN(auto staged, writer.finish());
        outputs.push_back(std::move(staged));
      }
      return outputs;
    }
    WorkspaceTest* owner = nullptr;
    int times_run = 0;
    bool fails = false;
    std::string noise;  // changes what it gives

   private:
    static std::string text_of(const execution::InputValue& input) {
      auto& files = platform::real_file_system();
      if (const auto* value = std::get_if<pipeline::Value>(&input)) return value->to_text();
      if (const auto* external = std::get_if<execution::ExternalValue>(&input)) {
        return platform::read_whole(files, external->path).value_or("unreadable");
      }
      const auto& stored = std::get<execution::StoredBytes>(input);
      if (const auto* path = std::get_if<std::filesystem::path>(&stored.where)) {
        return platform::read_whole(files, *path).value_or("unreadable");
      }
      return std::get<std::string>(stored.where);
    }
  };

  std::filesystem::path folder;
  PipelineProgram program;
  std::map<pipeline::StepId, Body> bodies;
  std::string code_text = "code";
};

}  // namespace stepcache::workspace
