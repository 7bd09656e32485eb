#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "digest/digest.h"

namespace stepcache::encoding {

// RFC 4648, section 4, with padding.
std::string to_base64(Bytes bytes);
// The bytes of exactly what to_base64 writes; nothing for any other text.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace stepcache::encoding
