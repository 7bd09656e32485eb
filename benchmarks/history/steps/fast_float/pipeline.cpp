// Uses of a number parser, one a step. What they return (bits of each value, how far it read, the error) shows a change
// of behaviour.
#include <stepcache/stepcache.h>

#include <fast_float/fast_float.h>

#include <bit>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using Texts = std::vector<std::string>;

// Of each text: the value's bits, the characters read, the error.
using Readings = std::vector<std::int64_t>;

template <typename T>
std::int64_t bits(T value) {
  if constexpr (std::is_same_v<T, double>) return std::bit_cast<std::int64_t>(value);
  if constexpr (std::is_same_v<T, float>) return std::bit_cast<std::int32_t>(value);
  if constexpr (std::is_integral_v<T>) return static_cast<std::int64_t>(value);
}

template <typename T, typename Text, typename... Options>
void read(Readings& readings, const Text& text, Options... options) {
  T value{};
  const auto* first = text.data();
  const auto answer = fast_float::from_chars(first, first + text.size(), value, options...);
  readings.insert(readings.end(), {bits(value), answer.ptr - first, static_cast<std::int64_t>(answer.ec)});
}

template <typename T>
void read_advanced(Readings& readings, const std::string& text, fast_float::parse_options options) {
  T value{};
  const char* first = text.data();
  const auto answer = fast_float::from_chars_advanced(first, first + text.size(), value, options);
  readings.insert(readings.end(), {bits(value), answer.ptr - first, static_cast<std::int64_t>(answer.ec)});
}

// Numbers as people and programs write them, and some that are none.
Texts make_texts(int count) {
  Texts texts = {"0", "-0", "1", "-1", "+1", "0.1", "1e5", "1E-5", "1e+400", "-1e-400", ".5", "5.", ".", "-", "", "e5",
                 "1e", "1e+", "00012", "12345678", "123456789012345678901234567890", "4.9e-324", "2.2250738585072014e-308",
                 "1.7976931348623157e308", "9007199254740993", "255", "256", "-129", "65535", "65536", "2147483648",
                 "9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616", "12a", " 7"};
  std::uint64_t state = 88172645463325252U;
  for (int i = 0; i < count; ++i) {
    state ^= state << 13U;
    state ^= state >> 7U;
    state ^= state << 17U;
    std::string text = std::to_string(state >> (state % 61U));
    if (i % 3 != 0 && text.size() > 1) text.insert(1 + state % (text.size() - 1), ".");
    if (i % 5 == 0) text += "e" + std::to_string(static_cast<int>(state % 80U) - 40);
    if (i % 4 == 0) text.insert(0, "-");
    texts.push_back(text);
  }
  return texts;
}

Readings doubles(const Texts& texts) {
  Readings readings;
  for (const std::string& text : texts) read<double>(readings, text);
  return readings;
}

Readings floats(const Texts& texts) {
  Readings readings;
  for (const std::string& text : texts) read<float>(readings, text);
  return readings;
}

// Halfway between two doubles, with hundreds of digits: decided by big integers.
Readings halfway(int digits) {
  Readings readings;
  for (std::string text : {"9007199254740993", "1.00000000000000011102230246251565404236316680908203125",
                           "2.4703282292062327208e-324", "179769313486231580793728971405303415079934132710037826936173"}) {
    const std::size_t exponent = text.find('e');
    const std::string tail = exponent == std::string::npos ? "" : text.substr(exponent);
    text = text.substr(0, exponent);
    if (text.find('.') == std::string::npos) text += '.';
    for (const char* last : {"", "1"}) {
      read<double>(readings, text + std::string(static_cast<std::size_t>(digits), '0') + last + tail);
    }
  }
  return readings;
}

Readings formats(const Texts& texts) {
  using fast_float::chars_format;
  Readings readings;
  for (const std::string& text : texts) {
    for (const chars_format format : {chars_format::fixed, chars_format::scientific, chars_format::json,
                                      chars_format::fortran, chars_format::general | chars_format::allow_leading_plus}) {
      read<double>(readings, text, format);
    }
    std::string comma = text;
    for (char& c : comma) c = c == '.' ? ',' : c;
    read_advanced<double>(readings, comma, fast_float::parse_options(chars_format::general, ','));
  }
  return readings;
}

