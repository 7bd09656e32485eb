#include "report/code_words.h"

#include <fmt/format.h>

#include "report/quantities.h"
#include "report/table.h"

namespace stepcache::report {

std::string counted_parts(std::uint64_t count, std::string_view kind) {
  const std::string number = count_text(count);
  if (kind == "data") return fmt::format("{} data object{}", number, count == 1 ? "" : "s");
  std::string word = shown(kind);
  if (count == 1) return number + " " + word;
  if (word.ends_with('y')) return fmt::format("{} {}ies", number, word.substr(0, word.size() - 1));
  return fmt::format("{} {}s", number, word);
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " and " : ", ";
    text += words[i];
  }
  return text;
}

std::string place_text(std::string_view file, std::uint32_t line) {
  if (file.empty()) return "";
  return line == 0 ? shown(file) : fmt::format("{}:{}", shown(file), line);
}

}  // namespace stepcache::report
