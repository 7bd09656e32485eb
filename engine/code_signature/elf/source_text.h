#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stepcache::code_signature {

// The text of one C or C++ source file, and where its functions and statements end. No parser: braces and parentheses
// are matched with comments, strings, character constants and preprocessor lines left out. What an odd macro hides is
// not found, and callers then keep to the lines that they know. Lines are counted from 1.
class SourceText {
 public:
  explicit SourceText(std::string text);

  std::uint32_t line_count() const { return static_cast<std::uint32_t>(starts_.size()); }
  // The lines [first, last], each with its newline; cut after a whole line so as not to exceed 64 KiB.
  std::string lines(std::uint32_t first, std::uint32_t last) const;

  // The line of the brace that closes the function (or the type) declared at `line`; of the `;` of a declaration
  // without a body. Of the last brace where a list of initialisers or handlers goes before or after the body.
  std::optional<std::uint32_t> end_of_function(std::uint32_t line) const;
  // The line of the `;` that ends the statement that starts at `line`.
  std::optional<std::uint32_t> end_of_statement(std::uint32_t line) const;

  struct Lines {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    friend bool operator==(const Lines&, const Lines&) = default;
  };
  // The innermost definition of a function `name` ("fit", "~Tree", "operator+"; "operator()" is also a lambda) whose
  // head or body `line` is part of: from the line of its name to that of its closing brace.
  std::optional<Lines> function_around(std::string_view name, std::uint32_t line) const;

 private:
  struct Block {
    std::size_t head = 0;  // after the `;`, `{` or `}` before it
    std::size_t open = 0;
    std::size_t close = 0;
  };
  std::uint32_t line_of(std::size_t offset) const;
  void find_blocks();

  std::string text_;
  std::string code_;                 // of the same length, blanks for what is no code
  std::vector<std::size_t> starts_;  // offset of each line
  std::vector<Block> blocks_;        // ordered by `open`
};

}  // namespace stepcache::code_signature
