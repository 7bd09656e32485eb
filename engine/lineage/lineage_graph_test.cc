#include "lineage/lineage_graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "lineage/lineage_examples.h"

namespace stepcache::lineage {
namespace {

using metadata::EventKind;
using metadata::StepStatus;

std::string label(const LineageGraph& graph, NodeId id) {
  const Node& node = graph.nodes[id];
  if (const auto* step = std::get_if<StepNode>(&node)) return step->name + "#" + std::to_string(step->execution);
  if (const auto* artifact = std::get_if<ArtifactNode>(&node)) return artifact->name;
  return std::get<ExternalNode>(node).name;
}

// "from -port-> to state", in the graph's order.
std::vector<std::string> edges_of(const LineageGraph& graph) {
  std::vector<std::string> all;
  all.reserve(graph.edges.size());
  for (const Edge& edge : graph.edges) {
    all.push_back(label(graph, edge.from) + " -" + edge.port + "-> " + label(graph, edge.to) + " " +
                  std::string(name(edge.state)));
  }
  return all;
}

TEST(GraphOfRun, ConnectsStepsThroughTheirArtifacts) {
  const auto pipeline = examples::boston();
  const LineageGraph graph = graph_of_run(examples::boston_second_run(pipeline));
  EXPECT_EQ(graph.run, 2);
  EXPECT_EQ(graph.nodes.size(), 4U + 6U + 1U);
  EXPECT_EQ(edges_of(graph), (std::vector<std::string>{
                                 "boston_housing.csv -0-> importer#1 cached",
                                 "importer#1 -train-> train cached",
                                 "importer#1 -test-> test cached",
                                 "train -0-> trainer#5 fresh",
                                 "trainer#5 -model-> model fresh",
                                 "test -0-> evaluator#3 cached",
                                 "model -1-> evaluator#3 cached",
                                 "evaluator#3 -output-> output cached",
                                 "model -0-> deployer#4 cached",
                                 "deployer#4 -deployed-> deployed cached",
                                 "deployer#4 -model file-> model file cached",
                             }));
}

TEST(GraphOfRun, ShowsWhatAFailedStepReadAndThatItMadeNothing) {
  const auto pipeline = examples::boston();
  const LineageGraph graph = graph_of_run(examples::boston_failed_run(pipeline));
  const auto edges = edges_of(graph);
  EXPECT_NE(std::find(edges.begin(), edges.end(), "train -0-> trainer#6 fresh"), edges.end());
  EXPECT_NE(std::find(edges.begin(), edges.end(), "trainer#6 -model-> model expected"), edges.end());
  EXPECT_NE(std::find(edges.begin(), edges.end(), "test -0-> evaluator#0 expected"), edges.end());
  for (const Node& node : graph.nodes) {
    const auto* artifact = std::get_if<ArtifactNode>(&node);
    if (artifact != nullptr && artifact->name == "model") {
      EXPECT_EQ(artifact->digest, std::nullopt);
    }
  }
}

TEST(GraphOfRun, OfAPipelineThatHasNotRunIsAllExpected) {
  const auto pipeline = examples::boston();
  const LineageGraph graph = graph_of_run({pipeline, "boston_housing", 0, {}});
  EXPECT_EQ(graph.nodes.size(), 11U);
  for (const Edge& edge : graph.edges) EXPECT_EQ(edge.state, EdgeState::expected);
}

TEST(GraphOfRun, ShowsAnExternalInputOnceAndTellsKindsApart) {
  pipeline::Pipeline made;
  const auto reads_one = examples::interface_of({"0"}, {});
  const pipeline::ExternalInput file{pipeline::ExternalKind::file, "HOME"};
  const pipeline::ExternalInput variable{pipeline::ExternalKind::environment, "HOME"};
  made.steps = {examples::step_of("a", reads_one, {file}), examples::step_of("b", reads_one, {file}),
                examples::step_of("c", reads_one, {variable})};
  const LineageGraph graph = graph_of_run({made, "", 0, {}});
  EXPECT_EQ(graph.nodes.size(), 3U + 2U);
  EXPECT_EQ(graph.edges[0].from, graph.edges[1].from);
  EXPECT_NE(graph.edges[0].from, graph.edges[2].from);
}

TEST(GraphOfRun, ShowsOrderWithoutDataAsAnEdgeOfItsOwnKind) {
  pipeline::Pipeline made;
  const auto nothing = examples::interface_of({}, {});
  made.steps = {examples::step_of("a", nothing, {}), examples::step_of("b", nothing, {})};
  made.steps[1].after = {0};
  const LineageGraph graph = graph_of_run({made, "", 0, {}});
  ASSERT_EQ(graph.edges.size(), 1U);
  EXPECT_EQ(graph.edges[0].kind, EdgeKind::order);
}

TEST(GraphOfRun, LeavesOutReferencesOutOfRange) {
  pipeline::Pipeline made;
  const auto reads = examples::interface_of({"0", "1", "2"}, {{"output", "int32"}});
  made.steps = {
      examples::step_of("a", reads, {pipeline::OutputRef{7, 0}, pipeline::OutputRef{0, 3}, pipeline::ParameterRef{9}}),
      {"no interface", nullptr, {pipeline::OutputRef{0, 0}, pipeline::Unconnected{}}, {5}, {}, {}}};
  const LineageGraph graph = graph_of_run({made, "", 0, {}});
  EXPECT_EQ(edges_of(graph),
            (std::vector<std::string>{"a#0 -output-> output expected", "output -0-> no interface#0 expected"}));
}

TEST(ViewOfRun, FindsEachStepsExecutionAndSurvivesAForgottenOne) {
  const auto pipeline = examples::boston();
  metadata::RunRecord run;
  run.id = 2;
  run.pipeline = "boston_housing";
  metadata::ExecutionRecord trainer;
  trainer.id = 5;
  trainer.run = 2;
  trainer.duration_ns = 7;
  trainer.outputs = {examples::output_of("model", 9)};
  const std::vector<metadata::RunStep> steps = {{StepStatus::cached, 1, "unchanged", ""},
                                                {StepStatus::completed, 5, "", ""}};
  const RunView view = view_of_run(pipeline, run, steps, std::vector{trainer});
  EXPECT_EQ(view.title, "boston_housing, run 2");
  ASSERT_EQ(view.steps.size(), 2U);
  EXPECT_EQ(view.steps[0].duration_ns, -1);
  EXPECT_TRUE(view.steps[0].outputs.empty());
  EXPECT_EQ(view.steps[1].duration_ns, 7);
  EXPECT_EQ(view.steps[1].outputs, trainer.outputs);
  EXPECT_EQ(graph_of_run(view).nodes.size(), 11U);
}

TEST(ViewOfRun, TellsWhichFilesTheParametersHeldThoughAShapeHasNoValues) {
  auto pipeline = examples::boston();
  pipeline.parameters[0].value = pipeline::Value();  // as decode_graph gives it
  pipeline.parameters[1].value = pipeline::Value();
  metadata::RunRecord run;
  run.parameters = R"({"csv": {"type": "file", "value": "data/houses.csv"},
                       "test_fraction": {"type": "float64", "value": "0.2"}})";
  const std::vector<metadata::RunStep> steps = {{StepStatus::completed, 1, "", ""}};
  const LineageGraph graph = graph_of_run(view_of_run(pipeline, run, steps, {}));
  ASSERT_EQ(graph.nodes.size(), 11U);  // the number is no external input
  EXPECT_EQ(edges_of(graph)[0], "data/houses.csv -0-> importer#1 fresh");
  for (const char* damaged : {"", "{", "[]", R"({"csv": 1})", R"({"csv": {"value": 2}})"}) {
    run.parameters = damaged;
    EXPECT_EQ(graph_of_run(view_of_run(pipeline, run, steps, {})).nodes.size(), 10U) << damaged;
  }
}

