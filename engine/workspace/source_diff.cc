#include "workspace/source_diff.h"

#include <algorithm>
#include <dtl/dtl.hpp>

namespace stepcache::workspace {
namespace {

constexpr std::size_t k_context = 3;
constexpr std::size_t k_longest = 5000;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::uint32_t numbered(std::uint32_t first, long long index) {
  return first == 0 ? 0 : first + static_cast<std::uint32_t>(index - 1);
}

bool is_common(const DiffLine& line) { return line.mark == ' '; }

// Of each run of changes what went first, then what came: the library mixes them.
void order_changes(std::vector<DiffLine>& lines) {
  auto from = lines.begin();
  while (true) {
    from = std::find_if_not(from, lines.end(), is_common);
    if (from == lines.end()) return;
    const auto to = std::find_if(from, lines.end(), is_common);
    std::stable_partition(from, to, [](const DiffLine& line) { return line.mark == '-'; });
    from = to;
  }
}

std::vector<DiffLine> near_changes(std::vector<DiffLine> lines) {
  std::vector<bool> wanted(lines.size(), false);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (is_common(lines[i])) continue;
    const std::size_t first = i < k_context ? 0 : i - k_context;
    for (std::size_t near = first; near <= std::min(i + k_context, lines.size() - 1); ++near) wanted[near] = true;
  }
  std::vector<DiffLine> made;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (wanted[i]) made.push_back(std::move(lines[i]));
  }
  return made;
}

}  // namespace

std::vector<DiffLine> source_diff(std::string_view before, std::uint32_t before_line, std::string_view now,
                                  std::uint32_t now_line) {
  const std::vector<std::string> old_lines = lines_of(before);
  const std::vector<std::string> new_lines = lines_of(now);
  if (old_lines.size() > k_longest || new_lines.size() > k_longest) return {};
  dtl::Diff<std::string> diff(old_lines, new_lines);
  diff.compose();
  std::vector<DiffLine> lines;
  for (auto& [text, where] : diff.getSes().getSequence()) {
    DiffLine line;
    line.text = std::move(text);
    if (where.type != dtl::SES_ADD) line.before_line = numbered(before_line, where.beforeIdx);
    if (where.type != dtl::SES_DELETE) line.now_line = numbered(now_line, where.afterIdx);
    line.mark = where.type == dtl::SES_ADD ? '+' : where.type == dtl::SES_DELETE ? '-' : ' ';
    lines.push_back(std::move(line));
  }
  order_changes(lines);
  return near_changes(std::move(lines));
}

}  // namespace stepcache::workspace
