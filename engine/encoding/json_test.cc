#include "encoding/json.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "encoding/base64.h"

namespace stepcache::encoding {
namespace {

template <class Write>
std::string written(Write write) {
  JsonWriter writer;
  write(writer);
  return writer.finish().value();
}

std::string random_bytes(std::mt19937_64& random, std::size_t most) {
  std::string bytes(random() % (most + 1), '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

// A value of all kinds, drawn; what was written can be compared after reading.
void write_random(JsonWriter& writer, std::mt19937_64& random, int depth) {
  switch (random() % (depth > 0 ? 9 : 7)) {
    case 0:
      writer.null();
      return;
    case 1:
      writer.boolean((random() & 1U) != 0);
      return;
    case 2:
      writer.integer(static_cast<std::int64_t>(random()));
      return;
    case 3:
      writer.integer(static_cast<std::uint64_t>(random()));
      return;
    case 4:
      writer.real(std::bit_cast<double>(random()));
      return;
    case 5:
      writer.text(random_bytes(random, 12));
      return;
    case 6:
      writer.bytes(as_bytes(random_bytes(random, 12)));
      return;
    case 7: {
      writer.begin_list();
      for (auto count = random() % 4; count > 0; --count) write_random(writer, random, depth - 1);
      writer.end_list();
      return;
    }
    default: {
      writer.begin_map();
      for (auto count = random() % 4; count > 0; --count) {
        writer.key(std::to_string(count) + random_bytes(random, 6));
        write_random(writer, random, depth - 1);
      }
      writer.end_map();
    }
  }
}

TEST(JsonWriter, WritesOneFormWithoutWhiteSpace) {
  const std::string text = written([](JsonWriter& writer) {
    writer.begin_map();
    writer.key("b").begin_list().integer(1).real(1.0).null().boolean(true).end_list();
    writer.key("a").begin_map().end_map();
    writer.key("x").bytes(as_bytes("ab"));
    writer.end_map();
  });
  EXPECT_EQ(text, R"({"b":[1,1.0,null,true],"a":{},"x":{"$bytes":"YWI="}})");
}

TEST(JsonWriter, WritesRealsShortestAndNeverLikeIntegers) {
  const auto real = [](auto value) { return written([&](JsonWriter& writer) { writer.real(value); }); };
  EXPECT_EQ(real(1.0), "1.0");
  EXPECT_EQ(real(-0.0), "-0.0");
  EXPECT_EQ(real(0.1), "0.1");
  EXPECT_EQ(real(0.1F), "0.1");
  EXPECT_EQ(real(1e22), "1e+22");
  EXPECT_EQ(real(5e-324), "5e-324");
  EXPECT_EQ(real(123456789012345680.0), "123456789012345680.0");
  EXPECT_EQ(real(std::nan("")), R"("NaN")");
  EXPECT_EQ(real(-std::numeric_limits<float>::infinity()), R"("-Infinity")");
  EXPECT_EQ(real(std::numeric_limits<double>::infinity()), R"("Infinity")");
}

TEST(JsonWriter, EscapesAsLittleAsItCan) {
  const auto text = [](std::string_view value) { return written([&](JsonWriter& writer) { writer.text(value); }); };
  EXPECT_EQ(text("a\"b\\c\n\x01/\x7f"), "\"a\\\"b\\\\c\\n\\u0001/\x7f\"");
  EXPECT_EQ(text("zo\u00eb \U0001f600"), "\"zo\u00eb \U0001f600\"");
  EXPECT_EQ(text(std::string_view("\0", 1)), R"("\u0000")");
  // A lone Latin-1 byte, an overlong slash, an encoded surrogate: none of it is UTF-8.
  EXPECT_EQ(text("\xe9"), R"("\udce9")");
  EXPECT_EQ(text("\xc0\xaf"), R"("\udcc0\udcaf")");
  EXPECT_EQ(text("\xed\xb2\x80"), R"("\udced\udcb2\udc80")");
}

TEST(JsonWriter, RefusesWhatIsNoWholeValue) {
  const auto code = [](auto write) {
    JsonWriter writer;
    write(writer);
    return writer.finish().error().code;
  };
  EXPECT_EQ(code([](JsonWriter&) {}), ErrorCode::internal);
  EXPECT_EQ(code([](JsonWriter& writer) { writer.begin_list(); }), ErrorCode::internal);
  EXPECT_EQ(code([](JsonWriter& writer) { writer.null().null(); }), ErrorCode::internal);
  EXPECT_EQ(code([](JsonWriter& writer) { writer.begin_map().null().end_map(); }), ErrorCode::internal);
  EXPECT_EQ(code([](JsonWriter& writer) { writer.begin_map().key("a").end_map(); }), ErrorCode::internal);
  EXPECT_EQ(code([](JsonWriter& writer) { writer.begin_list().end_map(); }), ErrorCode::internal);
}

TEST(JsonWriter, RefusesWhatIsTooDeepToBeReadAndWritesWhatIsJustNot) {
  const auto nested = [](std::size_t depth) {
    JsonWriter writer;
    for (std::size_t i = 0; i < depth; ++i) writer.begin_list();
    for (std::size_t i = 0; i < depth; ++i) writer.end_list();
    return writer.finish();
  };
  const auto deepest = nested(k_json_depth_limit);
  ASSERT_TRUE(deepest);
  EXPECT_TRUE(parse_json(*deepest));
  EXPECT_EQ(nested(k_json_depth_limit + 1).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(parse_json("[" + *deepest + "]").error().code, ErrorCode::damaged);
}

TEST(JsonWriter, IsEmptyAfterFinish) {
  JsonWriter writer;
  writer.integer(1);
  EXPECT_EQ(writer.finish().value(), "1");
  writer.integer(2);
  EXPECT_EQ(writer.finish().value(), "2");
}

TEST(JsonValue, GivesEveryDoubleItsBitsBack) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 50'000; ++i) {
    const auto value = std::bit_cast<double>(random());
    const auto read = parse_json(written([&](JsonWriter& writer) { writer.real(value); })).value().real();
    ASSERT_TRUE(read);
    if (std::isnan(value)) {
      ASSERT_TRUE(std::isnan(*read));
    } else {
      ASSERT_EQ(std::bit_cast<std::uint64_t>(*read), std::bit_cast<std::uint64_t>(value));
    }
  }
}

TEST(JsonValue, GivesEveryFloatItsBitsBack) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 50'000; ++i) {
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    const auto read = parse_json(written([&](JsonWriter& writer) { writer.real(value); })).value().real_float();
    ASSERT_TRUE(read);
    if (std::isnan(value)) {
      ASSERT_TRUE(std::isnan(*read));
    } else {
      ASSERT_EQ(std::bit_cast<std::uint32_t>(*read), std::bit_cast<std::uint32_t>(value));
    }
  }
}

TEST(JsonValue, GivesIntegersBackExactlyOrSaysThatTheyDoNotFit) {
  const auto value = [](std::string_view text) { return parse_json(text).value(); };
  EXPECT_EQ(value("-9223372036854775808").integer().value(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(value("18446744073709551615").unsigned_integer().value(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(value("9223372036854775808").integer().error().code, ErrorCode::damaged);
  EXPECT_EQ(value("-1").unsigned_integer().error().code, ErrorCode::damaged);
  EXPECT_EQ(value("18446744073709551616").unsigned_integer().error().code, ErrorCode::damaged);
  EXPECT_EQ(value("1e400").real().error().code, ErrorCode::damaged);
}

TEST(JsonValue, TakesNoKindForAnother) {
  const auto value = [](std::string_view text) { return parse_json(text).value(); };
  EXPECT_FALSE(value("1").real());
  EXPECT_FALSE(value("1.0").integer());
  EXPECT_FALSE(value("1").boolean());
  EXPECT_FALSE(value("true").integer());
  EXPECT_FALSE(value("null").text());
  EXPECT_FALSE(value("\"nan\"").real());
  EXPECT_FALSE(value("\"YWI=\"").bytes());
  EXPECT_FALSE(value(R"({"$bytes":"YWI"})").bytes());
  EXPECT_EQ(value("\"NaN\"").text().value(), "NaN");
}

TEST(JsonValue, GivesAnyBytesBackAsTextAndAsBytes) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 20'000; ++i) {
    const std::string bytes = random_bytes(random, 24);
    const auto text = parse_json(written([&](JsonWriter& writer) { writer.text(bytes); })).value().text();
    ASSERT_EQ(text.value(), bytes);
    const auto wrapped =
        parse_json(written([&](JsonWriter& writer) { writer.bytes(as_bytes(bytes)); })).value().bytes();
    ASSERT_EQ(wrapped.value(), bytes);
  }
}

TEST(JsonValue, ComesOutAsItWasWritten) {
  std::mt19937_64 random(4);
  for (int i = 0; i < 5'000; ++i) {
    const std::string text = written([&](JsonWriter& writer) { write_random(writer, random, 4); });
    const auto value = parse_json(text);
    ASSERT_TRUE(value) << text;
    ASSERT_EQ(written([&](JsonWriter& writer) { value->write_to(writer); }), text);
  }
}

TEST(ParseJson, ReadsWhatOtherToolsWrite) {
  const auto value = parse_json(" { \"a\" : [ 1 , 2.5E3 ] ,\n \"\\u00e9\\ud83d\\ude00\\/\" : \"x\" } ");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->keys()[1], "\u00e9\U0001f600/");
  EXPECT_EQ(value->find("a")->elements()[1].real().value(), 2500.0);
  EXPECT_EQ(value->find("b"), nullptr);
}

TEST(ParseJson, RefusesWhatIsNotJson) {
  for (const std::string_view text : {"",
                                      " ",
                                      "nul",
                                      "tru",
                                      "01",
                                      "-",
                                      "1.",
                                      ".5",
                                      "1e",
                                      "+1",
                                      "NaN",
                                      "[1,]",
                                      "[1 2]",
                                      "{\"a\"}",
                                      "{\"a\":1,}",
                                      "{a:1}",
                                      "'a'",
                                      "\"a",
                                      "\"\\x41\"",
                                      "\"\\u12g4\"",
                                      "\"\\ud800\"",
                                      "\"\\ud800\\u0041\"",
                                      "\"\\udc7f\"",
                                      "\"\\udd00\"",
                                      "\"\xff\"",
                                      "\"\n\"",
                                      "1 2",
                                      "[",
                                      "{\"a\":1,\"a\":2}",
                                      "{\"a\":1,\"\\u0061\":2}",
                                      "\"\\u+123\"",
                                      "\"\\"}) {
    const auto value = parse_json(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code, ErrorCode::damaged) << text;
  }
}

TEST(ParseJson, KeepsToItsLimits) {
  EXPECT_FALSE(parse_json("[[1]]", {.depth = 1}));
  EXPECT_TRUE(parse_json("[1]", {.depth = 1}));
  EXPECT_FALSE(parse_json("[1, 2]", {.size_bytes = 5}));
  EXPECT_FALSE(parse_json(std::string(1'000'000, '[')));
}

TEST(ParseJson, SurvivesEveryCutAndFlippedBytes) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 300; ++i) {
    const std::string text = written([&](JsonWriter& writer) { write_random(writer, random, 4); });
    for (std::size_t length = 0; length < text.size(); ++length)
      (void)parse_json(std::string_view(text).substr(0, length));
    for (int flip = 0; flip < 200; ++flip) {
      std::string flipped = text;
      flipped[random() % flipped.size()] = static_cast<char>(random());
      const auto value = parse_json(flipped);
      if (!value) continue;
      // What is still JSON is a value that can be written.
      ASSERT_TRUE(parse_json(written([&](JsonWriter& writer) { value->write_to(writer); }))) << flipped;
    }
  }
}

