#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "digest/digest.h"
#include "result/result.h"

namespace stepcache::encoding {

// How deep lists and maps may be nested, in what is written and in what is read.
constexpr std::size_t k_json_depth_limit = 200;

// Writes one JSON value, canonical: the same calls give the same bytes, everywhere. The form is that of
// docs/formats/encodings.md: no white space; reals as the shortest text that reads back to the same bits and never like
// an integer; "NaN", "Infinity", "-Infinity" as text; text as UTF-8 with the fewest escapes, bytes that are not UTF-8
// as
// \udc80 to \udcff; bytes as {"$bytes":"base64"}. Maps keep the order in which they are written: whoever writes an
// unordered container sorts it, and no key comes twice. Not thread-safe.
class JsonWriter {
 public:
  JsonWriter& begin_list();
  JsonWriter& end_list();
  JsonWriter& begin_map();
  // Before each value of a map.
  JsonWriter& key(std::string_view name);
  JsonWriter& end_map();

  JsonWriter& null();
  JsonWriter& boolean(bool value);
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  JsonWriter& integer(T value) {
    if constexpr (std::signed_integral<T>) {
      return signed_integer(static_cast<std::int64_t>(value));
    } else {
      return unsigned_integer(static_cast<std::uint64_t>(value));
    }
  }
  JsonWriter& real(double value);
  // The shortest text that reads back to the same float: 0.1f is 0.1.
  JsonWriter& real(float value);
  JsonWriter& text(std::string_view value);
  JsonWriter& bytes(Bytes value);
  // A number whose JSON text is there already, as one that was read.
  JsonWriter& number_as_read(std::string_view digits);

  // The bytes; the writer is empty afterwards. Errors: invalid_argument when it was nested deeper than
  // k_json_depth_limit (nobody could read it), internal when the calls made no whole value.
  Result<std::string> finish();

 private:
  JsonWriter& signed_integer(std::int64_t value);
  JsonWriter& unsigned_integer(std::uint64_t value);
  JsonWriter& begin(char open);
  JsonWriter& end(char open, char close);
  void before_value();
  template <class T>
  JsonWriter& number(T value);

  struct Level {
    char open = '[';
    bool has_elements = false;
    bool has_key = false;
  };
  std::string out_;
  std::vector<Level> levels_;
  bool done_ = false;
  bool too_deep_ = false;
  bool misused_ = false;
};

// Appends `value` as a JSON string, with its quotes.
void append_json_text(std::string& out, std::string_view value);

}  // namespace stepcache::encoding
