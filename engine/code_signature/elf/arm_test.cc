#include "code_signature/elf/program_pair_test.h"

namespace stepcache::code_signature {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Programs for AArch64: compiled and read, not run.
class ArmPrograms : public ProgramPairs {
 public:
  void SetUp() override {
    if (!Toolchain::arm().is_installed()) GTEST_SKIP() << "no compiler for AArch64 here (g++-aarch64-linux-gnu)";
  }
};

TEST_F(ArmPrograms, CallsTablesAndVirtualMethodsAreFollowed) {
  EXPECT_THAT(changed_by_each(R"(
#define OUT __attribute__((noinline)) static
struct Base { virtual int f(int) const = 0; };
struct A : Base { int f(int x) const override { return x * @3|4@; } };
struct B : Base { int f(int x) const override { return x * 5; } };
OUT int use(const Base& base, int x) { return base.f(x); }
OUT int direct(int x) { return x * @3|4@; }
OUT int tail(int x) { return x * @5|6@; }
OUT int by_address(int x) { return x * @7|8@; }
OUT int apply(int (*f)(int), int x) { return f(x) + 1; }
OUT int in_table(int x) { return x ^ @9|11@; }
static int (*const functions[])(int) = {direct, in_table};
STEP(step_a) { return use(A(), x); }
STEP(step_b) { return use(B(), x); }
STEP(step_direct) { return direct(x) + 1; }
STEP(step_tail) { return tail(x); }
STEP(step_address) { return apply(by_address, x); }
STEP(step_table) { return functions[x & 1](x); }
)",
                              Toolchain::arm()),
              ElementsAre(Steps{"step_a"}, Steps{"step_direct", "step_table"}, Steps{"step_tail"},
                          Steps{"step_address"}, Steps{"step_table"}));
}

TEST_F(ArmPrograms, StringsAndConstantsCountByValue) {
  for (const char* options : {"-O1", "-O2", "-O3"}) {
    EXPECT_THAT(changed_by_each(R"(
extern "C" int puts(const char*);
STEP(step_whole) { return puts("@alphabet|alphabit@"); }
STEP(step_tail) { return puts("@bet|bit@"); }
STEP(step_middle) { return puts("alphabet" + @3|4@); }
STEP(step_wide) { return reinterpret_cast<long>(L"@wide|wild@"); }
STEP(step_double) { return static_cast<int>(x * @1.2345|2.2345@); }
STEP(step_float) { return static_cast<int>(static_cast<float>(x) * @1.2345f|2.2345f@); }
STEP(step_vector) {
  float a[8];
  for (int i = 0; i < 8; ++i) a[i] = static_cast<float>(x) * (static_cast<float>(i) * @1.2346f|3.2346f@ + 3.1f);
  return static_cast<int>(a[x & 7]);
}
STEP(step_other) { return puts("bet") + puts("alphabet") + static_cast<int>(x * 1.2345); }
//// second.cc
extern "C" int puts(const char*);
STEP(step_second) { return puts("alphabet") + puts("@bet|let@") + static_cast<int>(x * @7.1234|8.1234@); }
)",
                                Toolchain::arm(options)),
                ElementsAre(Steps{"step_whole"}, Steps{"step_tail"}, Steps{"step_middle"}, Steps{"step_wide"},
                            Steps{"step_double"}, Steps{"step_float"}, Steps{"step_vector"}, Steps{"step_second"},
                            Steps{"step_second"}))
        << options;
  }
}

TEST_F(ArmPrograms, TablesReadBehindTheirStartAndThreadLocalsCount) {
  EXPECT_THAT(changed_by_each(R"(
static const int before[] = {@90|91@, 91, 92, 93, 94, 95, 96, 97};
static const int table[] = {@10|11@, 11, 12, 13, 14, 15, 16, 17};
static int state = @3|4@;
static thread_local int own = @5|6@;
extern thread_local int elsewhere;
STEP(step_before) { return before[x & 7]; }
STEP(step_middle) { int sum = 0; for (int i = 1; i < x; ++i) sum += table[i - 1] * i; return sum; }
STEP(step_state) { return ++state; }
STEP(step_own) { return ++own; }
STEP(step_elsewhere) { return ++elsewhere; }
//// elsewhere.cc
thread_local int elsewhere = @7|8@;
)",
                              Toolchain::arm()),
              ElementsAre(Steps{"step_before"}, Steps{"step_middle"}, Steps{"step_state"}, Steps{"step_own"},
                          Steps{"step_elsewhere"}));
}

TEST_F(ArmPrograms, ExceptionsAndJumpTablesAreFollowed) {
  EXPECT_THAT(changed_by_each(R"(
extern "C" int puts(const char*);
__attribute__((noinline)) int fails(int x) { if (x > 3) throw x; return x; }
__attribute__((noinline)) static int handle(int x) { return x * @3|4@; }
STEP(step_type) { try { return fails(x); } catch (@int|long@) { return 3; } }
STEP(step_handler) { try { return fails(x); } catch (int y) { return handle(y); } }
STEP(step_switch) {
  switch (x) {
    case 0: return puts("zero");
    case 1: return x - @71|72@;
    case 2: return x * x;
    case 3: return puts("@three|drei@");
    case 4: return puts("four") ^ 5;
    case 5: return fails(x) + 3;
    case 6: return puts("six") * 2;
    case @7|8@: return x / 3;
    default: return 9;
  }
}
STEP(step_other) { return fails(x) + puts("three"); }
)",
                              Toolchain::arm()),
              ElementsAre(Steps{"step_handler"}, Steps{"step_type"}, Steps{"step_switch"}, Steps{"step_switch"},
                          Steps{"step_switch"}));
}

TEST_F(ArmPrograms, AssertionsMayMoveAndUnrelatedCodeToo) {
  for (const char* options : {"-O0", "-O2"}) {
    EXPECT_THAT(changed_by_each(R"(
#include <cassert>
extern "C" int puts(const char*);
@|

@@|static const double weights[] = {1.5, 2.5, 3.5};
__attribute__((noinline)) int added(int x) { return puts("a text of some length") + static_cast<int>(weights[x] * 1.2346); }
int (*volatile keep)(int) = added;
@STEP(step_line) { assert(x > 2); return x + puts("line") + static_cast<int>(x * 1.2345); }
STEP(step_asked) { assert(x > @2|3@); return x; }
)",
                                Toolchain::arm(options)),
                ElementsAre(Steps{}, Steps{}, Steps{"step_asked"}))
        << options;
  }
}

TEST_F(ArmPrograms, DebuggingInformationChangesNothing) {
  constexpr const char* k_source = R"(
struct Scope { int x; ~Scope() { if (x > 5) x = 0; } };
__attribute__((noinline)) int fails(int x) { if (x > 3) throw x; return x; }
STEP(step_a) { try { Scope scope{x}; return fails(x); } catch (int y) { return y; } }
)";
  EXPECT_THAT(
      difference(signatures(build(k_source, Toolchain::arm())), signatures(build(k_source, Toolchain::arm("-O2 -g")))),
      IsEmpty());
}

}  // namespace
}  // namespace stepcache::code_signature
