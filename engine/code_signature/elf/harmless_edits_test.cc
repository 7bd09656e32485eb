#include "code_signature/elf/program_pair_test.h"

namespace stepcache::code_signature {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Edits that cannot change a result.
using HarmlessEdits = ProgramPairs;

TEST_F(HarmlessEdits, CommentsNamesAndMovedFunctionsChangeNoSignature) {
  EXPECT_THAT(changed(R"(
@|// About numbers.
@static int @counter|number@ = 3;
static const char* const @names|labels@[] = {"one", "two"};
@__attribute__((noinline)) static int help(int x) { return x * 3; }
__attribute__((noinline)) static int other(int x) { return x * 5; }|__attribute__((noinline)) static int other(int x) { return x * 5; }
__attribute__((noinline)) static int zeta(int x) { return x * 3; }@
STEP(step_a) { return @help|zeta@(x) + other(x) + ++@counter|number@ + @names|labels@[x & 1][0]; }
)"),
              IsEmpty());
}

TEST_F(HarmlessEdits, UnrelatedFunctionsAndDataMoveWithoutEffect) {
  EXPECT_THAT(changed(R"(
extern "C" int puts(const char*);
@|static const double weights[] = {1.5, 2.5, 3.5};
static int state = 4;
__attribute__((noinline)) int added(int x) { return puts("an added string of some length") + static_cast<int>(weights[x]) + ++state; }
@static const int table[] = {4, 5, 6, 7, 8, 9, 10, 11, 12};
static int counter = 7;
STEP(step_a) { return table[x & 7] + static_cast<int>(x * 3.25) + puts("a string"); }
STEP(step_b) { return ++counter + x; }
STEP(step_c) { try { return puts("c"); } catch (int) { return 3; } }
STEP(step_new) { return @x|added(x)@; }
)"),
              ElementsAre("step_new"));
}

TEST_F(HarmlessEdits, TheOrderAndNamesOfFilesChangeNothing) {
  constexpr const char* k_before = R"(
int help(int);
STEP(step_a) { return help(x) + 1; }
//// a_help.cc
static const int table[] = {1, 2, 3};
static int state;
int help(int x) { return table[x % 3] + ++state; }
)";
  constexpr const char* k_after = R"(
int help(int);
STEP(step_a) { return help(x) + 1; }
//// z_help.cc
static const int table[] = {1, 2, 3};
static int state;
int help(int x) { return table[x % 3] + ++state; }
)";
  EXPECT_THAT(difference(signatures(build(k_before)), signatures(build(k_after))), IsEmpty());
}

TEST_F(HarmlessEdits, AnAssertionMayMoveToAnotherLineButNotAskAnotherThing) {
  constexpr const char* k_source = R"(
#include <cassert>
@|

@__attribute__((noinline)) static int help(int x) { assert(x < 100); return x * 3; }
STEP(step_line) { assert(x > 2); if (x > 50) assert(help(x) > 9); return help(x); }
STEP(step_asked) { assert(x > @2|3@); return x; }
STEP(step_text) { assert(x > 2 && "@one|two@"); return x; }
STEP(step_other) { return x; }
)";
  for (const char* options : {"-O0", "-O1", "-O2", "-O3"}) {
    for (const Toolchain& toolchain : {Toolchain::gcc(options), Toolchain::clang(options)}) {
      if (!toolchain.is_installed()) continue;
      EXPECT_THAT(changed_by_each(k_source, toolchain), ElementsAre(Steps{}, Steps{"step_asked"}, Steps{"step_text"}))
          << toolchain.compiler << options;
    }
  }
}

TEST_F(HarmlessEdits, ALineThatAResultDependsOnCounts) {
  EXPECT_EQ(changed(R"(
@|
@STEP(step_a) { return __LINE__ + x; }
STEP(step_other) { return x; }
)"),
            Steps{"step_a"});
}

TEST_F(HarmlessEdits, WhatMainDoesCountsForNoStep) {
  EXPECT_THAT(changed(R"(
extern "C" int puts(const char*);
STEP(step_a) { return x + puts("a"); }
int run_steps(int);
int main(int count, char**) { @|puts("started"); @return run_steps(count + @1|2@); }
)"),
              IsEmpty());
}

// One template's copy in several files: whichever the linker keeps.
TEST_F(HarmlessEdits, AnotherFileThatUsesATemplateChangesNothing) {
  EXPECT_THAT(changed(R"(
#include "twice.h"
STEP(step_a) { return twice(x) + Holder<int>().get(x); }
//// twice.h
template <class T> __attribute__((noinline)) T twice(T x) { static int calls; ++calls; return x + x; }
template <class T> struct Holder { virtual T get(T x) { return x; } };
//// a_user.cc
#include "twice.h"
int user(int x) { return x@| + twice(x) + Holder<int>().get(x)@; }
)"),
              IsEmpty());
}

}  // namespace
}  // namespace stepcache::code_signature
