#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "cpp/src/artifact_round_trip.h"
#include "cpp/src/function_body.h"
#include "cpp/src/pipeline_state.h"
#include "pipeline/graph.h"

// Steps as users write them, run through execution::StepBody with attempts made by hand.
namespace stepcache::detail {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

int add(int a, int b) { return a + b; }
double half(double x) { return x / 2; }
int twice(const int& x) noexcept { return 2 * x; }
std::string take(std::vector<double>&& values) { return std::to_string(values.size()); }

struct Split {
  std::vector<double> train;
  std::string test;
  STEPCACHE_OUTPUTS(train, test)
};
Split divide(int count) { return {std::vector<double>(static_cast<std::size_t>(count), 1.0), "test"}; }
std::string describe(const std::vector<double>& train, const std::string& test) {
  return test + std::to_string(train.size());
}

struct Scale {
  double by = 1;
  std::vector<std::string> names;
  double operator()(double x) const { return by * x + static_cast<double>(names.size()); }
  STEPCACHE_FIELDS(by, names)
};

class StrangeError {};

int throws(const std::string& what) {
  if (what == "runtime") throw std::runtime_error("line 17: expected 14 numbers, found 3");
  if (what == "int") throw 7;
  if (what == "text") throw "a text";
  if (what == "strange") throw StrangeError();
  return 0;
}

class Steps : public RoundTrip {
 protected:
  // An attempt at a step of the pipeline; its literals are taken from there.
  execution::Attempt attempt_at(std::uint32_t step, std::vector<execution::InputValue> inputs = {}) {
    execution::Attempt attempt;
    attempt.step = step;
    attempt.step_name = description().steps[step].name;
    attempt.temporary_folder = folder_.path();
    attempt.working_directory = folder_.path();
    if (inputs.empty()) {
      for (const pipeline::Source& source : description().steps[step].inputs) {
        attempt.inputs.emplace_back(std::get<pipeline::Value>(source));
      }
    } else {
      attempt.inputs = std::move(inputs);
    }
    return attempt;
  }
  Result<std::vector<execution::StagedBytes>> run(const execution::Attempt& attempt) {
    metrics_.clear();
    FunctionBody body(pipeline_.state().functions()[pipeline_.state().function_of[attempt.step]],
                      platform::real_file_system(), gate_);
    return body.run(attempt, metrics_);
  }
  Result<std::vector<execution::StagedBytes>> run(std::uint32_t step, std::vector<execution::InputValue> inputs = {}) {
    return run(attempt_at(step, std::move(inputs)));
  }
  template <class T>
  T output(const Result<std::vector<execution::StagedBytes>>& outputs, std::size_t port = 0) {
    EXPECT_TRUE(outputs) << to_string(outputs.error());
    return load<T>(stored((*outputs)[port]));
  }
  template <class T>
  execution::InputValue artifact(const T& value) {
    return stored(*stage(value));
  }
  const pipeline::Pipeline& description() { return pipeline_.state().description; }
  std::vector<std::string>& problems() { return pipeline_.state().problems; }
  std::ptrdiff_t files_left() {
    return std::distance(std::filesystem::directory_iterator(folder_.path()), std::filesystem::directory_iterator());
  }

