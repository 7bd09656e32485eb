#include "code_signature/elf/program_pair_test.h"

namespace stepcache::code_signature {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using InlineCode = ProgramPairs;

TEST_F(InlineCode, OfHeadersCountsForThoseWhoUseIt) {
  EXPECT_THAT(changed_by_each(R"(
#include "header.h"
STEP(step_inline) { return scaled(x); }
STEP(step_member) { return Model{x}.fit(x); }
STEP(step_constant) { return x + k_offset; }
STEP(step_other) { return x; }
//// header.h
inline int scaled(int x) { return x * @3|4@; }
struct Model { int a; int fit(int x) const { return a * x + @5|6@; } };
constexpr int k_offset = @7|8@;
)"),
              ElementsAre(Steps{"step_inline"}, Steps{"step_member"}, Steps{"step_constant"}));
}

// Of the header-only libraries, the one with the most templates. Slow to compile.
TEST_F(InlineCode, OfEigenCountsForThoseWhoUseIt) {
  Toolchain toolchain;
  toolchain.options = "-O1 -isystem /usr/include/eigen3";
  if (!std::filesystem::exists("/usr/include/eigen3/Eigen/Dense")) GTEST_SKIP() << "no Eigen here";
  EXPECT_EQ(changed(R"(
#include <Eigen/Dense>
STEP(step_solve) {
  Eigen::MatrixXd a = Eigen::MatrixXd::Identity(4, 4) * x;
  Eigen::VectorXd b = Eigen::VectorXd::Constant(4, @1.5|2.5@);
  return static_cast<int>(a.colPivHouseholderQr().solve(b).sum());
}
STEP(step_product) {
  Eigen::MatrixXd a = Eigen::MatrixXd::Constant(8, 8, x);
  return static_cast<int>((a * a.transpose()).trace());
}
)",
                    toolchain),
            Steps{"step_solve"});
}

TEST_F(InlineCode, InterposedMemoryFunctionsAreFollowed) {
  EXPECT_EQ(changed(R"(
extern "C" void* malloc(unsigned long);
extern "C" void free(void*);
void* operator new(unsigned long size) { return malloc(size + @16|32@); }
void operator delete(void* memory, unsigned long) noexcept { free(memory); }
__attribute__((noinline)) int* make(int x) { return new int(x); }
STEP(step_a) { return *make(x); }
STEP(step_other) { return x; }
)"),
            Steps{"step_a"});
}

}  // namespace
}  // namespace stepcache::code_signature
