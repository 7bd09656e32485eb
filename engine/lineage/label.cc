#include "lineage/label.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "lineage/utf8.h"

namespace stepcache::lineage {
namespace {

constexpr std::string_view k_ellipsis = "…";

struct Range {
  char32_t first;
  char32_t last;
};

constexpr std::array k_zero_width = {
    Range{0x0300, 0x036F},   Range{0x0483, 0x0489},   Range{0x0591, 0x05BD}, Range{0x0610, 0x061A},
    Range{0x064B, 0x065F},   Range{0x0670, 0x0670},   Range{0x06D6, 0x06DC}, Range{0x093C, 0x093C},
    Range{0x0941, 0x0948},   Range{0x094D, 0x094D},   Range{0x0E31, 0x0E31}, Range{0x0E34, 0x0E3A},
    Range{0x0E47, 0x0E4E},   Range{0x1AB0, 0x1AFF},   Range{0x1DC0, 0x1DFF}, Range{0x200B, 0x200F},
    Range{0x2060, 0x2065},   Range{0x20D0, 0x20FF},   Range{0xFE00, 0xFE0F}, Range{0xFE20, 0xFE2F},
    Range{0x1F3FB, 0x1F3FF}, Range{0xE0001, 0xE01EF},
};
constexpr std::array k_wide = {
    Range{0x1100, 0x115F},   Range{0x231A, 0x231B}, Range{0x23E9, 0x23F3},   Range{0x2614, 0x2615},
    Range{0x26A1, 0x26A1},   Range{0x2705, 0x2705}, Range{0x274C, 0x274C},   Range{0x2728, 0x2728},
    Range{0x2B50, 0x2B50},   Range{0x2E80, 0x303E}, Range{0x3041, 0x4DBF},   Range{0x4E00, 0xA4CF},
    Range{0xA960, 0xA97C},   Range{0xAC00, 0xD7A3}, Range{0xF900, 0xFAFF},   Range{0xFE30, 0xFE6F},
    Range{0xFF00, 0xFF60},   Range{0xFFE0, 0xFFE6}, Range{0x1F000, 0x1F3FA}, Range{0x1F400, 0x1FAFF},
    Range{0x20000, 0x3FFFD},
};

bool contains(std::span<const Range> ranges, char32_t c) {
  const auto after = std::upper_bound(ranges.begin(), ranges.end(), c,
                                      [](char32_t value, const Range& range) { return value < range.first; });
  return after != ranges.begin() && c <= std::prev(after)->last;
}

int columns_of(char32_t c) {
  if (c < 0x300) return 1;
  if (contains(k_zero_width, c)) return 0;
  return contains(k_wide, c) ? 2 : 1;
}

// Thousandths of the font size, from ' ' to '~'.
constexpr std::array<short, 95> k_ascii_widths = {
    318,  401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337,  //  !"#$%&'()*+,-./
    636,  636, 636, 636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531,  // 0-9:;<=>?
    1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787,  // @A-O
    603,  787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500,  // P-Z[\]^_
    500,  613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612,  // `a-o
    635,  635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,       // p-z{|}~
};

double em_of(char32_t c) {
  if (c >= ' ' && c <= '~') return k_ascii_widths[c - ' '] / 1000.0;
  const int cells = columns_of(c);
  if (cells == 0) return 0;
  if (cells == 2) return 1.3;  // colour emoji are wider than their em
  if (c == 0xB7) return 0.318;
  return c < 0x250 ? 0.79 : 1.0;
}

// What may not be parted: a character, what combines with it, and what a joiner joins to it.
struct Cluster {
  std::size_t begin = 0;
  std::size_t end = 0;
  double width = 0;
};

template <class WidthOf>
std::vector<Cluster> clusters(std::string_view text, WidthOf width_of) {
  constexpr char32_t k_joiner = 0x200D;
  std::vector<Cluster> all;
  bool joined = false;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Step step = decode_utf8(text, at);
    const double width = width_of(step.code_point);
    if (all.empty() || (columns_of(step.code_point) != 0 && !joined)) {
      all.push_back({at, at + step.length, width});
    } else {
      all.back().end = at + step.length;
      all.back().width += width;  // not every font can draw the joined form
    }
    joined = step.code_point == k_joiner;
    at += step.length;
  }
  return all;
}

template <class WidthOf>
std::string fit(std::string_view text, double limit, Cut cut, WidthOf width_of) {
  const std::vector<Cluster> all = clusters(text, width_of);
  double total = 0;
  for (const Cluster& cluster : all) total += cluster.width;
  if (total <= limit) return std::string(text);
  double room = limit - width_of(U'…');
  if (cut == Cut::end) {
    std::size_t end = 0;
    for (const Cluster& cluster : all) {
      room -= cluster.width;
      if (room < 0) break;
      end = cluster.end;
    }
    return std::string(text.substr(0, end)) + std::string(k_ellipsis);
  }
  std::size_t begin = text.size();
  for (auto cluster = all.rbegin(); cluster != all.rend(); ++cluster) {
    room -= cluster->width;
    if (room < 0) break;
    begin = cluster->begin;
  }
  return std::string(k_ellipsis) + std::string(text.substr(begin));
}

template <class WidthOf>
double total_width(std::string_view text, WidthOf width_of) {
  double total = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Step step = decode_utf8(text, at);
    total += width_of(step.code_point);
    at += step.length;
  }
  return total;
}

auto px_of(double font_px, bool bold) {
  return [scale = font_px * (bold ? 1.15 : 1.0)](char32_t c) { return em_of(c) * scale; };
}

}  // namespace

int columns(std::string_view text) { return static_cast<int>(total_width(text, columns_of)); }

double width_px(std::string_view text, double font_px, bool bold) { return total_width(text, px_of(font_px, bold)); }

std::string fit_columns(std::string_view text, int limit, Cut cut) { return fit(text, limit, cut, columns_of); }

std::string fit_px(std::string_view text, double font_px, bool bold, double limit_px, Cut cut) {
  return fit(text, limit_px, cut, px_of(font_px, bold));
}

std::string duration_text(std::int64_t duration_ns) {
  constexpr std::int64_t k_second = 1'000'000'000;
  const auto seconds = duration_ns / k_second;
  const double real = static_cast<double>(duration_ns);
  if (duration_ns < 1'000'000) return fmt::format("{} us", duration_ns / 1000);
  if (duration_ns < 999'500'000) return fmt::format("{:.0f} ms", real / 1e6);
  if (duration_ns < 59'950'000'000) return fmt::format("{:.1f} s", real / 1e9);
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {} min", seconds / 3600, seconds % 3600 / 60);
}

std::string size_text(std::uint64_t size_bytes) {
  constexpr std::array<std::string_view, 6> k_units = {"kB", "MB", "GB", "TB", "PB", "EB"};
  if (size_bytes < 1000) return fmt::format("{} B", size_bytes);
  double value = static_cast<double>(size_bytes) / 1000;
  std::size_t unit = 0;
  while (value >= 999.95) value /= 1000, ++unit;
  return fmt::format("{:.1f} {}", value, k_units[unit]);
}

}  // namespace stepcache::lineage
