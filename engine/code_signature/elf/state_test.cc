#include "code_signature/elf/program_pair_test.h"

namespace stepcache::code_signature {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

using State = ProgramPairs;

std::vector<std::string> names_of_state(const StepCode& step) {
  std::vector<std::string> names;
  for (const EntryState& state : step.state) names.push_back(state.name);
  return names;
}

TEST_F(State, ARegistryCountsWithTheInitialisersOfOtherFilesThatFillIt) {
  EXPECT_THAT(changed_by_each(R"(
#include "registry.h"
Entry* registry[8];
int registered;
STEP(step_lookup) { return registered ? registry[x % registered]->f(x) : 0; }
STEP(step_other) { return x; }
//// registry.h
struct Entry { int (*f)(int); Entry(int (*g)(int)); };
extern Entry* registry[8];
extern int registered;
//// entry.cc
#include "registry.h"
Entry::Entry(int (*g)(int)) : f(g) { registry[registered++] = this; }
//// plugin.cc
#include "registry.h"
static int plugin(int x) { return x * @3|4@; }
static Entry entry(plugin);
//// unrelated.cc
extern "C" int rand();
int unrelated_state = rand() * @3|4@;
)"),
              ElementsAre(Steps{"step_lookup"}, Steps{}));
}

TEST_F(State, InitialisersAreFollowedToAFixedPoint) {
  EXPECT_THAT(changed_by_each(R"(
extern "C" int rand();
extern int derived;
int base = rand() % @3|4@;
STEP(step_a) { return derived + x; }
STEP(step_other) { return x; }
//// derived.cc
extern int base;
int derived = base * 2;
//// more.cc
extern int base;
struct Fill { Fill() { base += @5|6@; } } fill;
)"),
              ElementsAre(Steps{"step_a"}, Steps{"step_a"}));
}

TEST_F(State, TheOrderInWhichFilesAreInitialisedCounts) {
  constexpr const char* k_before = R"(
int value;
struct First { First() { value = value * 3 + 1; } } first;
struct Second { Second() { value = value * 5 + 2; } } second;
STEP(step_a) { return value; }
STEP(step_other) { return x; }
)";
  constexpr const char* k_after = R"(
int value;
struct Second { Second() { value = value * 5 + 2; } } second;
struct First { First() { value = value * 3 + 1; } } first;
STEP(step_a) { return value; }
STEP(step_other) { return x; }
)";
  EXPECT_EQ(difference(signatures(build(k_before)), signatures(build(k_after))), Steps{"step_a"});
}

