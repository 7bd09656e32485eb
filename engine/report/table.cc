#include "report/table.h"

#include <algorithm>
#include <array>

#include "lineage/escape.h"
#include "lineage/utf8.h"

namespace stepcache::report {
namespace {

struct Range {
  char32_t first, last;
};
// Blocks of wide characters (Unicode 15, East Asian Width W and F), coarse: whole blocks.
constexpr std::array k_wide = {
    Range{0x1100, 0x115F},   Range{0x2E80, 0x303E},   Range{0x3041, 0xA4CF},   Range{0xA960, 0xA97F},
    Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},   Range{0xFE30, 0xFE6F},   Range{0xFF00, 0xFF60},
    Range{0xFFE0, 0xFFE6},   Range{0x1F300, 0x1F64F}, Range{0x1F680, 0x1F6FF}, Range{0x1F900, 0x1FAFF},
    Range{0x20000, 0x3FFFD},
};
constexpr std::array k_no_width = {
    Range{0x0300, 0x036F}, Range{0x0483, 0x0489}, Range{0x0591, 0x05BD}, Range{0x064B, 0x065F},   Range{0x200B, 0x200F},
    Range{0x20D0, 0x20FF}, Range{0xFE00, 0xFE0F}, Range{0xFE20, 0xFE2F}, Range{0xE0100, 0xE01EF},
};

template <std::size_t N>
bool in(const std::array<Range, N>& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(), [c](const Range& r) { return c >= r.first && c <= r.last; });
}

std::size_t width_of(char32_t c) {
  if (c < 0x300) return 1;
  if (in(k_no_width, c)) return 0;
  return in(k_wide, c) ? 2 : 1;
}

// Length of the escape sequence that begins here (colours that we put in ourselves), or 0.
std::size_t escape_length(std::string_view text, std::size_t at) {
  if (text[at] != '\x1b' || at + 1 >= text.size() || text[at + 1] != '[') return 0;
  const std::size_t end = text.find('m', at);
  return end == std::string_view::npos ? 0 : end + 1 - at;
}

constexpr std::string_view k_gap = "  ";

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (const std::size_t escape = escape_length(text, at); escape > 0) {
      at += escape;
      continue;
    }
    const lineage::Utf8Step step = lineage::decode_utf8(text, at);
    width += width_of(step.code_point);
    at += step.length;
  }
  return width;
}

std::string shortened(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  constexpr std::string_view k_cut = "...";
  if (width <= k_cut.size()) return std::string(k_cut.substr(0, width));
  std::size_t used = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const lineage::Utf8Step step = lineage::decode_utf8(text, at);
    const std::size_t next = used + width_of(step.code_point);
    if (next > width - k_cut.size()) break;
    used = next;
    at += step.length;
  }
  return std::string(text.substr(0, at)) + std::string(k_cut);
}

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  const std::size_t has = display_width(text);
  if (has < width) out.append(width - has, ' ');
  return out;
}

std::string shown(std::string_view bytes) { return lineage::one_line(bytes); }

std::string shown_lines(std::string_view bytes, std::string_view indent) {
  while (!bytes.empty() && bytes.back() == '\n') bytes.remove_suffix(1);
  std::string out;
  while (true) {
    const std::size_t end = bytes.find('\n');
    out += indent;
    out += shown(bytes.substr(0, end));
    if (end == std::string_view::npos) return out;
    out.push_back('\n');
    bytes.remove_prefix(end + 1);
  }
}

void Table::add(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::string Table::text(std::string_view indent) const {
  std::vector<std::size_t> widths;
  bool titled = false;
  for (const Column& column : columns_) {
    widths.push_back(display_width(column.title));
    titled = titled || !column.title.empty();
  }
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  std::string out;
  const auto add_line = [&](const auto& cell_of) {
    std::string line(indent);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) line += k_gap;
      const std::string& cell = cell_of(i);
      const std::string space(widths[i] - display_width(cell), ' ');
      if (columns_[i].align == Align::right) line += space;
      line += cell;
      if (columns_[i].align == Align::left) line += space;
    }
    line.resize(line.find_last_not_of(' ') + 1);
    out += line;
    out.push_back('\n');
  };
  if (titled) add_line([&](std::size_t i) -> const std::string& { return columns_[i].title; });
  for (const auto& row : rows_) add_line([&](std::size_t i) -> const std::string& { return row[i]; });
  return out;
}

}  // namespace stepcache::report
