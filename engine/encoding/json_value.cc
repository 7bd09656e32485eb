#include "encoding/json_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "encoding/base64.h"
#include "encoding/utf8.h"

namespace stepcache::encoding {
namespace {

constexpr std::string_view k_bytes_key = "$bytes";

bool is_digit(char character) { return character >= '0' && character <= '9'; }

template <class T>
std::optional<T> number_from(std::string_view digits) {
  T value{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

void append_utf8(std::string& out, std::uint32_t character) {
  const auto push = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (character < 0x80) {
    push(character);
  } else if (character < 0x800) {
    push(0xc0U | character >> 6U);
    push(0x80U | (character & 0x3fU));
  } else if (character < 0x10000) {
    push(0xe0U | character >> 12U);
    push(0x80U | (character >> 6U & 0x3fU));
    push(0x80U | (character & 0x3fU));
  } else {
    push(0xf0U | character >> 18U);
    push(0x80U | (character >> 12U & 0x3fU));
    push(0x80U | (character >> 6U & 0x3fU));
    push(0x80U | (character & 0x3fU));
  }
}

}  // namespace

std::string_view describe(JsonKind kind) {
  switch (kind) {
    case JsonKind::null:
      return "null";
    case JsonKind::boolean:
      return "a boolean";
    case JsonKind::integer:
      return "an integer";
    case JsonKind::real:
      return "a real number";
    case JsonKind::text:
      return "a text";
    case JsonKind::list:
      return "a list";
    case JsonKind::map:
      return "a map";
  }
  return "nothing known";
}

// --- Parsing

class JsonParser {
 public:
  JsonParser(std::string_view text, std::size_t depth_limit) : text_(text), depth_limit_(depth_limit) {}

  Result<JsonValue> document() {
    JsonValue root;
    STEPCACHE_TRY(value(root, 0));
    skip_space();
    if (position_ != text_.size()) return error("more text after the value");
    return root;
  }

 private:
  tl::unexpected<Error> error(std::string_view what) const {
    return fail(ErrorCode::damaged, fmt::format("the JSON text is damaged at byte {}: {}", position_, what));
  }

  bool at_end() const { return position_ == text_.size(); }
  bool take(char character) {
    if (at_end() || text_[position_] != character) return false;
    ++position_;
    return true;
  }
  bool take(std::string_view word) {
    if (!text_.substr(position_).starts_with(word)) return false;
    position_ += word.size();
    return true;
  }
  void skip_space() {
    while (!at_end() && std::string_view(" \t\n\r").find(text_[position_]) != std::string_view::npos) ++position_;
  }

  Result<void> value(JsonValue& out, std::size_t depth) {
    skip_space();
    if (at_end()) return error("it ends where a value should be");
    switch (text_[position_]) {
      case '{':
        return map(out, depth + 1);
      case '[':
        return list(out, depth + 1);
      case '"':
        out.kind_ = JsonKind::text;
        return text(out.text_);
      default:
        return scalar(out);
    }
  }

  Result<void> scalar(JsonValue& out) {
    if (take("null")) {
      out.kind_ = JsonKind::null;
    } else if (take("true") || take("false")) {
      out.kind_ = JsonKind::boolean;
      out.boolean_ = text_[position_ - 2] == 'u';
    } else {
      return number(out);
    }
    return {};
  }

  bool take_digits() {
    const std::size_t start = position_;
    while (!at_end() && is_digit(text_[position_])) ++position_;
    return position_ != start;
  }

  Result<void> number(JsonValue& out) {
    const std::size_t start = position_;
    bool real = false;
    (void)take('-');
    if (!take('0') && !take_digits()) return error("no value starts like this");
    if (take('.')) {
      real = true;
      if (!take_digits()) return error("digits are missing after the point");
    }
    if (take('e') || take('E')) {
      real = true;
      if (!take('+')) (void)take('-');
      if (!take_digits()) return error("digits are missing in the exponent");
    }
    out.kind_ = real ? JsonKind::real : JsonKind::integer;
    out.text_ = text_.substr(start, position_ - start);
    return {};
  }

  Result<void> list(JsonValue& out, std::size_t depth) {
    if (depth > depth_limit_) return error("it is nested too deep");
    ++position_;
    out.kind_ = JsonKind::list;
    skip_space();
    if (take(']')) return {};
    while (true) {
      out.elements_.emplace_back();
      STEPCACHE_TRY(value(out.elements_.back(), depth));
      skip_space();
      if (take(']')) return {};
      if (!take(',')) return error("a ',' or ']' is missing");
    }
  }

  Result<void> map(JsonValue& out, std::size_t depth) {
    if (depth > depth_limit_) return error("it is nested too deep");
    ++position_;
    out.kind_ = JsonKind::map;
    skip_space();
    if (take('}')) return {};
    while (true) {
      skip_space();
      if (at_end() || text_[position_] != '"') return error("a map's key is missing");
      out.keys_.emplace_back();
      STEPCACHE_TRY(text(out.keys_.back()));
      skip_space();
      if (!take(':')) return error("a ':' is missing");
      out.elements_.emplace_back();
      STEPCACHE_TRY(value(out.elements_.back(), depth));
      skip_space();
      if (take('}')) break;
      if (!take(',')) return error("a ',' or '}' is missing");
    }
    std::vector<std::string_view> sorted(out.keys_.begin(), out.keys_.end());
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) return error("a key comes twice in this map");
    return {};
  }

  Result<void> text(std::string& out) {
    ++position_;
    while (true) {
      if (at_end()) return error("a text has no end");
      const char character = text_[position_];
      if (take('"')) return {};
      if (take('\\')) {
        STEPCACHE_TRY(escape(out));
        continue;
      }
      if (static_cast<unsigned char>(character) < 0x20) return error("a control character in a text is not escaped");
      const std::size_t length = utf8_character_at(text_, position_);
      if (length == 0) return error("it is not UTF-8");
      out.append(text_.substr(position_, length));
      position_ += length;
    }
  }

  Result<void> escape(std::string& out) {
    if (at_end()) return error("a text has no end");
    const char kind = text_[position_++];
    constexpr std::string_view k_letters = "\"\\/bfnrt";
    constexpr std::string_view k_meanings = "\"\\/\b\f\n\r\t";
    if (const std::size_t found = k_letters.find(kind); found != std::string_view::npos) {
      out.push_back(k_meanings[found]);
      return {};
    }
    if (kind != 'u') return error("an escape that JSON does not have");
    STEPCACHE_TRY_ASSIGN(std::uint32_t character, four_hex_digits());
    constexpr std::uint32_t k_high = 0xd800;
    constexpr std::uint32_t k_low = 0xdc00;
    constexpr std::uint32_t k_surrogates_end = 0xe000;
    constexpr std::uint32_t k_first_byte = 0xdc80;
    constexpr std::uint32_t k_last_byte = 0xdcff;
    if (character >= k_first_byte && character <= k_last_byte) {
      out.push_back(static_cast<char>(character & 0xffU));
      return {};
    }
    if (character >= k_high && character < k_low) {
      if (!take("\\u")) return error("half of a surrogate pair");
      STEPCACHE_TRY_ASSIGN(const std::uint32_t low, four_hex_digits());
      if (low < k_low || low >= k_surrogates_end) return error("half of a surrogate pair");
      character = 0x10000 + ((character - k_high) << 10U) + (low - k_low);
    } else if (character >= k_low && character < k_surrogates_end) {
      return error("half of a surrogate pair");
    }
    append_utf8(out, character);
    return {};
  }

  Result<std::uint32_t> four_hex_digits() {
    constexpr std::size_t k_count = 4;
    std::uint32_t value = 0;
    const std::string_view digits = text_.substr(position_, k_count);
    const auto [end, error_code] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != k_count || error_code != std::errc() || end != digits.data() + k_count) {
      return error("four hexadecimal digits are missing");
    }
    position_ += k_count;
    return value;
  }

