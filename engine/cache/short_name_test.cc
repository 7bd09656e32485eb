#include "cache/short_name.h"

#include <gtest/gtest.h>

namespace stepcache::cache {
namespace {

TEST(ShortName, LeavesShortTemplateArguments) {
  EXPECT_EQ(short_name("normalise(Dataset const&)"), "normalise(Dataset const&)");
  EXPECT_EQ(short_name("sum(std::vector<double>&)"), "sum(std::vector<double>&)");
}

TEST(ShortName, FoldsLongOnes) {
  EXPECT_EQ(short_name("double sum<std::mersenne_twister_engine<unsigned long, 32ul, 624ul>>(int)"),
            "double sum<...>(int)");
  EXPECT_EQ(short_name("f(std::map<std::string, std::vector<int>, std::less<std::string>> const&, std::vector<int>)"),
            "f(std::map<...> const&, std::vector<int>)");
}

TEST(ShortName, KnowsOperators) {
  EXPECT_EQ(short_name("operator<(A const&, B const&)"), "operator<(A const&, B const&)");
  EXPECT_EQ(short_name("std::ostream& operator<< <char, std::char_traits<char>>(std::ostream&)"),
            "std::ostream& operator<< <...>(std::ostream&)");
  EXPECT_EQ(short_name("A::operator->()"), "A::operator->()");
  EXPECT_EQ(short_name("bool operator<=><a_long_argument_of_a_template>(A)"),
            "bool operator<=><a_long_argument_of_a_template>(A)");
}

TEST(ShortName, LeavesWhatDoesNotClose) { EXPECT_EQ(short_name("a<b"), "a<b"); }

}  // namespace
}  // namespace stepcache::cache
