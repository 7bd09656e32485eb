#include "cpp/src/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cpp/src/parameter_text.h"
#include "stepcache/stepcache.h"

namespace stepcache::detail {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

int count(int epochs, double rate, const std::string& name, bool fast, const File& csv, std::uint8_t byte, float single,
          int json) {
  return epochs + static_cast<int>(rate) + static_cast<int>(name.size()) + fast +
         static_cast<int>(csv.path().native().size()) + byte + static_cast<int>(single) + json;
}

class CommandLines : public testing::Test {
 protected:
  CommandLines() {
    auto epochs = pipeline_.parameter("epochs", 20).range(1, 100).help("How often");
    auto rate = pipeline_.parameter("rate", 0.5);
    auto name = pipeline_.parameter("name", "x");
    auto fast = pipeline_.parameter("fast", false);
    auto csv = pipeline_.parameter("csv", file("a.csv"));
    auto byte = pipeline_.parameter("byte", std::uint8_t{1});
    auto single = pipeline_.parameter("single", 0.5F);
    auto json = pipeline_.parameter("json", 1);
    pipeline_.step("count", count)(epochs, rate, name, fast, csv, byte, single, json);
  }

  Result<CommandLine> parse(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "./program");
    std::vector<char*> pointers;
    pointers.reserve(arguments.size());
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    return parse_command_line(pipeline_.state(), static_cast<int>(pointers.size()), pointers.data());
  }
  // The message of a command line that is refused.
  std::string refusal(std::vector<std::string> arguments) {
    auto line = parse(std::move(arguments));
    auto done = line ? set_parameters(pipeline_.state(), line->settings) : Result<void>(fail(line.error()));
    EXPECT_FALSE(done);
    if (done) return "";
    EXPECT_EQ(exit_status(done.error().code), 2);
    return to_string(done.error());
  }
  // A parameter's value after a command line.
  std::string set(const std::string& name, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "run");
    auto line = parse(std::move(arguments));
    EXPECT_TRUE(line) << to_string(line.error());
    const auto done = set_parameters(pipeline_.state(), line->settings);
    EXPECT_TRUE(done) << to_string(done.error());
    for (const auto& parameter : pipeline_.state().description.parameters) {
      if (parameter.name == name) return default_text(parameter);
    }
    return "no such parameter";
  }

  Pipeline pipeline_{"p"};
};

TEST_F(CommandLines, ReadAShareToCheckAsAPercentage) {
  EXPECT_DOUBLE_EQ(parse({"run", "--check", "5%"})->check, 0.05);
  EXPECT_DOUBLE_EQ(parse({"run", "--check=5"})->check, 0.05);
  EXPECT_DOUBLE_EQ(parse({"run", "--check", "0.5%"})->check, 0.005);
  EXPECT_DOUBLE_EQ(parse({"run", "--check", "100"})->check, 1);
  EXPECT_DOUBLE_EQ(parse({"run"})->check, 0);
  for (const char* text : {"0", "0%", "-1", "101", "many", "", "%", "5%%", "1e1", "nan", "inf", "5 %"}) {
    EXPECT_THAT(refusal({"run", "--check", text}), HasSubstr("as in `--check 5%`")) << text;
  }
  EXPECT_THAT(refusal({"plan", "--check", "5%"}), HasSubstr("`plan` has no such option"));
}

TEST_F(CommandLines, ReadWhatIsAccepted) {
  const auto line = parse({"accept", "count", "--yes", "--note", "a note"});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->command, CommandName::accept);
  EXPECT_EQ(line->step, "count");
  EXPECT_TRUE(line->yes);
  EXPECT_EQ(line->note, "a note");
  EXPECT_FALSE(parse({"accept", "count"})->yes);
  EXPECT_THAT(refusal({"accept"}), HasSubstr("accept STEP"));
  EXPECT_THAT(refusal({"run", "--yes"}), HasSubstr("`run` has no such option"));
  EXPECT_THAT(refusal({"accept", "count", "other"}), HasSubstr("takes no such argument"));
}

