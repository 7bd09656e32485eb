#include "report/quantities.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <ctime>
#include <string_view>

namespace stepcache::report {
namespace {

constexpr std::int64_t k_millisecond = 1'000'000;
constexpr std::int64_t k_second = 1'000'000'000;
constexpr std::int64_t k_minute = 60 * k_second;
constexpr std::int64_t k_hour = 60 * k_minute;
constexpr std::int64_t k_day = 24 * k_hour;

std::tm local(std::int64_t wall_ns) {
  const auto seconds = static_cast<std::time_t>(wall_ns / k_second);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  return parts;
}

std::string two_units(std::int64_t large, const char* large_name, std::int64_t small, const char* small_name) {
  if (small == 0) return fmt::format("{} {}", large, large_name);
  return fmt::format("{} {} {} {}", large, large_name, small, small_name);
}

}  // namespace

std::string duration_text(std::int64_t nanoseconds) {
  if (nanoseconds < 0) nanoseconds = 0;
  // Rounded in the unit that is shown, so that 999.7 ms is 1.0 s and 59.96 s is 1 min.
  const std::int64_t microseconds = (nanoseconds + k_millisecond / 2000) / (k_millisecond / 1000);
  if (microseconds > 0 && microseconds < 1000) return fmt::format("{} us", microseconds);
  const std::int64_t milliseconds = (nanoseconds + k_millisecond / 2) / k_millisecond;
  if (milliseconds < 1000) return fmt::format("{} ms", milliseconds);
  const std::int64_t tenths = (nanoseconds + k_second / 20) / (k_second / 10);
  if (tenths < 600) return fmt::format("{}.{} s", tenths / 10, tenths % 10);
  const std::int64_t seconds = (nanoseconds + k_second / 2) / k_second;
  if (seconds < 3600) return two_units(seconds / 60, "min", seconds % 60, "s");
  const std::int64_t minutes = (seconds + 30) / 60;
  if (minutes < std::int64_t{24} * 60) return two_units(minutes / 60, "h", minutes % 60, "min");
  const std::int64_t hours = (minutes + 30) / 60;
  return two_units(hours / 24, "d", hours % 24, "h");
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 6> k_units = {"B", "kB", "MB", "GB", "TB", "PB"};
  constexpr std::uint64_t k_step = 1000;
  if (bytes < k_step) return fmt::format("{} B", bytes);
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  // 999.95 would print as 1000.0.
  while (value >= 999.5 && unit + 1 < k_units.size()) {
    value /= static_cast<double>(k_step);
    ++unit;
  }
  return value < 9.95 ? fmt::format("{:.1f} {}", value, k_units[unit]) : fmt::format("{:.0f} {}", value, k_units[unit]);
}

std::string count_text(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string counted(std::uint64_t count, const char* noun) {
  return fmt::format("{} {}{}", count_text(count), noun, count == 1 ? "" : "s");
}

std::string when_text(std::int64_t wall_ns, std::int64_t now_wall_ns) {
  const std::int64_t age = now_wall_ns - wall_ns;
  if (age < 0 || age >= k_day) return fmt::format("{:%Y-%m-%d %H:%M}", local(wall_ns));
  if (age < 10 * k_second) return "just now";
  if (age < k_minute) return fmt::format("{} s ago", age / k_second);
  if (age < k_hour) return fmt::format("{} min ago", age / k_minute);
  return fmt::format("{} h ago", age / k_hour);
}

std::string time_text(std::int64_t wall_ns) { return fmt::format("{:%Y-%m-%d %H:%M:%S}", local(wall_ns)); }

}  // namespace stepcache::report
