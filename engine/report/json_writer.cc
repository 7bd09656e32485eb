#include "report/json_writer.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <iterator>

#include "lineage/escape.h"

namespace stepcache::report {
namespace {

bool is_plain(std::string_view bytes) {
  for (const char c : bytes) {
    if (c < 0x20 || c == 0x7F || c == '"' || c == '\\') return false;
  }
  return true;
}

constexpr std::int64_t k_second = 1'000'000'000;

}  // namespace

void JsonWriter::new_line() {
  if (static_cast<int>(has_elements_.size()) > pretty_depth_) return;
  out_.push_back('\n');
  out_.append(2 * has_elements_.size(), ' ');
}

void JsonWriter::before_value() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (has_elements_.empty()) return;
  if (has_elements_.back()) {
    out_.push_back(',');
    if (static_cast<int>(has_elements_.size()) > pretty_depth_) out_.push_back(' ');
  }
  has_elements_.back() = true;
  new_line();
}

void JsonWriter::begin(char bracket) {
  before_value();
  out_.push_back(bracket);
  has_elements_.push_back(false);
}

void JsonWriter::end(char bracket) {
  const bool had_elements = has_elements_.back();
  const bool inside_pretty = static_cast<int>(has_elements_.size()) <= pretty_depth_;
  has_elements_.pop_back();
  if (had_elements && inside_pretty) {
    out_.push_back('\n');
    out_.append(2 * has_elements_.size(), ' ');
  }
  out_.push_back(bracket);
}

JsonWriter& JsonWriter::key(std::string_view name) {
  before_value();
  quoted(name);
  out_ += ": ";
  after_key_ = true;
  return *this;
}

void JsonWriter::quoted(std::string_view bytes) {
  out_.push_back('"');
  if (is_plain(bytes)) {
    out_ += bytes;
    out_.push_back('"');
    return;
  }
  for (const char c : lineage::json_text(bytes)) {
    switch (c) {
      case '"':
        out_ += "\\\"";
        break;
      case '\\':
        out_ += "\\\\";
        break;
      case '\n':
        out_ += "\\n";
        break;
      case '\t':
        out_ += "\\t";
        break;
      case '\r':
        out_ += "\\r";
        break;
      default:
        // DEL is allowed raw, but a terminal obeys it.
        if ((c >= 0 && c < 0x20) || c == 0x7F) {
          fmt::format_to(std::back_inserter(out_), "\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out_.push_back(c);
        }
    }
  }
  out_.push_back('"');
}

void JsonWriter::text(std::string_view bytes) {
  before_value();
  quoted(bytes);
}

void JsonWriter::text_or_null(std::string_view bytes) {
  if (bytes.empty()) {
    null();
  } else {
    text(bytes);
  }
}

void JsonWriter::digest_or_null(const Digest& digest) {
  if (digest.is_zero()) {
    null();
    return;
  }
  constexpr std::string_view k_digits = "0123456789abcdef";
  before_value();
  out_.push_back('"');
  for (const std::byte byte : digest.bytes()) {
    out_.push_back(k_digits[std::to_integer<unsigned>(byte) >> 4U]);
    out_.push_back(k_digits[std::to_integer<unsigned>(byte) & 15U]);
  }
  out_.push_back('"');
}

void JsonWriter::id_or_null(std::int64_t id) {
  if (id == 0) {
    null();
  } else {
    number(id);
  }
}

void JsonWriter::number(std::int64_t value) {
  before_value();
  out_ += fmt::format_int(value).c_str();
}

void JsonWriter::number(std::uint64_t value) {
  before_value();
  out_ += fmt::format_int(value).c_str();
}

void JsonWriter::number(double value) {
  if (std::isnan(value)) {
    text("NaN");
  } else if (std::isinf(value)) {
    text(value > 0 ? "Infinity" : "-Infinity");
  } else {
    constexpr std::size_t k_longest = 32;
    char buffer[k_longest];
    const auto [end, error] = std::to_chars(buffer, buffer + k_longest, value);
    before_value();
    out_.append(buffer, end);
    // A float stays one: 1.0, not 1.
    if (std::string_view(buffer, end).find_first_of(".en") == std::string_view::npos) out_ += ".0";
  }
}

void JsonWriter::seconds(std::int64_t nanoseconds) {
  before_value();
  if (nanoseconds < 0) {
    out_.push_back('-');
    nanoseconds = -nanoseconds;
  }
  const std::int64_t microseconds = (nanoseconds + 500) / 1000;
  out_ += fmt::format_int(microseconds / 1'000'000).c_str();
  std::int64_t rest = microseconds % 1'000'000;
  if (rest == 0) {
    out_ += ".0";
    return;
  }
  std::string digits = fmt::format("{:06}", rest);
  digits.resize(digits.find_last_not_of('0') + 1);
  out_.push_back('.');
  out_ += digits;
}

void JsonWriter::boolean(bool value) {
  before_value();
  out_ += value ? "true" : "false";
}

void JsonWriter::null() {
  before_value();
  out_ += "null";
}

std::string JsonWriter::take() {
  out_.push_back('\n');
  return std::move(out_);
}

int pretty_depth_for(std::size_t rows) {
  constexpr std::size_t k_readable_rows = 200;
  constexpr int k_rows_on_lines = 2;
  return rows <= k_readable_rows ? JsonWriter::k_all_pretty : k_rows_on_lines;
}

std::string json_time(std::int64_t wall_ns) {
  std::int64_t seconds = wall_ns / k_second;
  std::int64_t rest = wall_ns % k_second;
  if (rest < 0) {
    rest += k_second;
    --seconds;
  }
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(seconds)), rest / 1'000'000);
}

}  // namespace stepcache::report
