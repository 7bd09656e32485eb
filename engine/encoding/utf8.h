#pragma once

#include <cstddef>
#include <string_view>

namespace stepcache::encoding {

// How many bytes of `text` from `position` are one well-formed UTF-8 character (Unicode, table 3-7: no overlong form,
// no surrogate, nothing above U+10FFFF); 0 when the byte there starts none. `position` lies inside `text`.
std::size_t utf8_character_at(std::string_view text, std::size_t position);

}  // namespace stepcache::encoding