Readings names() {
  Readings readings;
  for (const std::string& text : Texts{"inf", "-INF", "Infinity", "infinit", "nan", "-NaN", "nan(abc_1)", "nan(", "+nan"}) {
    read<double>(readings, text);
    read<float>(readings, text, fast_float::chars_format::json_or_infnan);
  }
  // Not a number has many forms: only whether it is one counts.
  for (std::size_t i = 0; i < readings.size(); i += 3) {
    if (readings[i + 2] == 0 && readings[i + 1] > 2) readings[i] = readings[i] < 0 ? -1 : 1;
  }
  return readings;
}

// What the compiler makes of it: 1 for a number that was read.
template <std::size_t size>
constexpr int compiled(const char (&text)[size]) {
  double value = 0;
  return fast_float::from_chars(text, text + size - 1, value).ec == std::errc() ? 1 : 0;
}

std::vector<int> constants() {
  constexpr int number = compiled("1.5e3"), name = compiled("inf"), other = compiled("ixy"), long_name = compiled("infinity");
  return {number, name, other, long_name};
}

Readings wide(const Texts& texts) {
  Readings readings;
  for (const std::string& text : texts) {
    const std::u16string wider(text.begin(), text.end());
    read<double>(readings, wider);
    read<std::int32_t>(readings, wider, 10);
  }
  // Characters that are no digits, with low bytes that are.
  for (const std::u16string& text : {std::u16string(1, u'\x2131'), std::u16string(3, u'\x2132'), std::u16string(5, u'\x2133')}) {
    read<std::uint8_t>(readings, text, 10);
    read<std::uint16_t>(readings, text, 10);
  }
  return readings;
}

Readings integers(const Texts& texts) {
  Readings readings;
  for (const std::string& text : texts) {
    read<std::int64_t>(readings, text, 10);
    read<std::uint64_t>(readings, text, 10);
    read<std::int32_t>(readings, text, 10);
  }
  return readings;
}

Readings bases(const Texts& texts) {
  Readings readings;
  for (const std::string& text : texts) {
    for (const int base : {2, 8, 16, 36}) read<std::int64_t>(readings, text, base);
  }
  return readings;
}

Readings bytes(const Texts& texts) {
  Readings readings;
  for (const std::string& text : texts) {
    for (const std::size_t length : {text.size(), std::size_t{1}, std::size_t{2}, std::size_t{3}}) {
      read<std::uint8_t>(readings, text.substr(0, length), 10);
      read<std::uint8_t>(readings, text.substr(0, length), 16);
      read<std::int8_t>(readings, text.substr(0, length), 10);
    }
  }
  return readings;
}

Readings short_integers(const Texts& texts) {
  Readings readings;
  for (const std::string& text : texts) {
    for (const std::size_t length : {text.size(), std::size_t{4}, std::size_t{5}}) {
      read<std::uint16_t>(readings, text.substr(0, length), 10);
      read<std::int16_t>(readings, text.substr(0, length), 10);
    }
  }
  return readings;
}

Readings powers(int from, int to) {
  Readings readings;
  for (int exponent = from; exponent <= to; ++exponent) {
    for (const std::int64_t mantissa : {std::int64_t{1}, std::int64_t{-7}, std::numeric_limits<std::int64_t>::max()}) {
      readings.push_back(bits(fast_float::integer_times_pow10(mantissa, exponent)));
    }
  }
  return readings;
}

}  // namespace

int main(int argc, char** argv) {
  stepcache::Pipeline pipeline("fast_float");
  auto texts = pipeline.step("make_texts", make_texts)(pipeline.parameter("count", 500));
  pipeline.step("doubles", doubles)(texts);
  pipeline.step("floats", floats)(texts);
  pipeline.step("halfway", halfway)(pipeline.parameter("digits", 780));
  pipeline.step("formats", formats)(texts);
  pipeline.step("names", names)();
  pipeline.step("constants", constants)();
  pipeline.step("wide", wide)(texts);
  pipeline.step("integers", integers)(texts);
  pipeline.step("bases", bases)(texts);
  pipeline.step("bytes", bytes)(texts);
  pipeline.step("short_integers", short_integers)(texts);
  pipeline.step("powers", powers)(pipeline.parameter("from", -345), pipeline.parameter("to", 310));
  return stepcache::main(pipeline, argc, argv);
}
