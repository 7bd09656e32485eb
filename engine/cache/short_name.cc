#include "cache/short_name.h"

#include <optional>

namespace stepcache::cache {
namespace {

constexpr std::size_t k_longest = 24;  // characters of template arguments that are shown

// Whether the `<` or `>` at `at` is part of the name of an operator, or of an arrow.
bool is_operator(std::string_view name, std::size_t at) {
  constexpr std::string_view k_operator = "operator";
  if (name[at] == '>' && at > 0 && name[at - 1] == '-') return true;
  std::size_t begin = at;
  while (begin > 0 && std::string_view("<>=-").find(name[begin - 1]) != std::string_view::npos) --begin;
  return begin >= k_operator.size() && name.substr(begin - k_operator.size(), k_operator.size()) == k_operator;
}

// Where the list that begins at `open` ends.
std::optional<std::size_t> closing(std::string_view name, std::size_t open) {
  std::size_t depth = 0;
  for (std::size_t i = open; i < name.size(); ++i) {
    if ((name[i] != '<' && name[i] != '>') || is_operator(name, i)) continue;
    if (name[i] == '<') ++depth;
    if (name[i] == '>' && --depth == 0) return i;
  }
  return std::nullopt;
}

}  // namespace

std::string short_name(std::string_view name) {
  std::string text;
  for (std::size_t i = 0; i < name.size(); ++i) {
    text += name[i];
    if (name[i] != '<' || is_operator(name, i)) continue;
    const auto end = closing(name, i);
    if (!end || *end - i - 1 <= k_longest) continue;
    text += "...";
    i = *end - 1;
  }
  return text;
}

}  // namespace stepcache::cache