TEST(ViewOfRun, TellsAVariableHeldByAParameterFromAText) {
  pipeline::Pipeline pipeline;
  pipeline.parameters = {{"where", "str", {}, {}, {}, {}}, {"what", "str", {}, {}, {}, {}}};
  pipeline.steps = {examples::step_of("a", examples::interface_of({"0", "1"}, {}),
                                      {pipeline::ParameterRef{0}, pipeline::ParameterRef{1}})};
  metadata::RunRecord run;
  run.parameters = R"({"where": {"type": "str", "value": "HOME"}, "what": {"type": "str", "value": "text"}})";
  metadata::ExecutionRecord execution;
  execution.id = 1;
  execution.key_parts = {{metadata::KeyPartKind::environment, "0", "where", {}, "set"},
                         {metadata::KeyPartKind::parameter, "1", "what", {}, "text"}};
  const std::vector<metadata::RunStep> steps = {{StepStatus::completed, 1, "", ""}};
  const LineageGraph graph = graph_of_run(view_of_run(pipeline, run, steps, std::vector{execution}));
  EXPECT_EQ(edges_of(graph), (std::vector<std::string>{"HOME -0-> a#1 fresh"}));
  EXPECT_EQ(std::get<ExternalNode>(graph.nodes[graph.edges[0].from]).kind, pipeline::ExternalKind::environment);
}

// --- Across runs

struct Recorder {
  ArtifactHistory history;

  void execution(metadata::ExecutionId id, metadata::RunId run, std::string step) {
    metadata::ExecutionRecord record;
    record.id = id;
    record.run = run;
    record.step = std::move(step);
    history.executions.push_back(std::move(record));
  }
  void read(metadata::ExecutionId id, const std::string& port, const std::string& content) {
    history.events.push_back({id, EventKind::input, 0, port, sha256(content)});
  }
  void wrote(metadata::ExecutionId id, const std::string& port, const std::string& content) {
    history.events.push_back({id, EventKind::output, 0, port, sha256(content)});
    history.artifacts.push_back({sha256(content), "type of " + content, content.size()});
  }
};

