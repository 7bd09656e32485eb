#include "cli/option_value.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <string_view>

namespace stepcache::cli {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::uint64_t k_second_ns = 1'000'000'000;
constexpr std::array k_ages = {Unit{"s", k_second_ns}, Unit{"m", 60 * k_second_ns}, Unit{"h", 3600 * k_second_ns},
                               Unit{"d", 86'400 * k_second_ns}, Unit{"w", 604'800 * k_second_ns}};
constexpr std::array k_sizes = {Unit{"", 1},
                                Unit{"B", 1},
                                Unit{"kB", 1'000},
                                Unit{"KB", 1'000},
                                Unit{"MB", 1'000'000},
                                Unit{"GB", 1'000'000'000},
                                Unit{"TB", 1'000'000'000'000},
                                Unit{"KiB", 1ULL << 10U},
                                Unit{"MiB", 1ULL << 20U},
                                Unit{"GiB", 1ULL << 30U},
                                Unit{"TiB", 1ULL << 40U}};

// The number with its unit, or nothing: no number, another unit, too much for `limit`.
template <std::size_t N>
std::optional<std::uint64_t> quantity(const std::string& text, const std::array<Unit, N>& units, std::uint64_t limit) {
  std::uint64_t number = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc()) return std::nullopt;
  const std::string_view name(end, static_cast<std::size_t>(last - end));
  for (const Unit& unit : units) {
    if (unit.name == name) return number > limit / unit.factor ? std::nullopt : std::optional(number * unit.factor);
  }
  return std::nullopt;
}

tl::unexpected<Error> refuse(const std::string& option, const std::string& text, std::string_view what) {
  return fail(ErrorCode::invalid_argument, fmt::format("takes {}, not `{}`", what, text), option);
}

}  // namespace

Result<std::uint64_t> parse_count(const std::string& option, const std::string& text) {
  constexpr std::array k_one = {Unit{"", 1}};
  const auto number = quantity(text, k_one, std::numeric_limits<std::int64_t>::max());
  if (!number) return refuse(option, text, fmt::format("a whole number, as in `{} 20`", option));
  return *number;
}

Result<std::int64_t> parse_age(const std::string& option, const std::string& text) {
  const auto age = quantity(text, k_ages, std::numeric_limits<std::int64_t>::max());
  if (!age) return refuse(option, text, fmt::format("an age, as in `{} 7d`, `12h` or `30m`", option));
  return static_cast<std::int64_t>(*age);
}

Result<std::uint64_t> parse_size(const std::string& option, const std::string& text) {
  const auto size = quantity(text, k_sizes, std::numeric_limits<std::uint64_t>::max());
  if (!size) return refuse(option, text, fmt::format("a size, as in `{} 500MB` or `2GiB`", option));
  return *size;
}

}  // namespace stepcache::cli
