#include "code_signature/elf/source_text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace stepcache::code_signature {
namespace {

constexpr std::size_t k_most_bytes = std::size_t{64} << 10U;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}
bool is_hex_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }

// Where the quoted constant that starts at `at` ends: after its quote, or at the end of the line.
std::size_t after_quoted(std::string_view text, std::size_t at) {
  const char quote = text[at++];
  for (; at < text.size() && text[at] != '\n'; ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == quote) {
      return at + 1;
    }
  }
  return std::min(at, text.size());
}

// Of a raw string, whose opening quote is at `at`.
std::size_t after_raw_string(std::string_view text, std::size_t at) {
  const std::size_t open = text.find('(', at);
  if (open == std::string_view::npos || open - at > 17) return after_quoted(text, at);
  const std::string end = ")" + std::string(text.substr(at + 1, open - at - 1)) + "\"";
  const std::size_t found = text.find(end, open);
  return found == std::string_view::npos ? text.size() : found + end.size();
}

bool is_raw(std::string_view text, std::size_t quote) {
  if (quote == 0 || text[quote - 1] != 'R') return false;
  std::size_t start = quote - 1;
  while (start > 0 && is_word(text[start - 1])) --start;
  const std::string_view prefix = text.substr(start, quote - start);
  return prefix == "R" || prefix == "LR" || prefix == "uR" || prefix == "UR" || prefix == "u8R";
}

// After a line and those that a backslash joins to it.
std::size_t after_joined_lines(std::string_view text, std::size_t at) {
  for (;;) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) return text.size();
    if (end == 0 || text[end - 1] != '\\') return end;
    at = end + 1;
  }
}

std::string without_comments_and_strings(std::string_view text) {
  std::string code(text);
  const auto blank = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      if (code[i] != '\n') code[i] = ' ';
    }
  };
  bool line_is_empty = true;  // so far
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("//") || (line_is_empty && rest.starts_with('#'))) {
      end = after_joined_lines(text, at);
      blank(at, end);
    } else if (rest.starts_with("/*")) {
      const std::size_t found = text.find("*/", at + 2);
      end = found == std::string_view::npos ? text.size() : found + 2;
      blank(at, end);
    } else if (text[at] == '"') {
      end = is_raw(text, at) ? after_raw_string(text, at) : after_quoted(text, at);
      blank(at, end);
    } else if (text[at] == '\'' && (at == 0 || !is_hex_digit(text[at - 1]))) {
      // 1'000 is a number; L'x' and u'x' are characters.
      end = after_quoted(text, at);
      blank(at, end);
    }
    if (text[at] == '\n') {
      line_is_empty = true;
    } else if (!is_space(text[at])) {
      line_is_empty = false;
    }
    at = end;
  }
  return code;
}

// The name in `head` that is followed by an argument list, as the offset of its start; of the first one, since the
// initialisers of a constructor may name it again.
std::optional<std::size_t> find_declared(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find(name); at != std::string_view::npos; at = head.find(name, at + 1)) {
    if (at > 0 && is_word(name.front()) && is_word(head[at - 1])) continue;
    std::size_t end = at + name.size();
    if (end < head.size() && is_word(name.back()) && is_word(head[end])) continue;
    while (end < head.size() && is_space(head[end])) ++end;
    if (end < head.size() && head[end] == '<') end = std::min(head.find('(', end), head.size());
    if (end < head.size() && head[end] == '(') return at;
  }
  return std::nullopt;
}

// Whether the head of a block is that of a control statement, a call or an expression: its parentheses are open, or it
// starts with one of these words.
bool is_no_declaration(std::string_view head) {
  int depth = 0;
  for (const char c : head) {
    if (c == '(') ++depth;
    if (c == ')' && --depth < 0) return true;
  }
  if (depth != 0) return true;
  std::size_t start = 0;
  while (start < head.size() && is_space(head[start])) ++start;
  std::size_t end = start;
  while (end < head.size() && is_word(head[end])) ++end;
  const std::string_view word = head.substr(start, end - start);
  static constexpr std::array<std::string_view, 11> k_words = {"if",    "else",   "for",  "while", "do",       "switch",
                                                               "catch", "return", "case", "throw", "co_return"};
  return std::find(k_words.begin(), k_words.end(), word) != k_words.end();
}

// The `[` that introduces the lambda whose body follows `head`.
std::optional<std::size_t> find_lambda(std::string_view head) {
  int depth = 0;
  for (std::size_t at = head.size(); at-- > 0;) {
    if (head[at] == ')' || head[at] == ']') ++depth;
    if (head[at] != '(' && head[at] != '[') continue;
    if (--depth < 0) return std::nullopt;
    if (head[at] == '[' && depth == 0) {
      std::size_t before = at;
      while (before > 0 && is_space(head[before - 1])) --before;
      // values[0], not [x]
      const bool is_index = before > 0 && (is_word(head[before - 1]) || head[before - 1] == ']');
      if (!is_index || head.substr(0, before).ends_with("return")) return at;
    }
  }
  return std::nullopt;
}

}  // namespace

