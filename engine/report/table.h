#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace stepcache::report {

// Columns that `text` (printable, as shown gives) takes on a terminal: wide East Asian characters and emoji take two,
// combining marks none.
std::size_t display_width(std::string_view text);
// At most `width` columns of it, with "..." where it was cut.
std::string shortened(std::string_view text, std::size_t width);
// `text` with spaces up to `width` columns.
std::string padded(std::string_view text, std::size_t width);

// Bytes from outside (names, messages, paths), made safe to print on one line: control characters and what is not UTF-8
// are shown as escapes.
std::string shown(std::string_view bytes);
// The same for text of several lines: its line breaks stay.
std::string shown_lines(std::string_view bytes, std::string_view indent = {});

// Aligned columns, two spaces apart, without lines drawn. Cells must be printable; the last column is not padded.
class Table {
 public:
  enum class Align : unsigned char { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
  };
  // Without any title no head is printed.
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // Missing cells are empty.
  void add(std::vector<std::string> cells);
  // All rows, each ended by a newline, after `indent`.
  std::string text(std::string_view indent = {}) const;
  bool empty() const { return rows_.empty(); }

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace stepcache::report
