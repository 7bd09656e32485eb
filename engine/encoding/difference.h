#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "digest/digest.h"

namespace stepcache::encoding {

// An artifact, or its start when `size_bytes` is more than there is.
struct ArtifactHead {
  Bytes head;
  std::uint64_t size_bytes = 0;
};

// Where two artifacts of one type first differ, for people: "element 17: 0.123 -> 0.124" of arrays,
// "layers[3].bias: 0.1 -> 0.2" of JSON, else "byte 17: 0a 3f -> 0b 3f" or the sizes. What differs behind the heads is
// said to. `type_tag` as in preview(). Precondition: they differ. Never fails, whatever the bytes.
std::string first_difference(std::string_view type_tag, const ArtifactHead& before, const ArtifactHead& now);

}  // namespace stepcache::encoding