TEST(JsonReader, ReadsInTheOrderOfWriting) {
  const auto value = parse_json(R"({"name":"a","rows":[1,2.5,"NaN"],"more":null})").value();
  JsonReader reader(value);
  EXPECT_EQ(reader.begin_map().value(), 3U);
  EXPECT_EQ(reader.key().value(), "name");
  EXPECT_EQ(reader.text().value(), "a");
  EXPECT_TRUE(reader.key("rows"));
  EXPECT_EQ(reader.begin_list().value(), 3U);
  EXPECT_EQ(reader.next(), JsonKind::integer);
  EXPECT_EQ(reader.integer().value(), 1);
  EXPECT_EQ(reader.real().value(), 2.5);
  EXPECT_TRUE(std::isnan(reader.real().value()));
  EXPECT_TRUE(reader.end_list());
  EXPECT_TRUE(reader.key("more"));
  EXPECT_TRUE(reader.null());
  EXPECT_TRUE(reader.end_map());
  EXPECT_TRUE(reader.finish());
}

TEST(JsonReader, SaysWhereAValueIsNotWhatItShouldBe) {
  const auto value = parse_json(R"({"rows":[1,{"x":true}]})").value();
  JsonReader reader(value);
  ASSERT_TRUE(reader.begin_map());
  ASSERT_TRUE(reader.key("rows"));
  ASSERT_TRUE(reader.begin_list());
  ASSERT_TRUE(reader.integer());
  ASSERT_TRUE(reader.begin_map());
  ASSERT_TRUE(reader.key());
  const auto wrong = reader.real();
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::damaged);
  EXPECT_EQ(
      wrong.error().message,
      "the stored value is not what its type says: at $.rows[1].x: a real number should be here, found a boolean");
}

