#include "code_signature/elf/program_pair_test.h"

namespace stepcache::code_signature {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Exceptions = ProgramPairs;

TEST_F(Exceptions, TheTypesThatAreCaughtCount) {
  EXPECT_THAT(
      changed_by_each(R"(
struct One { int a; };
struct Two { int a; };
__attribute__((noinline)) int fails(int x) { if (x > 3) throw One{x}; if (x > 2) throw Two{x}; return x; }
STEP(step_one) { try { return fails(x); } catch (const @One|Two@&) { return 1; } }
STEP(step_all) { try { return fails(x); } catch (@...|const One&@) { return 2; } }
STEP(step_int) { try { return fails(x); } catch (@int|long@) { return 3; } }
STEP(step_order) { try { return fails(x); } catch (@One|Two@&) { return 4; } catch (@Two|One@&) { return 4; } }
STEP(step_none) { return fails(x); }
)"),
      ElementsAre(Steps{"step_one"}, Steps{"step_all"}, Steps{"step_int"}, Steps{"step_order"}, Steps{"step_order"}));
}

TEST_F(Exceptions, BaseClassesOfWhatIsCaughtCount) {
  EXPECT_EQ(changed(R"(
struct Root { virtual ~Root() {} };
struct Other { virtual ~Other() {} };
struct Thrown : @Root|Other@ { int value = 1; };
__attribute__((noinline)) int fails(int x) { if (x > 3) throw Thrown(); return x; }
STEP(step_a) { try { return fails(x); } catch (const Root&) { return 1; } }
STEP(step_b) { try { return x > 3 ? throw 3 : x; } catch (int) { return 1; } }
)"),
            Steps{"step_a"});
}

TEST_F(Exceptions, HandlersAndDestructorsAreFollowed) {
  EXPECT_THAT(changed_by_each(R"(
extern "C" int puts(const char*);
__attribute__((noinline)) int fails(int x) { if (x > 3) throw x; return x; }
__attribute__((noinline)) static int handle(int x) { return x * @3|4@; }
struct Scope { ~Scope(); };
Scope::~Scope() { puts("@leave|left@"); }
STEP(step_handler) { try { return fails(x); } catch (int y) { return handle(y); } }
STEP(step_cleanup) { Scope scope; return fails(x); }
STEP(step_other) { return fails(x); }
)"),
              ElementsAre(Steps{"step_handler"}, Steps{"step_cleanup"}));
}

TEST_F(Exceptions, WhichCallsAreGuardedCounts) {
  EXPECT_EQ(changed(R"(
__attribute__((noinline)) int fails(int x) { if (x > 3) throw x; return x; }
STEP(step_a) {
  int y = 0;
  @try { y = fails(x); y += fails(x + 1); }|y = fails(x); try { y += fails(x + 1); }@
  catch (int) { return 7; }
  return y;
}
STEP(step_b) { return fails(x); }
)"),
            Steps{"step_a"});
}

TEST_F(Exceptions, ANoexceptFunctionIsAnotherOne) {
  EXPECT_EQ(changed(R"(
__attribute__((noinline)) int fails(int x) { if (x > 3) throw x; return x; }
__attribute__((noinline)) int through(int x) @|noexcept@ { return fails(x) + 1; }
STEP(step_a) { try { return through(x) + 1; } catch (int) { return 7; } }
STEP(step_b) { return fails(x); }
)"),
            Steps{"step_a"});
}

TEST_F(Exceptions, TypesAskedForAtRunTimeCount) {
  EXPECT_THAT(changed_by_each(R"(
#include <typeinfo>
struct Root { virtual ~Root() {} };
struct Middle : @Root|virtual Root@ {};
struct Leaf : Middle { int value = 4; };
__attribute__((noinline)) Root* make(int x) { if (x > 3) return new Leaf; return new Root; }
STEP(step_cast) { Leaf* leaf = dynamic_cast<Leaf*>(make(x)); return leaf ? leaf->value : 0; }
STEP(step_name) { return typeid(@int|long@).name()[0]; }
STEP(step_other) { return x; }
)"),
              ElementsAre(Steps{"step_cast"}, Steps{"step_name"}));
}

TEST_F(Exceptions, DebuggingInformationMovesNoTable) {
  constexpr const char* k_source = R"(
struct Scope { int x; ~Scope() { if (x > 5) x = 0; } };
__attribute__((noinline)) int fails(int x) { if (x > 3) throw x; return x; }
STEP(step_a) {
  int sum = 0;
  for (int i = 0; i < x; ++i) {
    Scope scope{i};
    try { sum += fails(i); Scope inner{sum}; sum -= fails(sum); } catch (const char*) { sum = 3; } catch (int y) { sum += y; }
  }
  return sum;
}
)";
  for (Toolchain toolchain : {Toolchain::gcc(), Toolchain::clang()}) {
    if (!toolchain.is_installed()) continue;
    const auto without = signatures(build(k_source, toolchain));
    toolchain.options += " -g";
    EXPECT_THAT(difference(without, signatures(build(k_source, toolchain))), IsEmpty()) << toolchain.compiler;
  }
}

}  // namespace
}  // namespace stepcache::code_signature
