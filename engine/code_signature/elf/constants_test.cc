#include "code_signature/elf/program_pair_test.h"

namespace stepcache::code_signature {
namespace {

using ::testing::ElementsAre;

using Constants = ProgramPairs;

TEST_F(Constants, NumbersAndVectorsInMergedSectionsCountByValue) {
  EXPECT_THAT(changed_by_each(R"(
STEP(step_double) { return static_cast<int>(x * @1.25|2.25@); }
STEP(step_float) { return static_cast<int>(static_cast<float>(x) * @1.5f|1.75f@); }
STEP(step_vector) {
  double a[4] = {x * 1.0, x * 2.0, x * 3.0, x * 4.0};
  const double b[4] = {1.5, 2.5, 3.5, @4.5|5.5@};
  for (int i = 0; i < 4; ++i) a[i] *= b[i];
  return static_cast<int>(a[0] + a[1] * 7 + a[2] + a[3]);
}
STEP(step_other) { return static_cast<int>(x * 1.25 + x * 7.5 + static_cast<float>(x) * 1.5f); }
)",
                              Toolchain::gcc("-O3")),
              ElementsAre(Steps{"step_double"}, Steps{"step_float"}, Steps{"step_vector"}));
}

TEST_F(Constants, StringsCountByValueAlsoWhereOneIsTheTailOfAnother) {
  EXPECT_THAT(changed_by_each(R"(
extern "C" int puts(const char*);
STEP(step_whole) { return puts("@alphabet|alphabit@"); }
STEP(step_tail) { return puts("@bet|bit@"); }
STEP(step_middle) { return puts("alphabet" + @3|4@); }
STEP(step_character) { return "a long text that is no register"[@x|x + 1@ & 15]; }
STEP(step_other) { return puts("bet") + puts("alphabet"); }
)"),
              ElementsAre(Steps{"step_whole"}, Steps{"step_tail"}, Steps{"step_middle"}, Steps{"step_character"}));
}

TEST_F(Constants, WideStringsCountToTheirEnd) {
  EXPECT_THAT(changed_by_each(R"(
__attribute__((noinline)) int use(const void* text) { return *static_cast<const char*>(text); }
STEP(step_wide) { return use(L"@wide|wider@"); }
STEP(step_last) { return use(L"wid@e|f@"); }
STEP(step_16) { return use(u"sixtee@n|m@"); }
STEP(step_32) { return use(U"thirtytw@o|p@"); }
STEP(step_8) { return use("narro@w|v@"); }
STEP(step_other) { return use(L"wide") + use(u"sixteen") + use("narrow"); }
)"),
              ElementsAre(Steps{"step_wide"}, Steps{"step_last"}, Steps{"step_16"}, Steps{"step_32"}, Steps{"step_8"}));
}

TEST_F(Constants, TablesReadBehindTheirStartAndBeforeAreTheTablesThatAreNamed) {
  constexpr const char* k_source = R"(
static const int before[] = {@90|91@, 91, 92, 93, 94, 95, 96, 97};
static const int table[] = {@10|11@, 11, 12, 13, 14, 15, 16, 17};
static const int behind[] = {@20|21@, 21, 22, 23, 24, 25, 26, 27};
STEP(step_before) { return before[x & 7]; }
STEP(step_middle) { int sum = 0; for (int i = 1; i < x; ++i) sum += table[i - 1] * i; return sum; }
STEP(step_behind) { return behind[x & 7]; }
STEP(step_end) { int sum = 0; for (const int* at = table + 8; at != table;) sum = sum * 3 + *--at; return sum + x; }
)";
  for (const char* options : {"-O1", "-O2", "-O3", "-O2 -fno-pie -no-pie"}) {
    EXPECT_THAT(changed_by_each(k_source, Toolchain::gcc(options)),
                ElementsAre(Steps{"step_before"}, Steps{"step_end", "step_middle"}, Steps{"step_behind"}))
        << options;
  }
}

TEST_F(Constants, ExternalArraysAreThoseThatAreNamed) {
  EXPECT_THAT(changed_by_each(R"(
extern const int first[4];
extern const int second[4];
STEP(step_a) { int sum = 0; for (int i = 1; i <= (x & 3); ++i) sum += second[i - 1]; return sum; }
STEP(step_b) { return first[x & 3]; }
STEP(step_end) { int sum = 0; for (const int* at = first; at != first + 4; ++at) sum += *at; return sum + x; }
//// arrays.cc
extern const int first[4] = {1, 2, 3, @4|5@};
extern const int second[4] = {@5|6@, 6, 7, 8};
)"),
              ElementsAre(Steps{"step_b", "step_end"}, Steps{"step_a"}));
}

