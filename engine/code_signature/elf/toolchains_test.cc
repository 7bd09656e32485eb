#include "code_signature/elf/program_pair_test.h"

namespace stepcache::code_signature {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A program with a little of everything, and edits of which each concerns one step.
constexpr const char* k_source = R"(
extern "C" int puts(const char*);
@|static int added(int x) { return x * 9 + puts("a text that was added"); } int (*volatile keep)(int) = added;
@struct Base { virtual int f(int) const = 0; };
struct A : Base { int f(int x) const override { return x * @3|4@; } };
struct B : Base { int f(int x) const override { return x * 5; } };
__attribute__((noinline)) static int use(const Base& base, int x) { return base.f(x); }
static const int before[] = {@10|11@, 11, 12, 13, 14, 15, 16, 17};
static const int table[] = {20, 21, 22, 23, 24, 25, 26, 27};
static int state = @30|31@;
thread_local int own = 7;
__attribute__((noinline)) int fails(int x) { if (x > 3) throw x; return x; }
STEP(step_a) { return use(A(), x); }
STEP(step_b) { return use(B(), x) + puts("b"); }
STEP(step_before) { return before[x & 7]; }
STEP(step_table) { int sum = 0; for (int i = 1; i < x; ++i) sum += table[i - 1] * i; return sum; }
STEP(step_state) { return ++state; }
STEP(step_text) { return puts("@te|fo@xt"); }
STEP(step_number) { return static_cast<int>(x * @1.25|2.25@) + ++own; }
STEP(step_switch) {
  switch (x) {
    case 0: return puts("zero");
    case 1: return x - 71;
    case 2: return x * x;
    case 3: return puts("three");
    case 4: return x ^ @5|6@;
    case 5: return x / 7;
    default: return 9;
  }
}
STEP(step_catch) { try { return fails(x); } catch (@int|long@) { return 3; } }
)";

const auto k_expected =
    ElementsAre(Steps{}, Steps{"step_a"}, Steps{"step_before"}, Steps{"step_state"}, Steps{"step_text"},
                Steps{"step_number"}, Steps{"step_switch"}, Steps{"step_catch"});

class EachToolchain : public ProgramPairs, public ::testing::WithParamInterface<Toolchain> {};

TEST_P(EachToolchain, TellsTheSameStepsApart) {
  if (!GetParam().is_installed()) GTEST_SKIP() << "not installed here";
  EXPECT_THAT(changed_by_each(k_source, GetParam()), k_expected);
}

INSTANTIATE_TEST_SUITE_P(Of, EachToolchain,
                         ::testing::Values(Toolchain::gcc("-O0"), Toolchain::gcc("-O3"),
                                           Toolchain::gcc("-O2 -fno-pie -no-pie"), Toolchain::gcc("-O2", "lld"),
                                           Toolchain::gcc("-O2", "mold"), Toolchain::clang("-O0"),
                                           Toolchain::clang("-O2"), Toolchain::clang("-O3", "lld"),
                                           Toolchain::clang("-O2", "mold"),
                                           Toolchain::clang("-O2 -fno-pie -no-pie", "lld")),
                         [](const auto& param) {
                           std::string name = param.param.compiler + param.param.options + param.param.linker;
                           std::erase_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; });
                           return name;
                         });

// Options that give another form to the same references.
class EachForm : public ProgramPairs, public ::testing::WithParamInterface<Toolchain> {};

TEST_P(EachForm, SeesAllEdits) {
  if (!GetParam().is_installed()) GTEST_SKIP() << "not installed here";
  const std::vector<Steps> each = changed_by_each(k_source, GetParam());
  ASSERT_EQ(each.size(), 8U);
  EXPECT_THAT(each[0], IsEmpty());
  const std::vector<std::string> step = {"",          "step_a",      "step_before", "step_state",
                                         "step_text", "step_number", "step_switch", "step_catch"};
  for (std::size_t i = 1; i < each.size(); ++i) EXPECT_TRUE(each[i].contains(step[i])) << step[i];
}

Toolchain with(Toolchain toolchain, const std::string& link_options) {
  toolchain.link_options = link_options;
  return toolchain;
}

Toolchain together(Toolchain toolchain) {
  toolchain.apart = false;
  return toolchain;
}

INSTANTIATE_TEST_SUITE_P(Of, EachForm,
                         ::testing::Values(Toolchain::gcc("-O2 -flto"), Toolchain::gcc("-O2 -fno-plt"),
                                           Toolchain::gcc("-O2 -static"), Toolchain::gcc("-O2 -static-pie -fPIE"),
                                           together(Toolchain::gcc("-O2 -fno-toplevel-reorder")),
                                           with(Toolchain::clang("-O2", "lld"), "-Wl,--icf=all")),
                         [](const auto& param) {
                           std::string name = param.param.options + param.param.linker + param.param.link_options +
                                              (param.param.apart ? "" : "together");
                           std::erase_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; });
                           return name;
                         });

TEST_F(ProgramPairs, BuiltTwiceWithAndWithoutDebuggingInformationIsOneProgram) {
  for (const char* options : {"-O2", "-O0", "-O2 -fno-pie -no-pie"}) {
    for (Toolchain toolchain : {Toolchain::gcc(options), Toolchain::clang(options)}) {
      if (!toolchain.is_installed()) continue;
      const auto first = signatures(build(k_source, toolchain));
      EXPECT_THAT(difference(first, signatures(build(k_source, toolchain))), IsEmpty());
      toolchain.options += " -g";
      EXPECT_THAT(difference(first, signatures(build(k_source, toolchain))), IsEmpty())
          << toolchain.compiler << options;
    }
  }
}

TEST_F(ProgramPairs, ThreeLinkersMakeOneProgram) {
  const auto bfd = signatures(build(k_source, Toolchain::gcc()));
  for (const char* linker : {"lld", "mold"}) {
    const Toolchain toolchain = Toolchain::gcc("-O2", linker);
    if (!toolchain.is_installed()) continue;
    EXPECT_THAT(difference(bfd, signatures(build(k_source, toolchain))), IsEmpty()) << linker;
  }
}

TEST_F(ProgramPairs, FoldedFunctionsAreReadForAllTheirNames) {
  constexpr const char* k_folded = R"(
extern "C" int puts(const char*);
__attribute__((noinline)) static int one(int x) { return puts("same") + x * 3; }
__attribute__((noinline)) static int two(int x) { return puts("same") + x * @3|4@; }
STEP(step_a) { return one(x) + 1; }
STEP(step_b) { return two(x) + 2; }
)";
  for (const char* linker : {"lld", "mold"}) {
    Toolchain toolchain = Toolchain::gcc("-O2 -fno-ipa-icf", linker);
    toolchain.link_options = "-Wl,--icf=all";
    if (!toolchain.is_installed()) continue;
    EXPECT_EQ(changed(k_folded, toolchain), Steps{"step_b"}) << linker;
  }
}

}  // namespace
}  // namespace stepcache::code_signature
