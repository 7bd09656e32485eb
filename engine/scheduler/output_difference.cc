#include "scheduler/output_difference.h"

#include <fmt/format.h>

#include <algorithm>

#include "encoding/difference.h"

namespace stepcache::scheduler {
namespace {

using execution::StoredBytes;

constexpr std::uint64_t k_most_bytes = std::uint64_t{4} << 20U;

Result<std::string> head_of(platform::FileSystem& files, const StoredBytes& stored) {
  if (const auto* content = std::get_if<std::string>(&stored.where)) return *content;
  STEPCACHE_TRY_ASSIGN(const auto file, files.open(std::get<std::filesystem::path>(stored.where)));
  std::string head(static_cast<std::size_t>(std::min(stored.size_bytes, k_most_bytes)), '\0');
  std::size_t got = 0;
  while (got < head.size()) {
    STEPCACHE_TRY_ASSIGN(const std::size_t more,
                         file->read_at(std::as_writable_bytes(std::span(head).subspan(got)), got));
    if (more == 0) break;
    got += more;
  }
  head.resize(got);
  return head;
}

std::string without(std::string_view which, const Error& error) {
  return fmt::format("where cannot be told, since the {} bytes cannot be read: {}", which, error.message);
}

}  // namespace

std::string output_difference(StoredResults& results, platform::FileSystem& files, std::string_view type_tag,
                              const metadata::OutputRecord& before, const metadata::OutputRecord& now) {
  const auto whole_left = results.load(before);
  if (!whole_left) return without("earlier", whole_left.error());
  const auto whole_right = results.load(now);
  if (!whole_right) return without("new", whole_right.error());
  // Down to the first part that differs.
  const StoredBytes* left = &*whole_left;
  const StoredBytes* right = &*whole_right;
  std::string path;
  while (!left->parts.empty() && !right->parts.empty()) {
    const std::size_t both = std::min(left->parts.size(), right->parts.size());
    std::size_t at = 0;
    while (at < both && left->parts[at].name == right->parts[at].name &&
           left->parts[at].bytes.digest == right->parts[at].bytes.digest) {
      ++at;
    }
    if (at == both || left->parts[at].name != right->parts[at].name) {
      // Names are sorted: the smaller one is missing on the other side.
      const bool gone = at == right->parts.size() ||
                        (at < left->parts.size() && left->parts[at].name < right->parts[at].name);
      const auto& part = gone ? left->parts[at] : right->parts[at];
      return fmt::format("{}{} is {}", path, part.name, gone ? "gone" : "new");
    }
    path += left->parts[at].name + '/';
    left = &left->parts[at].bytes;
    right = &right->parts[at].bytes;
  }
  if (!path.empty()) path.back() = ':';
  const auto left_head = head_of(files, *left);
  if (!left_head) return without("earlier", left_head.error());
  const auto right_head = head_of(files, *right);
  if (!right_head) return without("new", right_head.error());
  // A part's type is that of no port: its form tells what it is.
  const std::string text =
      encoding::first_difference(path.empty() ? type_tag : std::string_view(), {as_bytes(*left_head), left->size_bytes},
                                 {as_bytes(*right_head), right->size_bytes});
  return path.empty() ? text : path + " " + text;
}

}  // namespace stepcache::scheduler