TEST_F(Constants, JumpTablesLeadToEachOfTheirCases) {
  constexpr const char* k_source = R"(
extern "C" int puts(const char*);
static int g(int x) { return x * @3|4@; }
STEP(step_switch) {
  switch (x) {
    case 0: return puts("zero");
    case 1: return x - @71|72@;
    case 2: return x * x;
    case 3: return puts("@three|drei@");
    case 4: return x ^ 5;
    case 5: return g(x) + g(x + 3);
    case 6: throw 6;
    case @7|8@: return x / 3;
    default: return 9;
  }
}
STEP(step_other) {
  switch (x) {
    case 0: return puts("null");
    case 1: return x - 71;
    case 2: return x * x * x;
    case 3: return puts("third");
    case 4: return x ^ 6;
    case 5: return puts("fifth");
    case 6: throw 5;
    default: return 8;
  }
}
)";
  const Steps step = {"step_switch"};
  for (const Toolchain& toolchain : {Toolchain::gcc(), Toolchain::clang(), Toolchain::gcc("-O2 -fno-pie -no-pie")}) {
    if (!toolchain.is_installed()) continue;
    EXPECT_THAT(changed_by_each(k_source, toolchain), ElementsAre(step, step, step, step))
        << toolchain.compiler << toolchain.options;
  }
}

TEST_F(Constants, TheOrderOfAJumpTableCounts) {
  constexpr const char* k_source = R"(
extern "C" int puts(const char*);
STEP(step_switch) {
  switch (x) {
    case @0|3@: return puts("a");
    case 1: return puts("b") * 3;
    case 2: return puts("c") - 7;
    case @3|0@: return puts("d") ^ x;
    case 4: return puts("e") * x;
    case 5: return x / 7;
    default: return 9;
  }
}
STEP(step_other) { return x; }
)";
  EXPECT_EQ(changed(k_source), Steps{"step_switch"});
  if (Toolchain::clang().is_installed()) {
    EXPECT_EQ(changed(k_source, Toolchain::clang()), Steps{"step_switch"});
  }
}

TEST_F(Constants, ComputedGotosAreFollowed) {
  EXPECT_EQ(changed(R"(
extern "C" int puts(const char*);
STEP(step_goto) {
  static const void* const labels[] = {&&one, &&@two, &&three|three, &&two@};
  goto *labels[x % 3];
one: return puts("one");
two: return x * 2;
three: return x * 3;
}
STEP(step_other) { return x; }
)"),
            Steps{"step_goto"});
}

TEST_F(Constants, DataThatPointsToDataAndFunctionsIsFollowed) {
  EXPECT_THAT(changed_by_each(R"(
struct Node { const char* name; const Node* next; int (*f)(int); };
static int last_f(int x) { return x * @3|4@; }
static const Node last = {"@last|latest@", nullptr, last_f};
static const Node middle = {"middle", &last, nullptr};
static const Node start = {"start", &middle, nullptr};
static const Node lonely = {"@lonely|alone@", nullptr, nullptr};
STEP(step_list) { const Node* at = &start; while (at->next && x--) at = at->next; return at->f(x) + at->name[0]; }
STEP(step_lonely) { return lonely.name[x & 3]; }
STEP(step_other) { return x; }
)"),
              ElementsAre(Steps{"step_list"}, Steps{"step_list"}, Steps{"step_lonely"}));
}

TEST_F(Constants, ConstexprArraysAndInitialisedDataCount) {
  EXPECT_THAT(changed_by_each(R"(
constexpr double weights[] = {1.5, 2.5, 3.5, 4.5, @5.5|6.5@, 1.25};
inline constexpr int shared[] = {4, 5, @6|7@, 9, 10, 11};
static const int* pointer = &shared[@1|2@];
int numbers[] = {1, @2|3@, 4};
STEP(step_constexpr) { return static_cast<int>(weights[x % 6]); }
STEP(step_inline) { return shared[x % 6]; }
STEP(step_pointer) { return *pointer; }
STEP(step_numbers) { return numbers[x % 3]; }
STEP(step_advance) { return *pointer++; }
STEP(step_write) { return numbers[x % 3]++; }
STEP(step_other) { return x; }
)"),
              ElementsAre(Steps{"step_constexpr"}, Steps{"step_advance", "step_inline", "step_pointer"},
                          Steps{"step_advance", "step_pointer"}, Steps{"step_numbers", "step_write"}));
}

TEST_F(Constants, SizesOfArraysCountAlsoWhereTheyAreZero) {
  EXPECT_EQ(changed(R"(
extern int numbers[@4|5@];
extern int* end_of_numbers;
STEP(step_a) { int sum = 0; for (int* at = numbers; at != end_of_numbers; ++at) sum += *at; return sum + x; }
STEP(step_other) { return x; }
//// numbers.cc
int numbers[@4|5@];
int* end_of_numbers = numbers + @4|5@;
)"),
            Steps{"step_a"});
}

TEST_F(Constants, ThreadLocalsCountByTheirInitialValues) {
  EXPECT_THAT(changed_by_each(R"(
static thread_local int own = @3|4@;
thread_local int open = @5|6@;
extern thread_local int elsewhere;
thread_local int zero[4];
STEP(step_own) { return own += x; }
STEP(step_open) { return open + x; }
STEP(step_elsewhere) { return elsewhere + x; }
STEP(step_zero) { return zero[x & 3]; }
//// elsewhere.cc
thread_local int elsewhere = @7|8@;
)"),
              ElementsAre(Steps{"step_own"}, Steps{"step_open"}, Steps{"step_elsewhere"}));
}

}  // namespace
}  // namespace stepcache::code_signature
