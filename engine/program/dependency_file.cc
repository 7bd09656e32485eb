#include "program/dependency_file.h"

#include <unordered_set>
#include <utility>

namespace stepcache::program {
namespace {

class Names {
 public:
  void add(std::string name) {
    if (!name.empty() && seen_.insert(name).second) names_.push_back(std::move(name));
  }
  std::vector<std::string> take() { return std::move(names_); }

 private:
  std::unordered_set<std::string> seen_;
  std::vector<std::string> names_;
};

}  // namespace

std::vector<std::string> parse_compiler_dependencies(std::string_view text) {
  const std::size_t colon = text.find(": ");
  if (colon == std::string_view::npos) return {};
  text.remove_prefix(colon + 2);
  while (text.ends_with('\n')) text.remove_suffix(1);
  Names names;
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (c == ' ') {
      names.add(std::exchange(name, {}));
    } else if (c == '\\' && next == '\n') {
      ++i;
    } else if (c == '\\' && (next == '#' || next == '\t')) {
      name += next;
      ++i;
    } else if (c == '\\') {
      // Backslashes before a space: each pair is one backslash, an odd one escapes the space.
      std::size_t end = i;
      while (end < text.size() && text[end] == '\\') ++end;
      const std::size_t count = end - i;
      if (end < text.size() && text[end] == ' ') {
        name.append(count / 2, '\\');
        if (count % 2 == 1) {
          name += ' ';
          ++end;
        }
      } else {
        name.append(count, '\\');
      }
      i = end - 1;
    } else if (c == '$' && next == '$') {
      name += '$';
      ++i;
    } else {
      name += c;
    }
  }
  names.add(std::move(name));
  return names.take();
}

std::vector<std::string> parse_linker_dependencies(std::string_view text) {
  constexpr std::string_view k_next = " \\\n  ";
  text = text.substr(0, text.find("\n\n"));
  while (text.ends_with('\n')) text.remove_suffix(1);
  std::size_t at = text.find(k_next);  // after the target and its colon
  Names names;
  while (at != std::string_view::npos) {
    at += k_next.size();
    const std::size_t end = text.find(k_next, at);
    names.add(std::string(text.substr(at, end - at)));
    at = end;
  }
  return names.take();
}

}  // namespace stepcache::program
