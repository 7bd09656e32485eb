#include "encoding/difference.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "encoding/npy.h"

namespace stepcache::encoding {
namespace {

template <class T>
std::string array(const ArrayType& type, const ArrayShape& shape, const std::vector<T>& elements) {
  std::string bytes = encode_npy_header({type, shape, 0});
  bytes.append(reinterpret_cast<const char*>(elements.data()), elements.size() * sizeof(T));
  return bytes;
}

std::string difference(std::string_view type, const std::string& before, const std::string& now) {
  return first_difference(type, {as_bytes(before), before.size()}, {as_bytes(now), now.size()});
}

TEST(FirstDifference, of_arrays_names_the_element_and_both_numbers_with_all_their_digits) {
  const ArrayType type{'f', 8};
  EXPECT_EQ(difference("array", array<double>(type, {{3}, false}, {1, 0.123, 7}),
                       array<double>(type, {{3}, false}, {1, 0.123, 8})),
            "element 2: 7 -> 8");
  EXPECT_EQ(difference("array", array<double>(type, {{3}, false}, {1, 0.1, 7}),
                       array<double>(type, {{3}, false}, {1, 0.10000000000000002, 7})),
            "element 1: 0.1 -> 0.10000000000000002");
  EXPECT_EQ(difference("array", array<double>(type, {{2, 3}, false}, {0, 1, 2, 3, 4, 5}),
                       array<double>(type, {{2, 3}, false}, {0, 1, 2, 3, 9, 5})),
            "element (1, 1): 4 -> 9");
  EXPECT_EQ(difference("array", array<double>(type, {{2, 3}, true}, {0, 1, 2, 3, 4, 5}),
                       array<double>(type, {{2, 3}, true}, {0, 1, 2, 3, 9, 5})),
            "element (0, 2): 4 -> 9");
  EXPECT_EQ(difference("array", array<double>(type, {{}, false}, {4}), array<double>(type, {{}, false}, {5})),
            "4 -> 5");
  EXPECT_EQ(difference("array", array<double>(type, {{1}, false}, {4}), array<double>(type, {{2}, false}, {4, 5})),
            "float64 array of shape (1,) -> float64 of shape (2,)");
}

TEST(FirstDifference, of_json_names_the_place) {
  EXPECT_EQ(difference("float64", "0.5", "0.75"), "0.5 -> 0.75");
  EXPECT_EQ(difference("struct", R"({"layers":[{"bias":0.1},{"bias":0.2}],"n":1})",
                       R"({"layers":[{"bias":0.1},{"bias":0.3}],"n":2})"),
            "layers[1].bias: 0.2 -> 0.3");
  EXPECT_EQ(difference("list", "[1,2]", "[1,2,3]"), "a list of 2 -> a list of 3");
}

TEST(FirstDifference, of_other_bytes_gives_the_offset_and_a_few_bytes_of_both) {
  EXPECT_EQ(difference("file", "{\"a\":1}", "{\"a\":2}"), "byte 5: 31 7d -> 32 7d");
  EXPECT_EQ(difference("bytes", "abc", "abcde"), "3 -> 5 bytes, of which the first 3 are the same");
  const std::string same(10, 'x');
  EXPECT_EQ(first_difference("file", {as_bytes(same), 100}, {as_bytes(same), 100}), "behind the first 10 bytes");
  EXPECT_EQ(difference("bytes", "", "a"), "0 -> 1 bytes, of which the first 0 are the same");
}

TEST(FirstDifference, of_arrays_that_are_cut_short_never_reads_behind_their_end) {
  const std::string left = array<double>({'f', 8}, {{9}, false}, {1, 2});
  const std::string right = array<double>({'f', 8}, {{9}, false}, {1, 3});
  for (std::size_t end = 0; end <= left.size(); ++end) {
    const std::string text = first_difference("array", {as_bytes(left).first(end), left.size()},
                                              {as_bytes(right).first(end), right.size()});
    EXPECT_FALSE(text.empty()) << end;
  }
  EXPECT_EQ(difference("array", left, right), "element 1: 2 -> 3");
}

}  // namespace
}  // namespace stepcache::encoding