  std::string_view text_;
  std::size_t depth_limit_;
  std::size_t position_ = 0;
};

Result<JsonValue> parse_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.size_bytes) {
    return fail(ErrorCode::damaged,
                fmt::format("the JSON text has {} bytes; at most {} are read", text.size(), limits.size_bytes));
  }
  return JsonParser(text, limits.depth).document();
}

// --- Reading

namespace {

auto mismatch(std::string_view wanted, JsonKind found) {
  return fail(ErrorCode::damaged, fmt::format("{} should be here, found {}", wanted, describe(found)));
}

auto no_fit(std::string_view wanted, std::string_view digits) {
  constexpr std::size_t k_shown = 40;
  return fail(ErrorCode::damaged, fmt::format("{} does not fit {}", digits.substr(0, k_shown), wanted));
}

template <class T>
Result<T> real_from(const JsonValue& value, std::string_view text) {
  if (value.kind() == JsonKind::text) {
    if (text == "NaN") return std::numeric_limits<T>::quiet_NaN();
    if (text == "Infinity") return std::numeric_limits<T>::infinity();
    if (text == "-Infinity") return -std::numeric_limits<T>::infinity();
  }
  if (value.kind() != JsonKind::real) return mismatch("a real number", value.kind());
  const auto number = number_from<T>(text);
  if (!number) return no_fit(sizeof(T) == sizeof(float) ? "a 32-bit float" : "a 64-bit float", text);
  return *number;
}

template <class T>
Result<T> integer_from(const JsonValue& value, std::string_view text, std::string_view type) {
  if (value.kind() != JsonKind::integer) return mismatch("an integer", value.kind());
  const auto number = number_from<T>(text);
  if (!number) return no_fit(type, text);
  return *number;
}

}  // namespace