  Pipeline pipeline_{"p"};
  StepGate gate_;
  std::vector<metadata::Metric> metrics_;
};

TEST_F(Steps, CallFunctionsWithLiterals) {
  auto sum = pipeline_.step("add", add)(2, 3);
  pipeline_.step("half", half)(3);
  pipeline_.step("twice", &twice)(sum);
  EXPECT_EQ(output<int>(run(0)), 5);
  EXPECT_EQ(output<double>(run(1)), 1.5);
  EXPECT_EQ(output<int>(run(2, {artifact(5)})), 10);
  EXPECT_THAT(problems(), IsEmpty());
  EXPECT_TRUE(pipeline::Graph::check(description()));
}

TEST_F(Steps, CallLambdasAndStatelessObjects) {
  pipeline_.step("lambda", [](int x) { return x + 1; })(1);
  pipeline_.step("plus", std::plus<int>{})(1, 2);
  pipeline_.step("moved", take)(std::vector<double>{1, 2, 3});
  EXPECT_EQ(output<int>(run(0)), 2);
  EXPECT_EQ(output<int>(run(1)), 3);
  EXPECT_EQ(output<std::string>(run(2)), "3");
}

TEST_F(Steps, GiveOneArtifactForEachOutput) {
  auto split = pipeline_.step("divide", divide)(4);
  pipeline_.step("describe", describe)(split[&Split::train], split[&Split::test]);
  const auto outputs = run(0);
  ASSERT_TRUE(outputs);
  EXPECT_THAT(*outputs, SizeIs(2));
  const auto& interface = *description().steps[0].interface;
  EXPECT_EQ(interface.outputs[0].name, "train");
  EXPECT_EQ(interface.outputs[0].type, "array<float64,1>");
  EXPECT_EQ(interface.outputs[0].materializer, "npy/1");
  EXPECT_EQ(interface.outputs[1].name, "test");
  EXPECT_EQ(std::get<pipeline::OutputRef>(description().steps[1].inputs[1]).output, 1U);
  EXPECT_EQ(output<std::string>(run(1, {stored((*outputs)[0]), stored((*outputs)[1])})), "test4");
}

TEST_F(Steps, NamePortsByPosition) {
  pipeline_.step("add", add)(1, 2);
  const auto& interface = *description().steps[0].interface;
  EXPECT_EQ(interface.inputs[0].name, "0");
  EXPECT_EQ(interface.inputs[1].name, "1");
  EXPECT_EQ(interface.inputs[1].type, "int32");
  EXPECT_EQ(interface.outputs[0].name, "output");
}

TEST_F(Steps, TakeTheStateOfAFunctionObjectAsAnInput) {
  pipeline_.step("scale", Scale{3, {"a"}})(2);
  pipeline_.step("other", Scale{4, {}})(2);
  const auto& steps = description().steps;
  EXPECT_EQ(steps[0].interface->inputs.back().name, "state");
  EXPECT_NE(std::get<pipeline::Value>(steps[0].inputs[1]), std::get<pipeline::Value>(steps[1].inputs[1]));
  EXPECT_EQ(output<double>(run(0)), 7);
  EXPECT_EQ(output<double>(run(1)), 8);
}

TEST_F(Steps, ShareTheInterfaceOfOneFunction) {
  pipeline_.step("a", add)(1, 2);
  pipeline_.step("b", add)(3, 4);
  pipeline_.step("c", half)(1);
  EXPECT_EQ(description().steps[0].interface, description().steps[1].interface);
  EXPECT_NE(description().steps[0].interface, description().steps[2].interface);
  EXPECT_THAT(pipeline_.state().functions(), SizeIs(2));
  EXPECT_EQ(output<int>(run(1)), 7);
}

TEST_F(Steps, MayReturnNothing) {
  static int calls = 0;
  auto cleaned = pipeline_.step("clean", [](int) { ++calls; })(1);
  pipeline_.step("late", half).after(cleaned)(1);
  EXPECT_THAT(*run(0), IsEmpty());
  EXPECT_EQ(calls, 1);
  EXPECT_THAT(description().steps[1].after, ElementsAre(0));
}

TEST_F(Steps, ReadFilesFoldersAndVariables) {
  std::ofstream(folder_.path() / "in.txt") << "hello";
  pipeline_.step("file", [](const File& file) { return content_of(file.path()); })(file("in.txt"));
  pipeline_.step("variable", [](const Environment& variable) {
    return variable.name() + variable.value().value_or(" is unset");
  })(environment("HOME"));
  const auto& source = std::get<pipeline::ExternalInput>(description().steps[0].inputs[0]);
  EXPECT_EQ(source.kind, pipeline::ExternalKind::file);
  EXPECT_EQ(source.name, "in.txt");
  EXPECT_EQ(output<std::string>(run(0, {execution::ExternalValue{source, folder_.path() / "in.txt", {}}})), "hello");
  const pipeline::ExternalInput variable{pipeline::ExternalKind::environment, "HOME"};
  EXPECT_EQ(output<std::string>(run(1, {execution::ExternalValue{variable, {}, "/home/a"}})), "HOME/home/a");
  EXPECT_EQ(output<std::string>(run(1, {execution::ExternalValue{variable, {}, {}}})), "HOME is unset");
}

TEST_F(Steps, HandAnOutputFileOnAsAFile) {
  auto saved = pipeline_.step("save", [](const std::string& text) {
    std::ofstream("/tmp/" + text) << text;
    return OutputFile("/tmp/" + text);
  })("stepcache-step-test.txt");
  pipeline_.step("read", [](const File& file) { return content_of(file.path()); })(saved);
  EXPECT_TRUE(pipeline::Graph::check(description()));
  const auto outputs = run(0);
  ASSERT_TRUE(outputs) << to_string(outputs.error());
  EXPECT_EQ((*outputs)[0].output_file, "/tmp/stepcache-step-test.txt");
  std::filesystem::remove("/tmp/stepcache-step-test.txt");
  EXPECT_EQ(output<std::string>(run(1, {stored((*outputs)[0])})), "stepcache-step-test.txt");
}

TEST_F(Steps, GiveEachConsumerItsOwnValue) {
  pipeline_.step("change", [](std::vector<double> values) {
    values[0] = 99;
    return values;
  })(std::vector<double>{1, 2});
  const auto shared = artifact(std::vector<double>{1, 2});
  EXPECT_THAT((output<std::vector<double>>(run(0, {shared}))), ElementsAre(99, 2));
  EXPECT_THAT((output<std::vector<double>>(run(0, {shared}))), ElementsAre(99, 2));
  EXPECT_THAT(load<std::vector<double>>(std::get<execution::StoredBytes>(shared)), ElementsAre(1, 2));
}

TEST_F(Steps, ReportWhatTheyThrow) {
  pipeline_.step("importer", throws)("runtime");
  pipeline_.step("b", throws)("int");
  pipeline_.step("c", throws)("text");
  pipeline_.step("d", throws)("strange");
  const auto error = run(0).error();
  EXPECT_EQ(error.code, ErrorCode::step_failed);
  EXPECT_EQ(to_string(error), "importer: std::runtime_error: line 17: expected 14 numbers, found 3");
  EXPECT_EQ(run(1).error().message, "an exception of type int");
  EXPECT_EQ(run(2).error().message, "an exception of type const char*: a text");
  EXPECT_THAT(run(3).error().message, HasSubstr("StrangeError"));
  EXPECT_EQ(files_left(), 0);
}

TEST_F(Steps, ReportInputsThatCannotBeRead) {
  pipeline_.step("half", half)(1);
  const auto error = run(0, {execution::InputValue(stored_text("\"text\""))}).error();
  EXPECT_EQ(error.code, ErrorCode::damaged);
  EXPECT_THAT(to_string(error), HasSubstr("half: input 0 (float64) cannot be read"));
  EXPECT_FALSE(run(attempt_at(0, {artifact(std::string("x"))})));
  auto none = attempt_at(0);
  none.inputs.clear();
  EXPECT_FALSE(run(none));
}

TEST_F(Steps, ReportAnOutputFileThatWasNotWritten) {
  pipeline_.step("save", [] { return OutputFile("nowhere/model.bin"); })();
  const auto error = run(attempt_at(0)).error();
  EXPECT_EQ(error.code, ErrorCode::step_failed);
  EXPECT_THAT(error.message, HasSubstr("nowhere/model.bin"));
}

TEST_F(Steps, CollectMetricsOfTheirOwn) {
  pipeline_.step("train", [](int epochs) {
    for (int i = 0; i < epochs; ++i) log_metric("loss", 1.0 / (i + 1));
    return epochs;
  })(2);
  log_metric("outside", 1);
  ASSERT_TRUE(run(0));
  log_metric("outside", 1);
  ASSERT_THAT(metrics_, SizeIs(2));
  EXPECT_EQ(metrics_[1].name, "loss");
  EXPECT_EQ(metrics_[1].value, 0.5);
}

TEST_F(Steps, KeepTheirSwitches) {
  auto first = pipeline_.step("a", add).enable_cache(false).cache_salt("v2")(1, 2);
  pipeline_.step("b", half).after(first)(1);
  pipeline_.enable_cache(true);
  EXPECT_EQ(description().steps[0].enable_cache, false);
  EXPECT_EQ(description().steps[0].cache_salt, "v2");
  EXPECT_EQ(description().steps[1].enable_cache, std::nullopt);
  EXPECT_EQ(description().enable_cache, true);
}

TEST_F(Steps, KeepMistakesThatTheCompilerCannotSee) {
  Pipeline other("other");
  auto foreign = other.step("a", add)(1, 2);
  pipeline_.step("x", half).after(foreign)(1);
  pipeline_.step("y", twice)(foreign);
  pipeline_.step("z", twice)(other.parameter("n", 1));
  pipeline_.step("narrow", [](std::int8_t x) { return x; })(300);
  auto definition = pipeline_.step("again", twice);
  std::move(definition)(1);
  std::move(definition)(2);  // NOLINT(bugprone-use-after-move): the mistake that is tried
  ASSERT_THAT(problems(), SizeIs(5));
  EXPECT_THAT(problems()[0], HasSubstr("step x: after() names a step of another pipeline"));
  EXPECT_THAT(problems()[1], HasSubstr("step y: argument 0"));
  EXPECT_THAT(problems()[2], HasSubstr("step z: argument 0"));
  EXPECT_THAT(problems()[3], HasSubstr("step narrow: argument 0 is out of the range of int8"));
  EXPECT_THAT(problems()[4], HasSubstr("given twice"));
}

TEST_F(Steps, MustBeGivenTheirArguments) {
  (void)pipeline_.step("add", add);
  ASSERT_THAT(problems(), SizeIs(1));
  EXPECT_THAT(problems()[0], HasSubstr("step add: it has no arguments"));
  EXPECT_THAT(description().steps, IsEmpty());
}

TEST_F(Steps, StandInTheOrderOfTheirData) {
  pipeline_.step("last", add)(pipeline_.step("middle", twice)(pipeline_.step("first", twice)(1)), 2);
  ASSERT_THAT(description().steps, SizeIs(3));
  EXPECT_EQ(description().steps[0].name, "first");
  EXPECT_EQ(description().steps[1].name, "middle");
  EXPECT_EQ(description().steps[2].name, "last");
}

TEST_F(Steps, OrderParametersByTheirFirstUse) {
  pipeline_.parameter("unused", 1);
  auto late = pipeline_.parameter("late", 2);
  auto early = pipeline_.parameter("early", 3);
  pipeline_.step("a", twice)(early);
  pipeline_.step("b", add)(late, early);
  pipeline_.state().order_parameters();
  const auto& parameters = description().parameters;
  EXPECT_EQ(parameters[0].name, "early");
  EXPECT_EQ(parameters[1].name, "late");
  EXPECT_EQ(parameters[2].name, "unused");
  EXPECT_EQ(std::get<pipeline::ParameterRef>(description().steps[1].inputs[0]).parameter, 1U);
  EXPECT_EQ(std::get<pipeline::ParameterRef>(description().steps[1].inputs[1]).parameter, 0U);
}

TEST_F(Steps, GiveParametersAndLiteralsTheSameValue) {
  pipeline_.step("a", twice)(pipeline_.parameter("n", 4).range(0, 10).help("A number"));
  pipeline_.step("b", twice)(4);
  const pipeline::Parameter& parameter = description().parameters[0];
  EXPECT_EQ(std::get<pipeline::Value>(parameter.value), std::get<pipeline::Value>(description().steps[1].inputs[0]));
  EXPECT_EQ(parameter.type, "int32");
  EXPECT_EQ(*parameter.maximum, pipeline::Value(10));
  EXPECT_EQ(parameter.help, "A number");
}

}  // namespace
}  // namespace stepcache::detail