SourceText::SourceText(std::string text) : text_(std::move(text)), code_(without_comments_and_strings(text_)) {
  for (std::size_t at = 0; at < text_.size();) {
    starts_.push_back(at);
    const std::size_t end = text_.find('\n', at);
    at = end == std::string::npos ? text_.size() : end + 1;
  }
  find_blocks();
}

void SourceText::find_blocks() {
  std::vector<std::size_t> open;  // positions in blocks_
  std::size_t head = 0;
  int parentheses = 0;  // since `head`: the ; in for (;;) ends nothing
  for (std::size_t at = 0; at < code_.size(); ++at) {
    switch (code_[at]) {
      case '{':
        open.push_back(blocks_.size());
        blocks_.push_back({head, at, code_.size()});
        break;
      case '}':
        if (!open.empty()) {
          blocks_[open.back()].close = at;
          open.pop_back();
        }
        break;
      case '(':
        ++parentheses;
        continue;
      case ')':
        parentheses = std::max(0, parentheses - 1);
        continue;
      case ';':
        if (parentheses > 0) continue;
        break;
      default:
        continue;
    }
    head = at + 1;
    parentheses = 0;
  }
}

std::uint32_t SourceText::line_of(std::size_t offset) const {
  return static_cast<std::uint32_t>(std::upper_bound(starts_.begin(), starts_.end(), offset) - starts_.begin());
}

std::string SourceText::lines(std::uint32_t first, std::uint32_t last) const {
  if (first == 0 || first > line_count() || last < first) return "";
  const std::size_t start = starts_[first - 1];
  std::size_t end = last >= line_count() ? text_.size() : starts_[last];
  if (end - start > k_most_bytes) {
    const std::size_t newline = text_.rfind('\n', start + k_most_bytes - 1);
    end = newline == std::string::npos || newline < start ? start + k_most_bytes : newline + 1;
  }
  return text_.substr(start, end - start);
}

std::optional<std::uint32_t> SourceText::end_of_function(std::uint32_t line) const {
  if (line == 0 || line > line_count()) return std::nullopt;
  int parentheses = 0;
  for (std::size_t at = starts_[line - 1]; at < code_.size(); ++at) {
    const char c = code_[at];
    if (c == '(') ++parentheses;
    // The arguments of a call that holds a lambda close after it.
    if (c == ')') parentheses = std::max(0, parentheses - 1);
    if (c == ';' && parentheses == 0) return line_of(at);
    if (c != '{') continue;
    const auto block = std::lower_bound(blocks_.begin(), blocks_.end(), at,
                                        [](const Block& b, std::size_t offset) { return b.open < offset; });
    if (block == blocks_.end() || block->close >= code_.size()) return std::nullopt;
    at = block->close;
    if (parentheses > 0) {
      // A default argument, or a lambda among a call's arguments, which ends here.
      if (find_lambda(std::string_view(code_).substr(block->head, block->open - block->head))) return line_of(at);
      continue;
    }
    std::size_t next = at + 1;
    while (next < code_.size() && is_space(code_[next])) ++next;
    const std::string_view rest = std::string_view(code_).substr(next);
    if (rest.starts_with(',') || rest.starts_with('{') || rest.starts_with("catch")) continue;
    return line_of(at);
  }
  return std::nullopt;
}

std::optional<std::uint32_t> SourceText::end_of_statement(std::uint32_t line) const {
  if (line == 0 || line > line_count()) return std::nullopt;
  int depth = 0;
  for (std::size_t at = starts_[line - 1]; at < code_.size(); ++at) {
    const char c = code_[at];
    if (c == '(' || c == '{' || c == '[') ++depth;
    if ((c == ')' || c == '}' || c == ']') && --depth < 0) return std::nullopt;
    if (c == ';' && depth == 0) return line_of(at);
  }
  return std::nullopt;
}

std::optional<SourceText::Lines> SourceText::function_around(std::string_view name, std::uint32_t line) const {
  if (name.empty() || line == 0 || line > line_count()) return std::nullopt;
  const std::size_t line_start = starts_[line - 1];
  const std::size_t line_end = line >= line_count() ? code_.size() : starts_[line];
  // Innermost first: of the blocks that hold the line, the one opened last.
  const auto past = std::lower_bound(blocks_.begin(), blocks_.end(), line_end,
                                     [](const Block& b, std::size_t offset) { return b.open < offset; });
  // The head may stand before its brace by some lines.
  auto last = past;
  while (last != blocks_.end() && last->head < line_end) ++last;
  for (auto block = last; block != blocks_.begin();) {
    --block;
    if (block->close < line_start || block->close >= code_.size()) continue;
    const std::string_view head = std::string_view(code_).substr(block->head, block->open - block->head);
    std::optional<std::size_t> found;
    if (!is_no_declaration(head)) found = find_declared(head, name);
    if (!found && name == "operator()") found = find_lambda(head);
    if (!found) continue;
    const std::uint32_t first = line_of(block->head + *found);
    if (first > line) continue;
    const std::uint32_t end = line_of(block->close);
    return Lines{first, std::max(end, end_of_function(first).value_or(end))};
  }
  return std::nullopt;
}

}  // namespace stepcache::code_signature