TEST_F(CommandLines, ReadCommandsAndOptionsInAnyOrder) {
  const auto line =
      parse({"--workspace", "w/.stepcache", "-v", "run", "--no-cache", "--fail-fast", "--json", "--trace=t.json"});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->command, CommandName::run);
  EXPECT_EQ(line->workspace, "w/.stepcache");
  EXPECT_EQ(line->output.verbosity, 1);
  EXPECT_EQ(line->enable_cache, false);
  EXPECT_TRUE(line->fail_fast);
  EXPECT_TRUE(line->output.json);
  EXPECT_EQ(line->output.trace, "t.json");
  EXPECT_EQ(parse({"run", "--cache"})->enable_cache, true);
  EXPECT_EQ(parse({"run"})->enable_cache, std::nullopt);
  EXPECT_TRUE(parse({"run", "--in-process"})->in_process);
  EXPECT_EQ(parse({"why", "--epochs", "3", "count"})->step, "count");
  EXPECT_EQ(parse({"why", "--", "-odd"})->step, "-odd");
  EXPECT_EQ(parse({"graph", "--format", "svg"})->format, "svg");
  EXPECT_EQ(parse({"signature", "count"})->command, CommandName::signature);
  EXPECT_EQ(parse({"signature", "count", "--depth", "3"})->depth, 3U);
  EXPECT_EQ(parse({"run", "--help"})->command, CommandName::help);
  EXPECT_EQ(parse({"--version"})->command, CommandName::version);
}

TEST_F(CommandLines, SetParameters) {
  EXPECT_EQ(set("epochs", {"--epochs", "30"}), "30");
  EXPECT_EQ(set("epochs", {"--epochs=31"}), "31");
  EXPECT_EQ(set("epochs", {"--set", "epochs=32"}), "32");
  EXPECT_EQ(set("epochs", {"--epochs", "33", "--epochs", "34"}), "34");
  EXPECT_EQ(set("rate", {"--rate", "-1.5"}), "-1.5");
  EXPECT_EQ(set("rate", {"--rate", "1"}), "1.0");
  EXPECT_EQ(set("rate", {"--rate", "1e-3"}), "0.001");
  EXPECT_EQ(set("name", {"--name", "a=b --c"}), "a=b --c");
  EXPECT_EQ(set("name", {"--set", "name=a=b"}), "a=b");
  EXPECT_EQ(set("name", {"--name", "--epochs"}), "--epochs");
  EXPECT_EQ(set("name", {"--name="}), "\"\"");
  EXPECT_EQ(set("fast", {"--fast", "true"}), "true");
  EXPECT_EQ(set("csv", {"--csv", "b c.csv"}), "b c.csv");
  EXPECT_EQ(set("byte", {"--byte", "255"}), "255");
  EXPECT_EQ(set("json", {"--set", "json=5"}), "5");
  // A float gets the double that equals what the step sees.
  set("single", {"--single", "0.1"});
  EXPECT_EQ(std::get<pipeline::Value>(pipeline_.state().description.parameters[6].value),
            pipeline::Value(static_cast<double>(0.1F)));
}

TEST_F(CommandLines, RefuseValuesThatDoNotFit) {
  EXPECT_THAT(refusal({"run", "--epochs", "101"}), HasSubstr("--epochs: takes an integer from 1 to 100, not \"101\""));
  EXPECT_THAT(refusal({"run", "--epochs", "0"}), HasSubstr("from 1 to 100"));
  EXPECT_THAT(refusal({"run", "--epochs", "2.5"}), HasSubstr("2.5"));
  EXPECT_THAT(refusal({"run", "--epochs", "99999999999999999999"}), HasSubstr("--epochs"));
  EXPECT_THAT(refusal({"run", "--epochs", ""}), HasSubstr("--epochs"));
  EXPECT_THAT(refusal({"run", "--epochs", "+-3"}), HasSubstr("--epochs"));
  EXPECT_THAT(refusal({"run", "--epochs", " 3"}), HasSubstr("--epochs"));
  EXPECT_THAT(refusal({"run", "--byte", "256"}), HasSubstr("from 0 to 255"));
  EXPECT_THAT(refusal({"run", "--byte", "-1"}), HasSubstr("from 0 to 255"));
  EXPECT_THAT(refusal({"run", "--rate", "many"}), HasSubstr("takes a number, not \"many\""));
  EXPECT_THAT(refusal({"run", "--single", "1e39"}), HasSubstr("--single"));
  EXPECT_THAT(refusal({"run", "--fast", "perhaps"}), HasSubstr("takes true or false, not \"perhaps\""));
  EXPECT_THAT(refusal({"run", "--csv", ""}), HasSubstr("the path of a file"));
  EXPECT_THAT(refusal({"run", "--set", "epochs=many"}), HasSubstr("--set epochs"));
}

