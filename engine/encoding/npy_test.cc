#include "encoding/npy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

namespace stepcache::encoding {
namespace {

NpyHeader header(char kind, std::uint32_t size_bytes, std::vector<std::uint64_t> dimensions,
                 bool fortran_order = false) {
  return {{kind, size_bytes}, {std::move(dimensions), fortran_order}, 0};
}

// A file's header around this dictionary.
std::string with_dictionary(std::string dictionary) {
  dictionary += '\n';
  std::string bytes("\x93NUMPY\1\0", 8);
  bytes.push_back(static_cast<char>(dictionary.size() & 0xffU));
  bytes.push_back(static_cast<char>(dictionary.size() >> 8U));
  return bytes + dictionary;
}

ErrorCode refusal(const std::string& bytes) {
  const auto decoded = decode_npy_header(as_bytes(bytes));
  EXPECT_FALSE(decoded) << bytes;
  return decoded ? ErrorCode::internal : decoded.error().code;
}

TEST(Npy, WritesTheBytesThatNumPyWrites) {
  const std::string text = "{'descr': '<f8', 'fortran_order': False, 'shape': (404, 13), }";
  std::string expected("\x93NUMPY\1\0v\0", 10);
  expected += text + std::string(128 - 10 - text.size() - 1, ' ') + "\n";
  EXPECT_EQ(encode_npy_header(header('f', 8, {404, 13})), expected);
}

TEST(Npy, WritesEveryTypeAndRank) {
  EXPECT_NE(encode_npy_header(header('b', 1, {3})).find("{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }"),
            std::string::npos);
  EXPECT_NE(encode_npy_header(header('u', 2, {})).find("{'descr': '<u2', 'fortran_order': False, 'shape': (), }"),
            std::string::npos);
  EXPECT_NE(encode_npy_header(header('i', 1, {2, 0, 5}, true))
                .find("{'descr': '|i1', 'fortran_order': True, 'shape': (2, 0, 5), }"),
            std::string::npos);
}

TEST(Npy, GivesAnyHeaderBackAndAlignsTheData) {
  std::mt19937_64 random(1);
  const std::vector<ArrayType> types = {{'f', 2}, {'f', 4}, {'f', 8}, {'i', 1}, {'i', 2}, {'i', 4},
                                        {'i', 8}, {'u', 1}, {'u', 2}, {'u', 4}, {'u', 8}, {'b', 1}};
  for (int i = 0; i < 10'000; ++i) {
    NpyHeader original;
    original.type = types[random() % types.size()];
    original.shape.fortran_order = (random() & 1U) != 0;
    for (auto count = random() % 8; count > 0; --count) original.shape.dimensions.push_back(random() % 100);
    if (random() % 4 == 0) original.shape.dimensions.assign(1, (std::uint64_t{1} << 59U) + random() % 1000);
    const std::string bytes = encode_npy_header(original);
    ASSERT_EQ(bytes.size() % 64, 0U);
    const auto decoded = decode_npy_header(as_bytes(bytes));
    ASSERT_TRUE(decoded) << bytes << decoded.error().message;
    ASSERT_EQ(decoded->data_offset, bytes.size());
    original.data_offset = bytes.size();
    ASSERT_EQ(*decoded, original);
  }
}

TEST(Npy, ReadsOtherSpellingsOfTheDictionary) {
  const auto decoded =
      decode_npy_header(as_bytes(with_dictionary("{\"shape\":(2 , 3,),'fortran_order':True , 'descr':'<i1'}   ")));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->type, (ArrayType{'i', 1}));
  EXPECT_EQ(decoded->shape, (ArrayShape{{2, 3}, true}));
}

TEST(Npy, SaysWhatItCannotRead) {
  EXPECT_EQ(refusal(with_dictionary("{'descr': '>f8', 'fortran_order': False, 'shape': (2,), }")),
            ErrorCode::unsupported_format);
  EXPECT_EQ(refusal(with_dictionary("{'descr': '<c16', 'fortran_order': False, 'shape': (2,), }")),
            ErrorCode::unsupported_format);
  EXPECT_EQ(refusal(with_dictionary("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }")), ErrorCode::damaged);
  EXPECT_EQ(refusal(with_dictionary("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (2,), }")),
            ErrorCode::unsupported_format);
  std::string version = encode_npy_header(header('f', 8, {2}));
  version[6] = 2;
  EXPECT_EQ(refusal(version), ErrorCode::unsupported_format);
}

TEST(Npy, RefusesWhatIsNoHeader) {
  for (const char* dictionary :
       {"", "{}", "{'descr': '<f8', 'fortran_order': False}", "{'descr': '<f8', 'fortran_order': 0, 'shape': (2,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': 2}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2 2)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), 'shape': (2,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), 'more': 1}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2,)} x",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (18446744073709551616,)}"}) {
    EXPECT_EQ(refusal(with_dictionary(dictionary)), ErrorCode::damaged) << dictionary;
  }
  EXPECT_EQ(refusal("no array"), ErrorCode::damaged);
}

TEST(Npy, RefusesMoreDimensionsThanAllowed) {
  const std::vector<std::uint64_t> most(k_most_dimensions, 1);
  EXPECT_TRUE(decode_npy_header(as_bytes(encode_npy_header(header('f', 8, most)))));
  std::string dictionary = "{'descr': '<f8', 'fortran_order': False, 'shape': (";
  for (std::size_t i = 0; i <= k_most_dimensions; ++i) dictionary += "1, ";
  EXPECT_EQ(refusal(with_dictionary(dictionary + "), }")), ErrorCode::damaged);
}

TEST(Npy, CountsElementsExactlyUpToTheLargestThatFits) {
  constexpr std::uint64_t k_largest = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(element_count({{}, false}).value(), 1U);
  EXPECT_EQ(element_count({{k_largest}, false}).value(), k_largest);
  EXPECT_EQ(element_count({{k_largest, 0, k_largest}, false}).value(), 0U);
  EXPECT_FALSE(element_count({{std::uint64_t{1} << 32U, std::uint64_t{1} << 31U}, false}));
  EXPECT_EQ(data_size_bytes({'f', 8}, {{k_largest / 8}, false}).value(), k_largest / 8 * 8);
  EXPECT_FALSE(data_size_bytes({'f', 8}, {{k_largest / 8 + 1}, false}));
  // A header whose data could not exist is damaged, so that no caller need look again.
  EXPECT_EQ(refusal(encode_npy_header(header('f', 8, {k_largest}))), ErrorCode::damaged);
}

TEST(Npy, SurvivesEveryCutAndFlippedBytes) {
  std::mt19937_64 random(2);
  const std::string bytes = encode_npy_header(header('f', 8, {404, 13}));
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(decode_npy_header(as_bytes(std::string_view(bytes).substr(0, length)))) << length;
  }
  for (int i = 0; i < 100'000; ++i) {
    std::string flipped = bytes;
    for (auto count = 1 + random() % 3; count > 0; --count) flipped[random() % 80] = static_cast<char>(random());
    const auto decoded = decode_npy_header(as_bytes(flipped));
    if (!decoded) continue;
    ASSERT_TRUE(is_valid(decoded->type));
    ASSERT_LE(decoded->data_offset, flipped.size());
    ASSERT_TRUE(data_size_bytes(decoded->type, decoded->shape));
  }
}

}  // namespace
}  // namespace stepcache::encoding
