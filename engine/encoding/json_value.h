#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "digest/digest.h"
#include "encoding/json_writer.h"
#include "result/result.h"

namespace stepcache::encoding {

enum class JsonKind : std::uint8_t { null, boolean, integer, real, text, list, map };
// "an integer", "a text", for messages.
std::string_view describe(JsonKind kind);

// A JSON value as it was read: neutral, numbers still as text, so that what a caller asks for is exact.
class JsonValue {
 public:
  JsonValue() = default;

  JsonKind kind() const { return kind_; }
  // Of a list or map; 0 for others.
  std::size_t size() const { return elements_.size(); }
  // The elements of a list, the values of a map in the map's order.
  const std::vector<JsonValue>& elements() const { return elements_; }
  // The keys of a map, in its order.
  const std::vector<std::string>& keys() const { return keys_; }
  // The value at a map's key; null when this is no map or has no such key. The pointer is good as long as this value.
  const JsonValue* find(std::string_view key) const;

  // What it is, exactly; damaged when it is of another kind, or does not fit. Integers are no reals and the other way
  // round. A real is also the text "NaN", "Infinity" or "-Infinity".
  Result<bool> boolean() const;
  Result<std::int64_t> integer() const;
  Result<std::uint64_t> unsigned_integer() const;
  Result<double> real() const;
  Result<float> real_float() const;
  Result<std::string> text() const;
  // Of {"$bytes":"base64"}.
  Result<std::string> bytes() const;

  // Writes the value, canonical: what a JsonWriter wrote comes out with the same bytes.
  void write_to(JsonWriter& writer) const;

  friend bool operator==(const JsonValue&, const JsonValue&) = default;

 private:
  friend class JsonParser;

  JsonKind kind_ = JsonKind::null;
  bool boolean_ = false;
  std::string text_;  // of a text; of a number as it was written
  std::vector<JsonValue> elements_;
  std::vector<std::string> keys_;
};

struct JsonLimits {
  std::size_t depth = k_json_depth_limit;
  std::size_t size_bytes = std::size_t{1} << 28U;
};

// Reads one JSON text (RFC 8259; white space is allowed) to its end. Errors: damaged with the position for anything
// else, for text that is not UTF-8, for a key that comes twice in one map, and beyond the limits. Never crashes,
// whatever the bytes.
Result<JsonValue> parse_json(std::string_view text, const JsonLimits& limits = {});
inline Result<JsonValue> parse_json(Bytes bytes, const JsonLimits& limits = {}) {
  return parse_json(as_text(bytes), limits);
}

}  // namespace stepcache::encoding