TEST_F(CommandLines, RefuseWhatTheyDoNotKnowAndNameTheNearest) {
  EXPECT_THAT(refusal({"rum"}), HasSubstr("did you mean `run`?"));
  EXPECT_THAT(refusal({"run", "--epochz", "3"}), HasSubstr("did you mean `--epochs`?"));
  EXPECT_THAT(refusal({"run", "--set", "epochz=3"}), HasSubstr("did you mean `epochs`?"));
  EXPECT_THAT(refusal({"run", "--set", "something_else=3"}), HasSubstr("it has epochs, rate"));
  EXPECT_THAT(refusal({"run", "-x"}), HasSubstr("--help lists them"));
  EXPECT_THAT(refusal({}), HasSubstr("say what to do"));
  EXPECT_THAT(refusal({"run", "extra"}), HasSubstr("extra"));
  EXPECT_THAT(refusal({"why"}), HasSubstr("name a step"));
  EXPECT_THAT(refusal({"signature"}), HasSubstr("name a step: signature STEP"));
  EXPECT_THAT(refusal({"signature", "count", "--depth", "deep"}), HasSubstr("takes a number"));
  EXPECT_THAT(refusal({"run", "--depth", "3"}), HasSubstr("`run` has no such option"));
  EXPECT_THAT(refusal({"why", "a", "b"}), HasSubstr("b"));
  EXPECT_THAT(refusal({"plan", "--fail-fast"}), HasSubstr("--fail-fast: `plan` has no such option"));
  EXPECT_THAT(refusal({"run", "--epochs"}), HasSubstr("needs a value: --epochs INTEGER"));
  EXPECT_THAT(refusal({"run", "--cache", "--no-cache"}), HasSubstr("contradicts"));
  EXPECT_THAT(refusal({"run", "--json=yes"}), HasSubstr("takes no value"));
  EXPECT_THAT(refusal({"run", "--set", "epochs"}), HasSubstr("NAME=VALUE"));
  EXPECT_THAT(refusal({"graph", "--format", "png"}), HasSubstr("takes text, dot, svg or json"));
}

TEST_F(CommandLines, WithholdTheShorthandOfAnOptionsName) {
  EXPECT_TRUE(parse({"run", "--json"})->output.json);
  EXPECT_THAT(parse({"run", "--json"})->settings, IsEmpty());
  EXPECT_FALSE(has_shorthand("json"));
  EXPECT_FALSE(has_shorthand("a b"));
  EXPECT_FALSE(has_shorthand("-a"));
  EXPECT_FALSE(has_shorthand(""));
  EXPECT_TRUE(has_shorthand("learning_rate"));
  EXPECT_THAT(help_text(pipeline_.state(), "p", std::nullopt), HasSubstr("no --json"));
}

TEST_F(CommandLines, LeaveTheNameDepthToAParameterThatIsCalledSo) {
  pipeline_.parameter("depth", 5);
  EXPECT_EQ(set("depth", {"--depth", "7"}), "7");
  EXPECT_EQ(parse({"signature", "count", "--depth", "7"})->depth, 0U);
}

TEST_F(CommandLines, DescribeThemselves) {
  const std::string all = help_text(pipeline_.state(), "p", std::nullopt);
  for (const char* words :
       {"run", "plan", "why STEP", "signature STEP", "graph", "--epochs INTEGER",
        "How often; an integer from 1 to 100; default: 20", "--csv FILE", "--set NAME=VALUE", "Examples:"}) {
    EXPECT_THAT(all, HasSubstr(words));
  }
  for (const CommandName command : {CommandName::run, CommandName::plan, CommandName::why, CommandName::graph}) {
    EXPECT_THAT(help_text(pipeline_.state(), "p", command), HasSubstr("Examples:\n  p "));
  }
  EXPECT_THAT(help_text(pipeline_.state(), "p", CommandName::plan), Not(HasSubstr("--fail-fast")));
}

TEST_F(CommandLines, HoldDefaultsAgainstTheirRange) {
  EXPECT_TRUE(default_in_range(pipeline_.state().description.parameters[0]));
  pipeline_.parameter("wrong", 5).range(6, 7);
  EXPECT_FALSE(default_in_range(pipeline_.state().description.parameters.back()));
  pipeline_.parameter("nan", std::numeric_limits<double>::quiet_NaN()).range(0.0, 1.0);
  EXPECT_FALSE(default_in_range(pipeline_.state().description.parameters.back()));
}

}  // namespace
}  // namespace stepcache::detail
