#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// How much room a text takes, and how it is cut to fit. Texts are as one_line gives them.
namespace stepcache::lineage {

// Columns on a terminal: 0 for combining and joining characters, 2 for wide ones and emoji.
int columns(std::string_view text);

// Width in pixels in a proportional sans-serif, an upper bound for the usual ones: the advance widths of DejaVu Sans,
// the widest of them.
double width_px(std::string_view text, double font_px, bool bold);

// Where the ellipsis goes: paths are told apart by their ends.
enum class Cut : std::uint8_t { end, start };

// The text itself, or the longest part of it that fits with an ellipsis. Never cuts inside a character or between one
// and what combines with it.
std::string fit_columns(std::string_view text, int limit, Cut cut = Cut::end);
std::string fit_px(std::string_view text, double font_px, bool bold, double limit_px, Cut cut = Cut::end);

// 840 us, 12 ms, 1.2 s, 4 min 3 s, 2 h 5 min
std::string duration_text(std::int64_t duration_ns);
// 0 B, 512 B, 41.2 kB, 1.3 MB (decimal)
std::string size_text(std::uint64_t size_bytes);

}  // namespace stepcache::lineage
