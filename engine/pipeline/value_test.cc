#include "pipeline/value.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace stepcache::pipeline {
namespace {

Value list(Value::List elements) { return Value(std::move(elements)); }

TEST(Value, TellsDifferentValuesApart) {
  const std::vector<Value> values = {
      Value(),
      Value(1),
      Value(1.0),
      Value(true),
      Value("1"),
      Value(Value::BytesValue{"1"}),
      Value(-1),
      Value(0.0),
      Value(-0.0),
      Value(false),
      Value(0),
      Value(""),
      list({}),
      list({Value(1)}),
      list({Value("a"), Value("bc")}),
      list({Value("ab"), Value("c")}),
      list({list({Value(1)}), Value(2)}),
      list({list({Value(1), Value(2)})}),
      Value(Value::Map{}),
      Value(Value::Map{{Value("a"), Value("bc")}}),
      Value(Value::Map{{Value("ab"), Value("c")}}),
      Value(Value::Map{{Value("a"), Value(1)}, {Value("b"), Value(2)}}),
      Value(Value::Map{{Value("b"), Value(2)}, {Value("a"), Value(1)}}),
      Value(Value::Set{}),
      Value(Value::Set{{Value(1)}}),
      Value(std::numeric_limits<std::uint64_t>::max()),
      Value(std::numeric_limits<std::int64_t>::min()),
  };
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = 0; j < values.size(); ++j) {
      EXPECT_EQ(values[i].digest() == values[j].digest(), i == j) << values[i].to_text() << " " << values[j].to_text();
      EXPECT_EQ(values[i] == values[j], i == j);
    }
  }
}

TEST(Value, GivesEqualValuesOneDigest) {
  EXPECT_EQ(Value(std::int64_t{7}).digest(), Value(std::uint64_t{7}).digest());
  EXPECT_EQ(Value(std::numeric_limits<double>::quiet_NaN()).digest(),
            Value(-std::numeric_limits<double>::quiet_NaN()).digest());
  EXPECT_EQ(Value(Value::Set{{Value(2), Value("a"), Value(1)}}).digest(),
            Value(Value::Set{{Value(1), Value(2), Value("a")}}).digest());
}

TEST(Value, ReadsWell) {
  EXPECT_EQ(Value(0.2).to_text(), "0.2");
  EXPECT_EQ(Value(3.0).to_text(), "3.0");
  EXPECT_EQ(Value(1e300).to_text(), "1e+300");
  EXPECT_EQ(Value("a \"quoted\"\nline").to_text(), R"("a \"quoted\"\nline")");
  EXPECT_EQ(Value(Value::BytesValue{std::string("\0\xff", 2)}).to_text(), R"(b"\x00\xff")");
  EXPECT_EQ(list({Value(1), list({Value(true), Value()}), Value("x")}).to_text(), R"([1, [true, null], "x"])");
  EXPECT_EQ(Value(Value::Map{{Value("a"), Value(1)}, {Value("b"), list({})}}).to_text(), R"({"a": 1, "b": []})");
}

TEST(Value, IsCutForPeopleButNotForItsDigest) {
  Value::List many(10'000, Value(1));
  const Value a = list(many);
  many.back() = Value(2);
  const Value b = list(many);
  EXPECT_EQ(a.to_text(20), b.to_text(20));
  EXPECT_LE(a.to_text(20).size(), 23U);
  EXPECT_NE(a.digest(), b.digest());
}

TEST(Value, IsNotCutWithinACharacter) { EXPECT_EQ(Value("\xc3\xa9\xc3\xa9").to_text(2), "\"..."); }

TEST(Value, WalksDeepNestingWithoutTheStack) {
  // Built from the inside; taken apart again from the outside, since the destructor of a nested vector does recurse.
  Value deep(1);
  for (int i = 0; i < 2'000; ++i) deep = list({std::move(deep)});
  EXPECT_NE(deep.digest(), Value(1).digest());
  EXPECT_EQ(deep.to_text(10), "[[[[[[[[[[...");
}

}  // namespace
}  // namespace stepcache::pipeline
