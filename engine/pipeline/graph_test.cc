#include "pipeline/graph.h"

#include <gtest/gtest.h>

#include <random>

#include "pipeline/graph_blob.h"

namespace stepcache::pipeline {
namespace {

std::shared_ptr<const StepInterface> interface(std::size_t inputs, std::size_t outputs,
                                               const std::string& type = "int32") {
  auto made = std::make_shared<StepInterface>();
  made->function = "f";
  for (std::size_t i = 0; i < inputs; ++i) made->inputs.push_back({std::to_string(i), type});
  for (std::size_t i = 0; i < outputs; ++i) made->outputs.push_back({"output" + std::to_string(i), type, type + "/1"});
  return made;
}

Step step(std::string name, std::vector<Source> inputs, std::size_t outputs = 1) {
  Step made;
  made.name = std::move(name);
  made.interface = interface(inputs.size(), outputs);
  made.inputs = std::move(inputs);
  return made;
}

std::string message_of(const Pipeline& pipeline) {
  const auto graph = Graph::check(pipeline);
  if (graph) return "no error";
  EXPECT_EQ(graph.error().code, ErrorCode::invalid_argument);
  return to_string(graph.error());
}

TEST(Graph, OrdersStepsBehindWhatTheyWaitFor) {
  Pipeline pipeline{"p", {}, {}, {}};
  pipeline.steps.push_back(step("c", {OutputRef{2, 0}, OutputRef{1, 0}, OutputRef{1, 0}}));
  pipeline.steps.push_back(step("b", {OutputRef{2, 0}}));
  pipeline.steps.push_back(step("a", {Value(1)}));
  pipeline.steps.push_back(step("d", {}));
  pipeline.steps[3].after = {0, 2};
  const auto graph = Graph::check(pipeline);
  ASSERT_TRUE(graph);
  EXPECT_EQ(graph->order(), (std::vector<StepId>{2, 1, 0, 3}));
  EXPECT_EQ(graph->waits_for(0), 2U);
  EXPECT_EQ(std::vector<StepId>(graph->dependents(2).begin(), graph->dependents(2).end()),
            (std::vector<StepId>{0, 1, 3}));
}

TEST(Graph, NamesEachMistakeAndItsStep) {
  Pipeline pipeline{"p", {}, {}, {}};
  pipeline.steps.push_back(step("a", {Unconnected{}}));
  EXPECT_EQ(message_of(pipeline),
            "a: input 0 (int32) is not connected: give it a value, a parameter or another step's output");
  pipeline.steps[0] = step("a", {OutputRef{7, 0}});
  EXPECT_EQ(message_of(pipeline), "a: input 0 is connected to a step of another pipeline");
  pipeline.steps[0] = step("a", {Value(1)});
  pipeline.steps.push_back(step("b", {OutputRef{0, 3}}));
  EXPECT_EQ(message_of(pipeline), "b: input 0 is connected to output 3 of a, which has 1");
  pipeline.steps[1] = step("a", {OutputRef{0, 0}});
  EXPECT_EQ(message_of(pipeline), "a: two steps have this name: give each step a name of its own");
  pipeline.steps[1] = step("b", {OutputRef{0, 0}});
  pipeline.steps[1].interface = interface(1, 1, "float64");
  EXPECT_EQ(message_of(pipeline), "b: input 0 takes float64, but output output0 of a is int32");
  pipeline.steps[1] = step("b", {ParameterRef{0}});
  EXPECT_EQ(message_of(pipeline), "b: input 0 is connected to a parameter of another pipeline");
  pipeline.steps[1] = step("", {Value(1)});
  EXPECT_EQ(message_of(pipeline), "p: a step has an empty name: give every step a name");
  pipeline.steps[1] = step("b", {Value(1)});
  pipeline.parameters = {{"x", "int32", Value(1), {}, {}, ""}, {"x", "int32", Value(1), {}, {}, ""}};
  EXPECT_EQ(message_of(pipeline), "x: two parameters have this name: give each a name of its own");
}

TEST(Graph, TellsACycleStepByStep) {
  Pipeline pipeline{"p", {}, {}, {}};
  pipeline.steps.push_back(step("start", {}));
  pipeline.steps.push_back(step("a", {OutputRef{3, 0}, OutputRef{0, 0}}));
  pipeline.steps.push_back(step("b", {OutputRef{1, 0}}));
  pipeline.steps.push_back(step("c", {OutputRef{2, 0}}));
  pipeline.steps.push_back(step("end", {OutputRef{3, 0}}));
  EXPECT_EQ(message_of(pipeline), "p: the steps wait for each other in a cycle: a -> b -> c -> a");
}

TEST(Graph, TakesALongChain) {
  Pipeline pipeline{"p", {}, {}, {}};
  constexpr StepId k_steps = 100'000;
  const auto one = interface(1, 1);
  for (StepId id = 0; id < k_steps; ++id) {
    Step made;
    made.name = std::to_string(id);
    made.interface = one;
    made.inputs.push_back(id + 1 < k_steps ? Source(OutputRef{id + 1, 0}) : Source(Value(1)));
    pipeline.steps.push_back(std::move(made));
  }
  const auto graph = Graph::check(pipeline);
  ASSERT_TRUE(graph);
  EXPECT_EQ(graph->order().front(), k_steps - 1);
  EXPECT_EQ(graph->order().back(), 0U);
}

Pipeline random_pipeline(std::mt19937& random) {
  const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  Pipeline pipeline{"random\n\"p\"", {}, {}, {}};
  pipeline.parameters.push_back({"p", "int32", Value(1), {}, {}, ""});
  const std::size_t count = 1 + below(20);
  for (std::size_t id = 0; id < count; ++id) {
    std::vector<Source> inputs;
    for (std::size_t port = below(4); port > 0; --port) {
      switch (below(4)) {
        case 0:
          inputs.emplace_back(Value(1));
          break;
        case 1:
          inputs.emplace_back(ParameterRef{0});
          break;
        case 2:
          inputs.emplace_back(ExternalInput{ExternalKind::file, "a\xff b"});
          break;
        default:
          if (id > 0) inputs.emplace_back(OutputRef{static_cast<StepId>(below(id)), 0});
      }
    }
    pipeline.steps.push_back(step("s" + std::to_string(id), std::move(inputs), 1 + below(3)));
    if (id > 0 && below(3) == 0) pipeline.steps.back().after.push_back(static_cast<StepId>(below(id)));
  }
  return pipeline;
}

TEST(GraphBlob, ReadsBackWhatItWrote) {
  std::mt19937 random(1);
  for (int round = 0; round < 1'000; ++round) {
    const Pipeline pipeline = random_pipeline(random);
    const std::string blob = encode_graph(pipeline);
    const auto back = decode_graph(blob);
    ASSERT_TRUE(back);
    EXPECT_EQ(encode_graph(*back), blob);
    EXPECT_EQ(back->steps.size(), pipeline.steps.size());
    ASSERT_TRUE(Graph::check(*back));
    EXPECT_EQ(Graph::check(*back)->order(), Graph::check(pipeline)->order());
  }
}

TEST(GraphBlob, RefusesEveryCutAndSurvivesEveryFlip) {
  std::mt19937 random(2);
  Pipeline pipeline = random_pipeline(random);
  while (pipeline.steps.size() < 10) pipeline = random_pipeline(random);
  const std::string blob = encode_graph(pipeline);
  for (std::size_t size = 0; size < blob.size(); ++size) {
    EXPECT_FALSE(decode_graph(std::string_view(blob).substr(0, size))) << size;
  }
  for (std::size_t at = 0; at < blob.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string flipped = blob;
      flipped[at] = static_cast<char>(static_cast<unsigned char>(flipped[at]) ^ (1U << bit));
      const auto read = decode_graph(flipped);
      EXPECT_TRUE(!read || encode_graph(*read) != blob);
    }
  }
}

}  // namespace
}  // namespace stepcache::pipeline