TEST_F(State, WhatMainMayHaveSetIsListedForThoseWhoReadIt) {
  const auto steps = signatures(build(R"(
int threshold = 4;
static int only_steps = 5;
thread_local int depth = 2;
int big[100];
STEP(step_global) { return x > threshold; }
STEP(step_thread) { return x > depth; }
STEP(step_own) { return ++only_steps; }
STEP(step_big) { return big[x]; }
int run_steps(int);
int main(int count, char** words) {
  threshold = count;
  depth = words[0][0];
  big[3] = count;
  return run_steps(count);
}
)"));
  EXPECT_THAT(names_of_state(steps.at("step_global")), ElementsAre("threshold"));
  EXPECT_THAT(names_of_state(steps.at("step_thread")), ElementsAre("depth"));
  EXPECT_THAT(names_of_state(steps.at("step_own")), IsEmpty());
  ASSERT_THAT(names_of_state(steps.at("step_big")), ElementsAre("big"));
  EXPECT_EQ(steps.at("step_big").state[0].size_bytes, 400U);
  EXPECT_EQ(steps.at("step_thread").state[0].of_thread, true);
  EXPECT_EQ(steps.at("step_global").state[0].of_thread, false);
}

TEST_F(State, OfMainCountsAlsoThroughFunctionsThatItCalls) {
  const auto steps = signatures(build(R"(
static int threshold = 4;
__attribute__((noinline)) static void set(int x) { threshold = x; }
STEP(step_a) { return x > threshold; }
int run_steps(int);
int main(int count, char**) { set(count); return run_steps(count); }
)"));
  EXPECT_THAT(names_of_state(steps.at("step_a")), ElementsAre(HasSubstr("threshold")));
}

TEST_F(State, WhatTwoStepsReachIsARemarkForBoth) {
  const auto steps = signatures(build(R"(
static int counter = 1;
static int alone = 1;
STEP(step_a) { return counter += x; }
STEP(step_b) { return counter -= x; }
STEP(step_c) { return alone -= x; }
)"));
  EXPECT_THAT(steps.at("step_a").signature.remarks, Contains(HasSubstr("counter")));
  EXPECT_THAT(steps.at("step_b").signature.remarks, Contains(HasSubstr("counter")));
  EXPECT_THAT(steps.at("step_c").signature.remarks, IsEmpty());
}

TEST_F(State, AVariableThatStepsOnlyReadIsNoRemark) {
  const auto steps = signatures(build(R"(
int threshold = 4;
STEP(step_a) { return x > threshold; }
STEP(step_b) { return x < threshold; }
)"));
  EXPECT_THAT(steps.at("step_a").signature.remarks, IsEmpty());
}

TEST_F(State, AGuardedLocalOfTwoStepsIsARemarkByItsOwnName) {
  const auto steps = signatures(build(R"(
struct Table { int values[4]; Table(); };
extern "C" int rand();
Table::Table() { for (int& value : values) value = rand(); }
inline Table& table() { static Table the_table; return the_table; }
STEP(step_a) { return table().values[x & 3]; }
STEP(step_b) { return table().values[x & 1] = 3; }
STEP(step_c) { return x; }
)"));
  EXPECT_THAT(steps.at("step_a").signature.remarks, Contains(HasSubstr("the_table")));
  EXPECT_THAT(steps.at("step_a").signature.remarks, Not(Contains(HasSubstr("guard variable"))));
  EXPECT_THAT(steps.at("step_c").signature.remarks, IsEmpty());
}

TEST_F(State, ALocalStaticCountsWithWhatFillsIt) {
  EXPECT_EQ(changed(R"(
struct Table { int values[4]; Table(); ~Table(); };
extern "C" int rand();
Table::Table() { for (int& value : values) value = rand() % @3|4@; }
Table::~Table() { rand(); }
inline Table& table() { static Table the_table; return the_table; }
STEP(step_a) { return table().values[x & 3]; }
STEP(step_other) { return x; }
)"),
            Steps{"step_a"});
}

TEST_F(State, AVariableDeclaredHarmlessCountsForNothing) {
  constexpr const char* k_source = R"(
namespace logs { int level = @1|2@; struct Sink { int lines = 0; } sink; }
STEP(step_a) { if (logs::level > 3) ++logs::sink.lines; return x; }
STEP(step_b) { if (logs::level > 3) ++logs::sink.lines; return x + 1; }
)";
  EXPECT_EQ(changed(k_source), (Steps{"step_a", "step_b"}));
  LoadedProgram loaded;
  loaded.harmless = {"logs::*"};
  const auto before = signatures(build(k_source, {}, {}), loaded);
  EXPECT_THAT(difference(before, signatures(build(k_source, {0}, {}), loaded)), IsEmpty());
  EXPECT_THAT(before.at("step_a").signature.remarks, IsEmpty());
}

TEST_F(State, WhatALibraryAnswersDifferentlyEachTimeIsARemark) {
  const auto steps = signatures(build(R"(
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
STEP(step_a) { return getenv("HOME") != nullptr; }
STEP(step_b) { std::cout << x; return x; }
STEP(step_c) { return x; }
STEP(step_now) { return static_cast<int>(std::chrono::system_clock::now().time_since_epoch().count()); }
STEP(step_file) { std::ifstream in("file"); return in.get(); }
)"));
  EXPECT_THAT(steps.at("step_a").signature.stateful_calls, ElementsAre("getenv"));
  EXPECT_THAT(steps.at("step_b").signature.stateful_calls, IsEmpty());
  EXPECT_THAT(steps.at("step_b").state, IsEmpty());
  EXPECT_THAT(steps.at("step_c").signature.stateful_calls, IsEmpty());
  EXPECT_THAT(steps.at("step_now").signature.stateful_calls, ElementsAre(HasSubstr("system_clock::now")));
  // Files are what steps read: told apart from what nobody could have declared.
  EXPECT_THAT(steps.at("step_file").signature.stateful_calls, IsEmpty());
  EXPECT_THAT(steps.at("step_file").signature.remarks, ElementsAre(HasSubstr("open")));
}

}  // namespace
}  // namespace stepcache::code_signature
