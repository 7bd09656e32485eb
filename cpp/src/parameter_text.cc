#include "cpp/src/parameter_text.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace stepcache::detail {
namespace {

using pipeline::Value;

// All of `text` as a number, or nothing.
template <class T>
std::optional<T> parse(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.starts_with('+')) return std::nullopt;
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::int64_t lowest(ParameterType type) {
  return type.size_bytes == 8 ? std::numeric_limits<std::int64_t>::min()
                              : -(std::int64_t{1} << (8U * type.size_bytes - 1U));
}

std::int64_t highest(ParameterType type) {
  return type.size_bytes == 8 ? std::numeric_limits<std::int64_t>::max()
                              : (std::int64_t{1} << (8U * type.size_bytes - 1U)) - 1;
}

std::uint64_t highest_natural(ParameterType type) {
  return type.size_bytes == 8 ? std::numeric_limits<std::uint64_t>::max()
                              : (std::uint64_t{1} << (8U * type.size_bytes)) - 1;
}

std::optional<bool> parse_boolean(std::string_view text) {
  for (const std::string_view word : {"true", "1", "yes", "on"}) {
    if (text == word) return true;
  }
  for (const std::string_view word : {"false", "0", "no", "off"}) {
    if (text == word) return false;
  }
  return std::nullopt;
}

// A float is read as a float: its double then equals what the step gets.
std::optional<double> parse_real(std::string_view text, ParameterType type) {
  if (type.size_bytes == sizeof(double)) return parse<double>(text);
  const auto value = parse<float>(text);
  return value ? std::optional<double>(static_cast<double>(*value)) : std::nullopt;
}

std::optional<pipeline::Argument> parse_as(ParameterType type, std::string_view text) {
  switch (type.kind) {
    case ParameterKind::boolean:
      if (const auto value = parse_boolean(text)) return Value(*value);
      return std::nullopt;
    case ParameterKind::integer:
      if (const auto value = parse<std::int64_t>(text); value && *value >= lowest(type) && *value <= highest(type)) {
        return Value(*value);
      }
      return std::nullopt;
    case ParameterKind::natural:
      if (const auto value = parse<std::uint64_t>(text); value && *value <= highest_natural(type)) return Value(*value);
      return std::nullopt;
    case ParameterKind::real:
      if (const auto value = parse_real(text, type)) return Value(*value);
      return std::nullopt;
    case ParameterKind::text:
      return Value(std::string(text));
    case ParameterKind::file:
    case ParameterKind::folder:
      if (text.empty()) return std::nullopt;
      return pipeline::ExternalInput{
          type.kind == ParameterKind::file ? pipeline::ExternalKind::file : pipeline::ExternalKind::folder,
          std::string(text)};
  }
  return std::nullopt;
}

// -1, 0, 1; nothing when one is no number (NaN).
std::optional<int> order(const Value& a, const Value& b) {
  const auto compare = [](auto x, auto y) { return x < y ? -1 : x > y ? 1 : 0; };
  if (const auto* x = a.get_if<std::int64_t>()) {
    if (const auto* y = b.get_if<std::int64_t>()) return compare(*x, *y);
  }
  if (const auto* x = a.get_if<std::uint64_t>()) {
    if (const auto* y = b.get_if<std::uint64_t>()) return compare(*x, *y);
  }
  if (const auto* x = a.get_if<double>()) {
    if (const auto* y = b.get_if<double>(); y != nullptr && !std::isnan(*x) && !std::isnan(*y)) return compare(*x, *y);
  }
  return std::nullopt;
}

bool in_range(const pipeline::Parameter& parameter, const Value& value) {
  if (parameter.minimum) {
    const auto against = order(value, *parameter.minimum);
    if (!against || *against < 0) return false;
  }
  if (parameter.maximum) {
    const auto against = order(value, *parameter.maximum);
    if (!against || *against > 0) return false;
  }
  return true;
}

}  // namespace

Result<pipeline::Argument> parse_argument(const pipeline::Parameter& parameter, ParameterType type,
                                          std::string_view text, const std::string& option) {
  auto parsed = parse_as(type, text);
  if (parsed) {
    const auto* value = std::get_if<Value>(&*parsed);
    if (value == nullptr || in_range(parameter, *value)) return *std::move(parsed);
  }
  return fail(ErrorCode::invalid_argument,
              fmt::format("takes {}, not {}", allowed_text(parameter, type), Value(std::string(text)).to_text()),
              option);
}

bool default_in_range(const pipeline::Parameter& parameter) {
  const auto* value = std::get_if<Value>(&parameter.value);
  return value == nullptr || in_range(parameter, *value);
}

std::string allowed_text(const pipeline::Parameter& parameter, ParameterType type) {
  std::string low, high;
  std::string noun;
  switch (type.kind) {
    case ParameterKind::boolean:
      return "true or false";
    case ParameterKind::text:
      return "a text";
    case ParameterKind::file:
      return "the path of a file";
    case ParameterKind::folder:
      return "the path of a folder";
    case ParameterKind::integer:
      noun = "an integer";
      low = std::to_string(lowest(type));
      high = std::to_string(highest(type));
      break;
    case ParameterKind::natural:
      noun = "an integer";
      low = "0";
      high = std::to_string(highest_natural(type));
      break;
    case ParameterKind::real:
      noun = type.size_bytes == sizeof(float) ? "a number that a float can hold" : "a number";
      break;
  }
  if (parameter.minimum) low = parameter.minimum->to_text();
  if (parameter.maximum) high = parameter.maximum->to_text();
  return low.empty() ? noun : fmt::format("{} from {} to {}", noun, low, high);
}

std::string_view placeholder(ParameterType type) {
  switch (type.kind) {
    case ParameterKind::boolean:
      return "true|false";
    case ParameterKind::integer:
    case ParameterKind::natural:
      return "INTEGER";
    case ParameterKind::real:
      return "NUMBER";
    case ParameterKind::file:
      return "FILE";
    case ParameterKind::folder:
      return "FOLDER";
    case ParameterKind::text:
      break;
  }
  return "TEXT";
}

std::string default_text(const pipeline::Parameter& parameter) {
  if (const auto* external = std::get_if<pipeline::ExternalInput>(&parameter.value)) return external->name;
  const auto& value = std::get<Value>(parameter.value);
  if (const auto* text = value.get_if<std::string>()) return text->empty() ? "\"\"" : *text;
  return value.to_text();
}

}  // namespace stepcache::detail
