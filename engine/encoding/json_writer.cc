#include "encoding/json_writer.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "encoding/base64.h"
#include "encoding/utf8.h"

namespace stepcache::encoding {
namespace {

constexpr std::string_view k_hex_digits = "0123456789abcdef";

void append_unicode_escape(std::string& out, std::string_view start, unsigned char byte) {
  out.append(start);
  out.push_back(k_hex_digits[byte >> 4U]);
  out.push_back(k_hex_digits[byte & 15U]);
}

// A character below U+0080.
void append_ascii(std::string& out, char character) {
  switch (character) {
    case '"':
      out.append("\\\"");
      return;
    case '\\':
      out.append("\\\\");
      return;
    case '\b':
      out.append("\\b");
      return;
    case '\f':
      out.append("\\f");
      return;
    case '\n':
      out.append("\\n");
      return;
    case '\r':
      out.append("\\r");
      return;
    case '\t':
      out.append("\\t");
      return;
    default:
      if (static_cast<unsigned char>(character) < 0x20) {
        append_unicode_escape(out, "\\u00", static_cast<unsigned char>(character));
      } else {
        out.push_back(character);
      }
  }
}

}  // namespace

void append_json_text(std::string& out, std::string_view value) {
  out.push_back('"');
  for (std::size_t i = 0; i < value.size();) {
    const std::size_t length = utf8_character_at(value, i);
    if (length == 1) {
      append_ascii(out, value[i]);
    } else if (length > 1) {
      out.append(value.substr(i, length));
    } else {
      // A low surrogate without a high one stands for no character, so the escape cannot be taken for text.
      append_unicode_escape(out, "\\udc", static_cast<unsigned char>(value[i]));
    }
    i += length == 0 ? 1 : length;
  }
  out.push_back('"');
}

void JsonWriter::before_value() {
  if (levels_.empty()) {
    misused_ = misused_ || done_;
    done_ = true;
    return;
  }
  Level& level = levels_.back();
  if (level.open == '{') {
    misused_ = misused_ || !level.has_key;
    level.has_key = false;
    return;
  }
  if (level.has_elements) out_.push_back(',');
  level.has_elements = true;
}

JsonWriter& JsonWriter::begin(char open) {
  before_value();
  out_.push_back(open);
  levels_.push_back({open});
  too_deep_ = too_deep_ || levels_.size() > k_json_depth_limit;
  return *this;
}

JsonWriter& JsonWriter::end(char open, char close) {
  if (levels_.empty() || levels_.back().open != open || levels_.back().has_key) {
    misused_ = true;
    return *this;
  }
  levels_.pop_back();
  out_.push_back(close);
  return *this;
}

JsonWriter& JsonWriter::begin_list() { return begin('['); }
JsonWriter& JsonWriter::end_list() { return end('[', ']'); }
JsonWriter& JsonWriter::begin_map() { return begin('{'); }
JsonWriter& JsonWriter::end_map() { return end('{', '}'); }

JsonWriter& JsonWriter::key(std::string_view name) {
  if (levels_.empty() || levels_.back().open != '{' || levels_.back().has_key) {
    misused_ = true;
    return *this;
  }
  Level& level = levels_.back();
  if (level.has_elements) out_.push_back(',');
  level.has_elements = true;
  level.has_key = true;
  append_json_text(out_, name);
  out_.push_back(':');
  return *this;
}

JsonWriter& JsonWriter::null() {
  before_value();
  out_.append("null");
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
  before_value();
  out_.append(value ? "true" : "false");
  return *this;
}

template <class T>
JsonWriter& JsonWriter::number(T value) {
  before_value();
  constexpr std::size_t k_longest = 32;
  std::array<char, k_longest> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  const std::string_view digits(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  out_.append(digits);
  if constexpr (std::floating_point<T>) {
    if (digits.find_first_of(".e") == std::string_view::npos) out_.append(".0");
  }
  return *this;
}

JsonWriter& JsonWriter::signed_integer(std::int64_t value) { return number(value); }
JsonWriter& JsonWriter::unsigned_integer(std::uint64_t value) { return number(value); }

JsonWriter& JsonWriter::real(double value) {
  if (std::isnan(value)) return text("NaN");
  if (std::isinf(value)) return text(value > 0 ? "Infinity" : "-Infinity");
  return number(value);
}

JsonWriter& JsonWriter::real(float value) {
  if (!std::isfinite(value)) return real(double{value});
  return number(value);
}

JsonWriter& JsonWriter::text(std::string_view value) {
  before_value();
  append_json_text(out_, value);
  return *this;
}

JsonWriter& JsonWriter::number_as_read(std::string_view digits) {
  before_value();
  out_.append(digits);
  return *this;
}

JsonWriter& JsonWriter::bytes(Bytes value) {
  before_value();
  out_.append("{\"$bytes\":\"");
  out_.append(to_base64(value));
  out_.append("\"}");
  return *this;
}

Result<std::string> JsonWriter::finish() {
  JsonWriter finished;
  std::swap(*this, finished);
  if (finished.misused_ || !finished.done_ || !finished.levels_.empty()) {
    return fail(ErrorCode::internal, "a JSON value was written in the wrong order or not to its end");
  }
  if (finished.too_deep_) {
    return fail(ErrorCode::invalid_argument,
                "the value is nested more than " + std::to_string(k_json_depth_limit) +
                    " levels deep, which its JSON form does not allow; make it flatter, as a list with positions");
  }
  return std::move(finished.out_);
}

}  // namespace stepcache::encoding
