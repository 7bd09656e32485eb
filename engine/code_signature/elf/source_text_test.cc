#include "code_signature/elf/source_text.h"

#include <gtest/gtest.h>

#include <string>

namespace stepcache::code_signature {
namespace {

using Lines = SourceText::Lines;

TEST(SourceTexts, GiveLinesAndCutLongOnes) {
  const SourceText text("one\ntwo\nthree");
  EXPECT_EQ(text.line_count(), 3U);
  EXPECT_EQ(text.lines(2, 2), "two\n");
  EXPECT_EQ(text.lines(2, 9), "two\nthree");
  EXPECT_EQ(text.lines(0, 1), "");
  EXPECT_EQ(text.lines(4, 5), "");
  EXPECT_EQ(SourceText("").lines(1, 1), "");

  std::string many;
  for (int i = 0; i < 30'000; ++i) many += "line\n";
  const std::string cut = SourceText(many).lines(1, 30'000);
  EXPECT_LE(cut.size(), std::size_t{64} << 10U);
  EXPECT_GT(cut.size(), 60'000U);
  EXPECT_TRUE(cut.ends_with("line\n"));
  EXPECT_EQ(SourceText(std::string(100'000, 'x')).lines(1, 1).size(), std::size_t{64} << 10U);
}

TEST(SourceTexts, FindTheEndOfAFunction) {
  const SourceText text(
      "int f(int a,\n"
      "      std::vector<int> b = {}) {\n"
      "  if (a) { return 1; }  // }\n"
      "  return g(\"}\", '}', R\"x(}\")x\", 1'000) /* } */;\n"
      "#define CLOSE }\n"
      "}\n"
      "int g();\n"
      "int h() { return 1; }\n");
  EXPECT_EQ(text.end_of_function(1), 6U);
  EXPECT_EQ(text.end_of_function(7), 7U);
  EXPECT_EQ(text.end_of_function(8), 8U);
  EXPECT_FALSE(text.end_of_function(9));
  EXPECT_FALSE(text.end_of_function(0));
}

TEST(SourceTexts, FindTheEndPastInitialisersAndHandlers) {
  const SourceText text(
      "Tree::Tree() : a_{1},\n"
      "    b_{2}\n"
      "{\n"
      "}\n"
      "void f() try {\n"
      "} catch (...) {\n"
      "}\n"
      "int g();\n");
  EXPECT_EQ(text.end_of_function(1), 4U);
  EXPECT_EQ(text.end_of_function(5), 7U);
}

TEST(SourceTexts, FindNoEndWhereBracesDoNotMatch) {
  const SourceText text("int f() {\n#if A\n  if (a) {\n#else\n  if (b) {\n#endif\n  }\n}\n");
  EXPECT_FALSE(text.end_of_function(1));
  EXPECT_FALSE(SourceText("int f()").end_of_function(1));
}

TEST(SourceTexts, FindTheEndOfAStatement) {
  const SourceText text(
      "const double weights[] = {\n"
      "  1.0,  // one;\n"
      "  [] { return 2.0; }(),\n"
      "};\n"
      "int x = 1;\n");
  EXPECT_EQ(text.end_of_statement(1), 4U);
  EXPECT_EQ(text.end_of_statement(5), 5U);
  EXPECT_FALSE(text.end_of_statement(4));
  EXPECT_FALSE(text.end_of_statement(6));
}

TEST(SourceTexts, FindTheFunctionAroundALine) {
  const SourceText text(
      "namespace model {\n"             // 1
      "struct Tree {\n"                 // 2
      "  Tree() : a{1} { grow(2); }\n"  // 3
      "  int a;\n"                      // 4
      "};\n"                            // 5
      "double\n"                        // 6
      "grow(int depth,\n"               // 7
      "     int width)\n"               // 8
      "{\n"                             // 9
      "  for (int i = 0; i < 3; ++i) {\n"
      "    depth += i;\n"  // 11
      "  }\n"
      "  if (grow(1, 2)) {\n"
      "    each([&](int x) {\n"  // 14
      "      return x;\n"        // 15
      "    });\n"
      "  }\n"
      "  values[0] = 1;\n"
      "  auto again = [](auto y) -> int { return y; };\n"  // 19
      "}\n"                                                // 20
      "}\n");
  EXPECT_EQ(text.function_around("Tree", 3), (Lines{3, 3}));
  EXPECT_EQ(text.function_around("grow", 9), (Lines{7, 20}));
  EXPECT_EQ(text.function_around("grow", 11), (Lines{7, 20}));
  EXPECT_EQ(text.function_around("grow", 15), (Lines{7, 20}));
  EXPECT_EQ(text.function_around("operator()", 15), (Lines{14, 16}));
  EXPECT_EQ(text.function_around("operator()", 19), (Lines{19, 19}));
  EXPECT_FALSE(text.function_around("operator()", 11));
  EXPECT_FALSE(text.function_around("row", 11));
  EXPECT_FALSE(text.function_around("grow", 3));
}

}  // namespace
}  // namespace stepcache::code_signature
