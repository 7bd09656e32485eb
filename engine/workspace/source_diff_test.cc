#include "workspace/source_diff.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace stepcache::workspace {
namespace {

std::string shown(const std::vector<DiffLine>& lines) {
  std::string text;
  for (const DiffLine& line : lines) {
    text += fmt::format("{} {} {}{}\n", line.before_line, line.now_line, line.mark, line.text);
  }
  return text;
}

TEST(SourceDiff, NumbersTheLinesOfBothFilesAndShowsThreeLinesAround) {
  EXPECT_EQ(shown(source_diff("a\nb\nc\nd\nold\ne\nf\ng\nh\n", 40, "a\nb\nc\nd\nnew\nmore\ne\nf\ng\nh\n", 50)),
            "41 51  b\n42 52  c\n43 53  d\n44 0 -old\n0 54 +new\n0 55 +more\n45 56  e\n46 57  f\n47 58  g\n");
}

TEST(SourceDiff, IsTheSameWhicheverTextIsLonger) {
  EXPECT_EQ(shown(source_diff("a\nx\ny\nb\n", 1, "a\nz\nb\n", 1)), "1 1  a\n2 0 -x\n3 0 -y\n0 2 +z\n4 3  b\n");
  EXPECT_EQ(shown(source_diff("a\nz\nb\n", 1, "a\nx\ny\nb\n", 1)), "1 1  a\n2 0 -z\n0 2 +x\n0 3 +y\n3 4  b\n");
}

TEST(SourceDiff, TakesAFunctionThatIsNewOrGoneWhole) {
  EXPECT_EQ(shown(source_diff("", 0, "a\nb", 7)), "0 7 +a\n0 8 +b\n");
  EXPECT_EQ(shown(source_diff("a\nb", 7, "", 0)), "7 0 -a\n8 0 -b\n");
  EXPECT_EQ(shown(source_diff("", 0, "a", 0)), "0 0 +a\n");
}

TEST(SourceDiff, OfEqualTextsIsEmpty) {
  EXPECT_EQ(shown(source_diff("a\nb\n", 1, "a\r\nb", 9)), "");
  EXPECT_EQ(shown(source_diff("", 0, "", 0)), "");
}

TEST(SourceDiff, LeavesOutTextsThatNobodyReads) {
  std::string long_text;
  for (int i = 0; i < 5001; ++i) long_text += "x\n";
  EXPECT_EQ(shown(source_diff("a\n", 1, long_text, 1)), "");
}

}  // namespace
}  // namespace stepcache::workspace
