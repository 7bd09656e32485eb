#include "encoding/preview.h"

#include <gtest/gtest.h>

#include <random>

#include "digest/sha256.h"
#include "encoding/json_writer.h"
#include "encoding/npy.h"
#include "encoding/tree.h"
#include "encoding/utf8.h"

namespace stepcache::encoding {
namespace {

std::string whole(std::string_view type_tag, std::string_view bytes, const PreviewLimits& limits = {}) {
  return preview(type_tag, as_bytes(bytes), bytes.size(), limits);
}

template <class T>
std::string array(char kind, std::vector<std::uint64_t> dimensions, bool fortran_order,
                  const std::vector<T>& elements) {
  std::string bytes = encode_npy_header({{kind, sizeof(T)}, {std::move(dimensions), fortran_order}, 0});
  return bytes.append(reinterpret_cast<const char*>(elements.data()), elements.size() * sizeof(T));
}

TEST(Preview, ShowsAnArraysTypeShapeAndFirstRows) {
  EXPECT_EQ(whole("array<float64,2>", array<double>('f', {2, 3}, false, {1, 2.5, 3, 40, 5, -6})),
            "float64 array, shape (2, 3), 48 B\n"
            "   1  2.5   3\n"
            "  40    5  -6\n");
  EXPECT_EQ(whole("array<int32,1>", array<std::int32_t>('i', {3}, false, {7, 8, 9}), {.rows = 2}),
            "int32 array, shape (3,), 12 B\n  7\n  8\n  … 1 more rows\n");
}

TEST(Preview, ShowsTheSameCellsInColumnOrder) {
  EXPECT_EQ(whole("", array<double>('f', {2, 3}, true, {1, 40, 2.5, 5, 3, -6})),
            "float64 array, shape (2, 3), 48 B, column by column\n"
            "   1  2.5   3\n"
            "  40    5  -6\n");
  // Cell (i, j, k) holds 100 i + 10 j + k.
  EXPECT_EQ(whole("", array<std::uint8_t>('u', {2, 2, 2}, true, {0, 100, 10, 110, 1, 101, 11, 111})),
            "uint8 array, shape (2, 2, 2), 8 B, column by column\n"
            "    0    1   10   11\n"
            "  100  101  110  111\n");
}

TEST(Preview, ShowsWhatIsThereOfALargeArray) {
  const std::string bytes = array<float>('f', {4, 1}, false, {1, 2});
  EXPECT_EQ(preview("", as_bytes(bytes), bytes.size() + 8), "float32 array, shape (4, 1), 16 B\n  1\n  2\n  ?\n  ?\n");
  EXPECT_EQ(whole("", array<std::uint16_t>('f', {3}, false, {0x3c00, 0xc000, 0x0001})),
            "float16 array, shape (3,), 6 B\n            1\n           -2\n  5.96046e-08\n");
  EXPECT_EQ(whole("", array<double>('f', {0, 3}, false, {})), "float64 array, shape (0, 3), 0 B\n");
}

TEST(Preview, ShowsATreeAsATable) {
  const std::string bytes =
      encode_tree({{"data.csv", sha256("a"), 2048, false}, {"sub", sha256("b"), 3, true}}, TreeNames::paths).value();
  EXPECT_EQ(whole("folder", bytes),
            "folder of 2 files, 2.0 KiB\n"
            "     2.0 KiB  " +
                sha256("a").short_hex() +
                "  data.csv\n"
                "         3 B  " +
                sha256("b").short_hex() + "  sub/\n");
}

TEST(Preview, IndentsJsonThatIsTooLongForALine) {
  EXPECT_EQ(whole("int64", "12"), "12\n");
  EXPECT_EQ(whole("list<int64>", "[1,2,3]"), "[1, 2, 3]\n");
  EXPECT_EQ(whole("map", R"({"first":[1,2],"second":{"x":1.0},"third":null})", {.rows = 2, .line_width = 24}),
            "{\n  \"first\": [1, 2],\n  \"second\": {\"x\": 1.0},\n  … 1 more\n}\n");
}

TEST(Preview, ShowsFilesAsTextAlsoWhenTheyAreJson) {
  EXPECT_EQ(whole("file", "[1,2]\n"), "[1,2]\n");
  EXPECT_EQ(whole("file", "a,b\r\n1,2"), "a,b\n1,2\n");
  EXPECT_EQ(whole("file", ""), "empty\n");
  EXPECT_EQ(preview("file", as_bytes("one\nzo\xc3"), 2000), "one\nzo\\xc3\n… 1.9 KiB more\n");
}

TEST(Preview, DumpsOtherBytes) {
  EXPECT_EQ(whole("file", std::string_view("\0\1AB\xff", 5)),
            "binary, 5 B\n  00000000  00 01 41 42 ff                                   ..AB.\n");
}

TEST(Preview, LetsNothingCommandTheTerminal) {
  std::mt19937_64 random(1);
  EXPECT_EQ(whole("file", "a\x1b[31mb"), "a\\x1b[31mb\n");
  EXPECT_EQ(whole("file",
                  "a\xc2\x9b"
                  "31m"),
            "a\\xc2\\x9b31m\n");
  EXPECT_EQ(whole("str", "\"\\u001b[2J\""), "\"\\u001b[2J\"\n");
  const std::vector<std::string> seeds = {array<double>('f', {2, 3}, false, {1, 2, 3, 4, 5, 6}),
                                          encode_tree({{"a", sha256("a"), 1, false}}).value(),
                                          R"({"a":[1,2.5,"x"],"b":{"c":null}})", "plain text\nof two lines\n"};
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = seeds[random() % seeds.size()];
    for (auto count = random() % 4; count > 0; --count) bytes[random() % bytes.size()] = static_cast<char>(random());
    bytes.resize(random() % 2 == 0 ? bytes.size() : random() % bytes.size());
    const std::string shown = preview("x", as_bytes(bytes), bytes.size() + random() % 2 * 100);
    ASSERT_TRUE(shown.ends_with('\n'));
    for (std::size_t at = 0; at < shown.size();) {
      const std::size_t length = utf8_character_at(shown, at);
      ASSERT_GT(length, 0U) << shown;
      ASSERT_TRUE(shown[at] == '\n' || length > 1 || (shown[at] >= 0x20 && shown[at] != 0x7f)) << shown;
      at += length;
    }
  }
}

TEST(Preview, KeepsToItsLimits) {
  const PreviewLimits limits{.rows = 1000, .columns = 8, .lines = 5, .line_width = 10};
  const std::string shown = whole("file", std::string(1000, 'x') + "\n" + std::string(100, '\n'), limits);
  EXPECT_TRUE(shown.starts_with("xxxxxxxxxx…\n")) << shown;
  EXPECT_LE(std::count(shown.begin(), shown.end(), '\n'), 6);
  std::string list = "[";
  for (int i = 0; i < 500; ++i) list += "\"0123456789\",";
  const std::string json = whole("list<str>", list + "1]", limits);
  EXPECT_LE(std::count(json.begin(), json.end(), '\n'), 6);
}

}  // namespace
}  // namespace stepcache::encoding
