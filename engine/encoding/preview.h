#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "digest/digest.h"

namespace stepcache::encoding {

struct PreviewLimits {
  std::size_t rows = 10;         // of an array or a text, entries of a tree, elements of a JSON list or map
  std::size_t columns = 8;       // of an array
  std::size_t lines = 200;       // altogether
  std::size_t line_width = 120;  // characters; a longer line is cut with an ellipsis
};

// An artifact as people read it, from its first bytes: an array as its type, shape and first rows; a tree as a table of
// names and sizes; JSON indented; text as text; anything else as a hexadecimal dump. What is left out is said. The form
// follows from the bytes; `type_tag` tells a "file" (never shown as JSON) from a value. `head` is the artifact, or its
// start when `size_bytes` is more. Ends with a newline. UTF-8 without control characters other than newlines: safe to
// print on a terminal. Never fails, whatever the bytes.
std::string preview(std::string_view type_tag, Bytes head, std::uint64_t size_bytes, const PreviewLimits& limits = {});

}  // namespace stepcache::encoding