const JsonValue* JsonValue::find(std::string_view key) const {
  const auto found = std::find(keys_.begin(), keys_.end(), key);
  return found == keys_.end() ? nullptr : &elements_[static_cast<std::size_t>(found - keys_.begin())];
}

Result<bool> JsonValue::boolean() const {
  if (kind_ != JsonKind::boolean) return mismatch("a boolean", kind_);
  return boolean_;
}

Result<std::int64_t> JsonValue::integer() const {
  return integer_from<std::int64_t>(*this, text_, "a signed 64-bit integer");
}
Result<std::uint64_t> JsonValue::unsigned_integer() const {
  return integer_from<std::uint64_t>(*this, text_, "an unsigned 64-bit integer");
}
Result<double> JsonValue::real() const { return real_from<double>(*this, text_); }
Result<float> JsonValue::real_float() const { return real_from<float>(*this, text_); }

Result<std::string> JsonValue::text() const {
  if (kind_ != JsonKind::text) return mismatch("a text", kind_);
  return text_;
}

Result<std::string> JsonValue::bytes() const {
  if (kind_ != JsonKind::map || keys_.size() != 1 || keys_[0] != k_bytes_key) return mismatch("bytes", kind_);
  if (elements_[0].kind_ != JsonKind::text) return mismatch("base64 text", elements_[0].kind_);
  auto decoded = from_base64(elements_[0].text_);
  if (!decoded) return fail(ErrorCode::damaged, "the base64 text of some bytes is damaged");
  return std::move(*decoded);
}

void JsonValue::write_to(JsonWriter& writer) const {
  switch (kind_) {
    case JsonKind::null:
      writer.null();
      return;
    case JsonKind::boolean:
      writer.boolean(boolean_);
      return;
    case JsonKind::integer:
    case JsonKind::real:
      writer.number_as_read(text_);
      return;
    case JsonKind::text:
      writer.text(text_);
      return;
    case JsonKind::list:
      writer.begin_list();
      for (const JsonValue& element : elements_) element.write_to(writer);
      writer.end_list();
      return;
    case JsonKind::map:
      writer.begin_map();
      for (std::size_t i = 0; i < keys_.size(); ++i) {
        writer.key(keys_[i]);
        elements_[i].write_to(writer);
      }
      writer.end_map();
      return;
  }
}

}  // namespace stepcache::encoding