TEST(JsonReader, LeavesNothingUnread) {
  const auto list = parse_json("[1,2]").value();
  JsonReader reader(list);
  ASSERT_TRUE(reader.begin_list());
  ASSERT_TRUE(reader.integer());
  EXPECT_FALSE(reader.end_list());
  EXPECT_FALSE(reader.finish());

  JsonReader past(list);
  ASSERT_TRUE(past.begin_list());
  ASSERT_TRUE(past.integer());
  ASSERT_TRUE(past.integer());
  EXPECT_FALSE(past.integer());
  EXPECT_FALSE(past.key());
  EXPECT_TRUE(past.end_list());
  EXPECT_TRUE(past.finish());
  EXPECT_FALSE(past.begin_list());
}

TEST(Base64, GivesTheStandardsTestVectors) {
  EXPECT_EQ(to_base64(as_bytes("")), "");
  EXPECT_EQ(to_base64(as_bytes("f")), "Zg==");
  EXPECT_EQ(to_base64(as_bytes("fo")), "Zm8=");
  EXPECT_EQ(to_base64(as_bytes("foobar")), "Zm9vYmFy");
}

TEST(Base64, ReadsOneSpellingOnly) {
  EXPECT_EQ(from_base64("Zm8="), "fo");
  for (const std::string_view text : {"Zm8", "Zm9=", "Zh==", "Z===", "====", "Zg==Zg==", "Zm 8", "Zm8-", "=m8="}) {
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace stepcache::encoding
