#include "encoding/difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "encoding/array_element.h"
#include "encoding/json_value.h"
#include "encoding/npy.h"

namespace stepcache::encoding {
namespace {

// How far both are the same.
std::size_t common_start(Bytes before, Bytes now) {
  const std::size_t both = std::min(before.size(), now.size());
  const auto* const end = before.data() + both;
  return static_cast<std::size_t>(std::mismatch(before.data(), end, now.data()).first - before.data());
}

std::string change(const std::string& before, const std::string& now) { return before + " -> " + now; }

// --- Arrays

// The place of the n-th stored element: "17", "(3, 5)".
std::string index_text(const ArrayShape& shape, std::uint64_t stored) {
  std::vector<std::uint64_t> index(shape.dimensions.size());
  const std::size_t count = index.size();
  for (std::size_t i = 0; i < count; ++i) {
    // The index that moves fastest comes off first.
    const std::size_t at = shape.fortran_order ? i : count - 1 - i;
    index[at] = stored % shape.dimensions[at];
    stored /= shape.dimensions[at];
  }
  if (count == 1) return std::to_string(index[0]);
  return fmt::format("({})", fmt::join(index, ", "));
}

std::optional<NpyHeader> array_header(Bytes head) {
  const auto header = decode_npy_header(head.first(std::min(head.size(), k_most_npy_header_bytes)));
  if (!header) return std::nullopt;
  return *header;
}

std::optional<std::string> array_difference(Bytes before, Bytes now) {
  const auto left = array_header(before);
  const auto right = array_header(now);
  if (!left || !right) return std::nullopt;
  if (*left != *right) {
    return change(fmt::format("{} array of shape {}", name(left->type), to_text(left->shape)),
                  fmt::format("{} of shape {}", name(right->type), to_text(right->shape)));
  }
  const std::uint64_t width = left->type.size_bytes;
  const std::size_t at = common_start(before, now);
  if (at < left->data_offset) return std::nullopt;
  const std::uint64_t element = (at - left->data_offset) / width;
  const std::uint64_t start = left->data_offset + element * width;
  if (start + width > std::min(before.size(), now.size())) return std::nullopt;
  const auto text = [&](Bytes bytes) {
    return element_text(left->type, bytes.subspan(static_cast<std::size_t>(start)), Digits::all);
  };
  const std::string values = change(text(before), text(now));
  return left->shape.dimensions.empty() ? values
                                        : fmt::format("element {}: {}", index_text(left->shape, element), values);
}

// --- JSON

std::string json_text(const JsonValue& value) {
  constexpr std::size_t k_most = 60;
  if (value.kind() == JsonKind::list) return fmt::format("a list of {}", value.size());
  if (value.kind() == JsonKind::map) return fmt::format("a map of {}", value.size());
  JsonWriter writer;
  value.write_to(writer);
  std::string text = writer.finish().value_or("?");
  if (text.size() > k_most) {
    std::size_t end = k_most;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text.resize(end);
    text += "…";
  }
  return text;
}

std::string json_difference(const JsonValue& whole_before, const JsonValue& whole_now) {
  const JsonValue* before = &whole_before;
  const JsonValue* now = &whole_now;
  std::string path;
  while (true) {
    const bool list = before->kind() == JsonKind::list;
    const bool nested = list || before->kind() == JsonKind::map;
    if (!nested || before->kind() != now->kind() || before->size() != now->size() || before->keys() != now->keys()) {
      break;
    }
    std::size_t at = 0;
    while (at < before->size() && before->elements()[at] == now->elements()[at]) ++at;
    if (at == before->size()) break;
    if (list) {
      path += fmt::format("[{}]", at);
    } else {
      path += (path.empty() ? "" : ".") + before->keys()[at];
    }
    before = &before->elements()[at];
    now = &now->elements()[at];
  }
  const std::string values = change(json_text(*before), json_text(*now));
  return path.empty() ? values : path + ": " + values;
}

std::optional<std::string> json_difference(std::string_view type_tag, const ArtifactHead& before,
                                           const ArtifactHead& now) {
  constexpr std::size_t k_most_bytes = std::size_t{1} << 20U;
  if (type_tag == "file" || type_tag == "bytes") return std::nullopt;
  for (const ArtifactHead* side : {&before, &now}) {
    if (side->head.size() != side->size_bytes || side->head.empty() || side->head.size() > k_most_bytes)
      return std::nullopt;
  }
  const auto left = parse_json(before.head);
  const auto right = parse_json(now.head);
  if (!left || !right || *left == *right) return std::nullopt;
  return json_difference(*left, *right);
}

// --- Anything else

std::string hex(Bytes bytes, std::size_t at) {
  constexpr std::size_t k_shown = 8;
  std::string text;
  for (const std::byte byte : bytes.subspan(at, std::min(k_shown, bytes.size() - at))) {
    text += fmt::format("{}{:02x}", text.empty() ? "" : " ", std::to_integer<unsigned>(byte));
  }
  return text;
}

}  // namespace

std::string first_difference(std::string_view type_tag, const ArtifactHead& before, const ArtifactHead& now) {
  if (auto array = array_difference(before.head, now.head)) return *std::move(array);
  if (auto json = json_difference(type_tag, before, now)) return *std::move(json);
  const std::size_t at = common_start(before.head, now.head);
  if (at < before.head.size() && at < now.head.size()) {
    return fmt::format("byte {}: {}", at, change(hex(before.head, at), hex(now.head, at)));
  }
  if (before.size_bytes != now.size_bytes) {
    return fmt::format("{} -> {} bytes, of which the first {} are the same", before.size_bytes, now.size_bytes, at);
  }
  return fmt::format("behind the first {} bytes", at);
}

}  // namespace stepcache::encoding
