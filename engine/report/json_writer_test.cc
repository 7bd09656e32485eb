#include "report/json_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

namespace stepcache::report {
namespace {

std::string one(void (*write)(JsonWriter&)) {
  JsonWriter json(0);
  write(json);
  std::string text = json.take();
  text.pop_back();
  return text;
}

TEST(JsonWriter, indents_down_to_a_depth_and_no_further) {
  JsonWriter json(1);
  json.begin_object();
  json.key("a").begin_array();
  json.number(std::int64_t{1});
  json.begin_object();
  json.end_object();
  json.end_array();
  json.key("b").null();
  json.end_object();
  EXPECT_EQ(json.take(), "{\n  \"a\": [1, {}],\n  \"b\": null\n}\n");
}

TEST(JsonWriter, shows_bytes_that_are_no_utf8_as_four_characters) {
  EXPECT_EQ(one([](JsonWriter& json) { json.text("a\xff\xc3"); }), R"("a\\xff\\xc3")");
  EXPECT_EQ(one([](JsonWriter& json) { json.text("\xed\xa0\x80"); }), R"("\\xed\\xa0\\x80")");
}

TEST(JsonWriter, keeps_text_that_is_utf8) {
  EXPECT_EQ(one([](JsonWriter& json) { json.text("\xc3\xbc \xf0\x9f\x98\x80"); }), "\"\xc3\xbc \xf0\x9f\x98\x80\"");
}

TEST(JsonWriter, escapes_controls_quotes_and_backslashes) {
  EXPECT_EQ(one([](JsonWriter& json) { json.text(std::string_view("\"\\\n\t\r\x1b\x7f\0", 8)); }),
            R"("\"\\\n\t\r\u001b\u007f\u0000")");
}

TEST(JsonWriter, keeps_a_float_a_float) {
  EXPECT_EQ(one([](JsonWriter& json) { json.number(1.0); }), "1.0");
  EXPECT_EQ(one([](JsonWriter& json) { json.number(0.1); }), "0.1");
  EXPECT_EQ(one([](JsonWriter& json) { json.number(-0.0); }), "-0.0");
  EXPECT_EQ(one([](JsonWriter& json) { json.number(std::nan("")); }), "\"NaN\"");
  EXPECT_EQ(one([](JsonWriter& json) { json.number(-std::numeric_limits<double>::infinity()); }), "\"-Infinity\"");
}

TEST(JsonWriter, gives_seconds_to_the_microsecond) {
  EXPECT_EQ(one([](JsonWriter& json) { json.seconds(0); }), "0.0");
  EXPECT_EQ(one([](JsonWriter& json) { json.seconds(1'500'000'000); }), "1.5");
  EXPECT_EQ(one([](JsonWriter& json) { json.seconds(999'999'600); }), "1.0");
  EXPECT_EQ(one([](JsonWriter& json) { json.seconds(-1'000'001'000); }), "-1.000001");
}

TEST(JsonWriter, absent_is_null) {
  EXPECT_EQ(one([](JsonWriter& json) { json.text_or_null(""); }), "null");
  EXPECT_EQ(one([](JsonWriter& json) { json.id_or_null(0); }), "null");
  EXPECT_EQ(one([](JsonWriter& json) { json.digest_or_null(Digest()); }), "null");
}

TEST(JsonWriter, any_bytes_give_json_that_parses_to_printable_text) {
  std::mt19937 random(7);
  std::uniform_int_distribution<int> byte(0, 255);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes;
    for (int length = byte(random) % 12; length > 0; --length) bytes.push_back(static_cast<char>(byte(random)));
    JsonWriter json;
    json.begin_object();
    json.key(bytes).text(bytes);
    json.end_object();
    const auto parsed = nlohmann::json::parse(json.take(), nullptr, false);
    ASSERT_TRUE(parsed.is_object());
    EXPECT_EQ(parsed.begin().key(), parsed.begin().value().get<std::string>());
  }
}

TEST(JsonWriter, times_are_utc_with_milliseconds) {
  EXPECT_EQ(json_time(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(json_time(1'764'072'000'123'999'999), "2025-11-25T12:00:00.123Z");
  EXPECT_EQ(json_time(-1'000'000), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace stepcache::report
