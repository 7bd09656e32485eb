#include "code_signature/elf/program_pair_test.h"

namespace stepcache::code_signature {
namespace {

using ::testing::ElementsAre;

using Calls = ProgramPairs;

TEST_F(Calls, DirectTailAndIndirectOnesAreFollowed) {
  EXPECT_THAT(changed_by_each(R"(
#define OUT __attribute__((noinline)) static
OUT int direct(int x) { return x * @3|4@; }
OUT int tail(int x) { return x * @5|6@; }
OUT int by_address(int x) { return x * @7|8@; }
OUT int apply(int (*f)(int), int x) { return f(x) + 1; }
OUT int unused(int x) { return x * @9|10@; }
STEP(step_direct) { return direct(x) + 1; }
STEP(step_tail) { return tail(x); }
STEP(step_address) { return apply(by_address, x); }
STEP(step_other) { return x + 1; }
int (*volatile keep)(int) = unused;
)"),
              ElementsAre(Steps{"step_direct"}, Steps{"step_tail"}, Steps{"step_address"}, Steps{}));
}

TEST_F(Calls, FunctionsInTablesAreFollowed) {
  EXPECT_THAT(changed_by_each(R"(
static int first(int x) { return x * @3|4@; }
static int second(int x) { return x - @5|6@; }
static int third(int x) { return x ^ @7|8@; }
static int (*const fixed[])(int) = {first, second};
int (*open[])(int) = {second, third};
STEP(step_fixed) { return fixed[x & 1](x); }
STEP(step_open) { return open[x & 1](x); }
STEP(step_other) { return x + 1; }
)"),
              ElementsAre(Steps{"step_fixed"}, Steps{"step_fixed", "step_open"}, Steps{"step_open"}));
}

TEST_F(Calls, ExchangedEntriesOfATableCount) {
  EXPECT_EQ(changed(R"(
static int first(int x) { return x * 3; }
static int second(int x) { return x - 5; }
static int (*const fixed[])(int) = {@first, second|second, first@};
STEP(step_fixed) { return fixed[x & 1](x); }
STEP(step_other) { return x + 1; }
)"),
            Steps{"step_fixed"});
}

TEST_F(Calls, VirtualMethodsCountForThoseWhoBuildTheClass) {
  EXPECT_THAT(changed_by_each(R"(
struct Base { virtual int f(int) const = 0; virtual ~Base(); };
Base::~Base() {}
struct A : Base { int f(int x) const override { return x * @3|4@; } };
struct B : Base { int f(int x) const override { return x * @5|6@; } };
__attribute__((noinline)) int use(const Base& base, int x) { return base.f(x); }
STEP(step_a) { return use(A(), x); }
STEP(step_b) { return use(B(), x); }
STEP(step_both) { A a; B b; return use(x > 1 ? static_cast<Base&>(a) : b, x); }
)"),
              ElementsAre(Steps{"step_a", "step_both"}, Steps{"step_b", "step_both"}));
}

TEST_F(Calls, TheOrderOfVirtualMethodsCounts) {
  EXPECT_EQ(changed(R"(
struct Base {
  @virtual int f(int x) { return x * 3; }
  virtual int g(int x) { return x * 5; }|
  virtual int g(int x) { return x * 5; }
  virtual int f(int x) { return x * 3; }@
};
__attribute__((noinline)) Base* make() { return new Base; }
STEP(step_a) { return make()->f(x); }
STEP(step_other) { return x; }
)"),
            Steps{"step_a"});
}

TEST_F(Calls, ThunksOfSecondBasesAreFollowed) {
  EXPECT_EQ(changed(R"(
struct One { int a = 1; virtual int f(int) = 0; };
struct Two { int b = 2; virtual int g(int) = 0; };
struct Both : One, Two { int f(int x) override; int g(int x) override; };
int Both::f(int x) { return x + a; }
int Both::g(int x) { return x * @3|4@ + b; }
__attribute__((noinline)) int use(Two& two, int x) { return two.g(x); }
STEP(step_a) { Both both; return use(both, x); }
STEP(step_other) { return x; }
)"),
            Steps{"step_a"});
}

TEST_F(Calls, VirtualBasesAreFollowedThroughTheirTables) {
  EXPECT_EQ(changed(R"(
struct Root { int r = 1; virtual int f(int x) { return x + r; } };
struct Left : virtual Root { int l = 2; };
struct Right : virtual Root { int q = 3; int f(int x) override { return x * @3|4@ + q; } };
struct Join : Left, Right { int j = 4; };
__attribute__((noinline)) int use(Root& root, int x) { return root.f(x); }
STEP(step_a) { Join join; return use(join, x); }
STEP(step_other) { Left left; return use(left, x); }
)"),
            Steps{"step_a"});
}

TEST_F(Calls, PartsAndCopiesThatTheCompilerMakesAreFollowed) {
  EXPECT_THAT(changed_by_each(R"(
extern "C" [[noreturn]] void abort();
extern "C" int puts(const char*);
__attribute__((noinline)) static int scaled(int x, int factor) {
  int sum = 0;
  for (int i = 0; i < x; ++i) sum += (i ^ factor) * @11|13@;
  return sum;
}
__attribute__((cold, noinline)) static void complain(int x) { if (x > @70|80@) puts("no"); }
int guarded(int x) {
  if (__builtin_expect(x > 100, 0)) { complain(x); throw x * @2|3@; }
  return x + 1;
}
STEP(step_scaled) { return scaled(x, 7) + scaled(x + 1, 7); }
STEP(step_guarded) { return guarded(x) + guarded(x + 2); }
STEP(step_other) { return x; }
)"),
              ElementsAre(Steps{"step_scaled"}, Steps{"step_guarded"}, Steps{"step_guarded"}));
}

TEST_F(Calls, TemplatesAndLambdasAreFollowed) {
  EXPECT_THAT(changed_by_each(R"(
#include <algorithm>
#include <functional>
#include <variant>
#include <vector>
struct Visit {
  int operator()(int x) const { return x * @3|4@; }
  int operator()(double x) const { return static_cast<int>(x) - @5|6@; }
};
STEP(step_sort) {
  std::vector<int> values(100, x);
  std::sort(values.begin(), values.end(), [](int a, int b) { return a % @7|8@ < b % 7; });
  return values[3];
}
STEP(step_function) {
  std::function<int(int)> f = [x](int y) { return x + y * @9|10@; };
  return f(x) + f(x + 1);
}
STEP(step_variant) {
  std::variant<int, double> value = x;
  if (x > 7) value = 0.5 * x;
  return std::visit(Visit(), value);
}
STEP(step_other) { return x; }
)"),
              ElementsAre(Steps{"step_variant"}, Steps{"step_variant"}, Steps{"step_sort"}, Steps{"step_function"}));
}

TEST_F(Calls, IndirectFunctionsReachTheirResolverAndAllItCanChoose) {
  EXPECT_THAT(changed_by_each(R"(
extern "C" {
static int plain(int x) { return x * @3|4@; }
static int fast(int x) { return x * @5|6@; }
static int (*choose(void))(int) { return __builtin_cpu_supports("avx2") ? fast : plain; }
int chosen(int) __attribute__((ifunc("choose")));
}
STEP(step_a) { return chosen(x) + 1; }
STEP(step_other) { return x; }
)"),
              ElementsAre(Steps{"step_a"}, Steps{"step_a"}));
}

TEST_F(Calls, OfStaticsWithOneNameInTwoFilesEachIsItsOwn) {
  EXPECT_THAT(changed_by_each(R"(
static int table[] = {@1|2@, 3, 4};
__attribute__((noinline)) static int help(int x) { return x * @3|4@; }
STEP(step_a) { return help(x) + table[x & 1]; }
//// second.cc
static int table[] = {@5|6@, 7, 8};
__attribute__((noinline)) static int help(int x) { return x * @5|6@; }
STEP(step_b) { return help(x) + table[x & 1]; }
)"),
              ElementsAre(Steps{"step_a"}, Steps{"step_a"}, Steps{"step_b"}, Steps{"step_b"}));
}

TEST_F(Calls, AWeakNameThatNobodyDefinesIsAnImport) {
  EXPECT_EQ(changed(R"(
extern "C" int may_be_there(int) __attribute__((weak));
STEP(step_a) { return may_be_there ? may_be_there(x) : x * @3|4@; }
STEP(step_b) { return may_be_there ? may_be_there(x) : x * 5; }
)"),
            Steps{"step_a"});
}

TEST_F(Calls, WhichFunctionOfALibraryCounts) {
  EXPECT_EQ(changed(R"(
extern "C" int rand();
extern "C" int getpid();
STEP(step_a) { return @rand|getpid@(); }
STEP(step_b) { return rand(); }
)"),
            Steps{"step_a"});
}

TEST_F(Calls, TheEnginesOwnFunctionsCountByNameAndVersion) {
  EXPECT_THAT(changed_by_each(R"(
#define ENGINE __attribute__((noinline, section(".stepcache.engine.@1|2@")))
ENGINE int inner(int x) { return x * @3|4@; }
ENGINE int store(int x) { return inner(x) + 1; }
STEP(step_a) { return @store|inner@(x) + 1; }
STEP(step_other) { return x; }
)"),
              ElementsAre(Steps{"step_a"}, Steps{}, Steps{"step_a"}));
}

}  // namespace
}  // namespace stepcache::code_signature