Recorder two_boston_runs() {
  Recorder recorder;
  recorder.execution(1, 1, "importer");
  recorder.execution(2, 1, "trainer");
  recorder.execution(3, 1, "evaluator");
  recorder.execution(5, 2, "trainer");
  recorder.wrote(1, "train", "train");
  recorder.wrote(1, "test", "test");
  recorder.read(2, "0", "train");
  recorder.wrote(2, "model", "model");
  recorder.read(3, "0", "test");
  recorder.read(3, "1", "model");
  recorder.wrote(3, "output", "2.41");
  recorder.read(5, "0", "train");
  recorder.wrote(5, "model", "model");
  recorder.history.executions[0].key_parts.push_back({metadata::KeyPartKind::file, "0", "boston_housing.csv", {}, {}});
  recorder.history.executions[0].key_parts.push_back(
      {metadata::KeyPartKind::parameter, "1", "test_fraction", {}, "0.2"});
  return recorder;
}

std::set<std::string> labels(const LineageGraph& graph) {
  std::set<std::string> all;
  for (NodeId id = 0; id < graph.nodes.size(); ++id) all.insert(label(graph, id));
  return all;
}

TEST(GraphOfArtifact, GoesBackToWhatItWasMadeOfAndOnToWhatWasMadeOfIt) {
  Recorder recorder = two_boston_runs();
  recorder.history.focus = sha256("model");
  const LineageGraph graph = graph_of_artifact(recorder.history);
  // Not "test": it is neither what the model was made of nor made of it, though the evaluator read it as well.
  EXPECT_EQ(labels(graph), (std::set<std::string>{"boston_housing.csv", "importer#1", "train", "trainer#2", "trainer#5",
                                                  "model", "evaluator#3", "output"}));
  ASSERT_TRUE(graph.focus);
  EXPECT_EQ(label(graph, *graph.focus), "model");
  EXPECT_EQ(graph.edges.size(), 1U + 1U + 2U + 2U + 1U + 1U);
}

TEST(GraphOfArtifact, NamesAFileByThePathThatItsRunRecorded) {
  Recorder recorder = two_boston_runs();
  recorder.history.focus = sha256("train");
  recorder.history.executions[0].key_parts[0].name = "csv";
  EXPECT_EQ(labels(graph_of_artifact(recorder.history)).count("csv"), 1U);
  metadata::RunRecord run;
  run.id = 1;
  run.parameters = R"({"csv": {"type": "file", "value": "boston_housing.csv"}})";
  recorder.history.runs = {run};
  EXPECT_EQ(labels(graph_of_artifact(recorder.history)).count("csv"), 0U);
  EXPECT_EQ(labels(graph_of_artifact(recorder.history)).count("boston_housing.csv"), 1U);
}

TEST(GraphOfArtifact, StartsAtTheSourceWithEverythingAfterIt) {
  Recorder recorder = two_boston_runs();
  recorder.history.focus = sha256("train");
  EXPECT_EQ(labels(graph_of_artifact(recorder.history)),
            (std::set<std::string>{"boston_housing.csv", "importer#1", "train", "trainer#2", "trainer#5", "model",
                                   "evaluator#3", "output"}));
}

TEST(GraphOfArtifact, ShowsAStepThatReturnsItsInputAsACycleOnce) {
  Recorder recorder;
  recorder.execution(1, 1, "copy");
  recorder.read(1, "0", "same");
  recorder.wrote(1, "output", "same");
  recorder.history.focus = sha256("same");
  const LineageGraph graph = graph_of_artifact(recorder.history);
  EXPECT_EQ(graph.nodes.size(), 2U);
  EXPECT_EQ(graph.edges.size(), 2U);
}

TEST(GraphOfArtifact, KeepsWhatIsKnownWhenRecordsAreGone) {
  ArtifactHistory history;
  history.focus = sha256("model");
  history.events.push_back({7, EventKind::output, 0, "model", sha256("model")});
  const LineageGraph graph = graph_of_artifact(history);
  ASSERT_EQ(graph.nodes.size(), 2U);
  EXPECT_EQ(labels(graph), (std::set<std::string>{"model", "#7"}));
}

TEST(GraphOfArtifact, OfAnArtifactWithoutEventsIsThatArtifactAlone) {
  ArtifactHistory history;
  history.focus = sha256("model");
  EXPECT_EQ(graph_of_artifact(history).nodes.size(), 1U);
}

TEST(GraphOfArtifact, FollowsAChainOfAHundredThousandExecutions) {
  Recorder recorder;
  constexpr int k_steps = 100'000;
  for (int i = 1; i <= k_steps; ++i) {
    recorder.history.events.push_back({i, EventKind::input, 0, "0", sha256(std::to_string(i - 1))});
    recorder.history.events.push_back({i, EventKind::output, 0, "output", sha256(std::to_string(i))});
  }
  recorder.history.focus = sha256(std::to_string(k_steps / 2));
  EXPECT_EQ(graph_of_artifact(recorder.history).nodes.size(), 2U * k_steps + 1);
}

}  // namespace
}  // namespace stepcache::lineage
