#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stepcache::workspace {

// One line of a unified difference.
struct DiffLine {
  char mark = ' ';                // ' ' in both, '-' only before, '+' only now
  std::uint32_t before_line = 0;  // line numbers in the two files; 0: not there, or not known
  std::uint32_t now_line = 0;
  std::string text;               // without its line break
  friend bool operator==(const DiffLine&, const DiffLine&) = default;
};

// What changed between two texts, with three lines around each change; nothing for equal texts. A text begins at the
// given line of its file; 0: not known. Texts of more than 5,000 lines give nothing: they are no function that somebody
// reads.
std::vector<DiffLine> source_diff(std::string_view before, std::uint32_t before_line, std::string_view now,
                                  std::uint32_t now_line);

}  // namespace stepcache::workspace
