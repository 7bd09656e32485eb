#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace stepcache::lineage {

struct Utf8Step {
  char32_t code_point = 0;
  std::uint32_t length = 1;  // bytes
  bool valid = false;        // false: one byte that begins no well-formed sequence
};

// The character that begins at `at` (which is inside `text`). Strict (Unicode 15, table 3-7): overlong forms,
// surrogates and code points beyond U+10FFFF are invalid.
Utf8Step decode_utf8(std::string_view text, std::size_t at);

}  // namespace stepcache::lineage
