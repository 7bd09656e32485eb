#include "encoding/tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "encoding/json.h"

namespace stepcache::encoding {
namespace {

constexpr std::string_view k_prefix = R"({"schema":"stepcache.tree/1",)";
constexpr std::string_view k_any_prefix = R"({"schema":"stepcache.tree/)";

std::string_view word(TreeNames names) { return names == TreeNames::parts ? "parts" : "paths"; }

bool is_part_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

bool is_path(std::string_view path) {
  while (true) {
    const std::size_t slash = path.find('/');
    if (!is_part_name(path.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

auto refused(std::string_view name, std::string_view why) {
  std::string quoted;
  append_json_text(quoted, name);
  return fail(ErrorCode::invalid_argument, fmt::format("{} cannot be the name of a tree's part: {}", quoted, why));
}

Result<void> check_names(const std::vector<TreeEntry>& sorted, TreeNames names) {
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const std::string_view name = sorted[i].name;
    if (names == TreeNames::parts && !is_part_name(name)) {
      return refused(name, "a name is not empty, not \".\" or \"..\", and holds no '/' and no NUL");
    }
    if (names == TreeNames::paths && !is_path(name)) {
      return refused(name, "a path is relative, without \".\", \"..\", empty names and NUL");
    }
    if (i > 0 && sorted[i - 1].name == name) return refused(name, "it comes twice");
    // Entries that are files and folders at once could not be put back.
    for (std::size_t slash = name.find('/'); slash != std::string_view::npos; slash = name.find('/', slash + 1)) {
      const std::string_view folder = name.substr(0, slash);
      const auto found = std::lower_bound(sorted.begin(), sorted.end(), folder,
                                          [](const TreeEntry& entry, auto wanted) { return entry.name < wanted; });
      if (found != sorted.end() && found->name == folder) return refused(folder, "it is another part's folder");
    }
  }
  return {};
}

Result<TreeEntry> read_entry(JsonReader& reader) {
  TreeEntry entry;
  STEPCACHE_TRY(reader.begin_map());
  STEPCACHE_TRY(reader.key("name"));
  STEPCACHE_TRY_ASSIGN(entry.name, reader.text());
  STEPCACHE_TRY(reader.key("size_bytes"));
  STEPCACHE_TRY_ASSIGN(entry.size_bytes, reader.unsigned_integer());
  STEPCACHE_TRY(reader.key("digest"));
  STEPCACHE_TRY_ASSIGN(const std::string hex, reader.text());
  const auto digest = Digest::from_hex(hex);
  if (!digest) return fail(ErrorCode::damaged, "a tree's manifest holds a digest that is none");
  entry.digest = *digest;
  STEPCACHE_TRY(reader.key("tree"));
  STEPCACHE_TRY_ASSIGN(entry.is_tree, reader.boolean());
  STEPCACHE_TRY(reader.end_map());
  return entry;
}

Result<Tree> read_tree(const JsonValue& document) {
  Tree tree;
  JsonReader reader(document);
  STEPCACHE_TRY(reader.begin_map());
  STEPCACHE_TRY(reader.key("schema"));
  STEPCACHE_TRY(reader.text());
  STEPCACHE_TRY(reader.key("names"));
  STEPCACHE_TRY_ASSIGN(const std::string names, reader.text());
  tree.names = names == word(TreeNames::paths) ? TreeNames::paths : TreeNames::parts;
  STEPCACHE_TRY(reader.key("entries"));
  STEPCACHE_TRY_ASSIGN(const std::size_t count, reader.begin_list());
  tree.entries.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    STEPCACHE_TRY_ASSIGN(auto entry, read_entry(reader));
    tree.entries.push_back(std::move(entry));
  }
  STEPCACHE_TRY(reader.end_list());
  STEPCACHE_TRY(reader.end_map());
  return tree;
}

}  // namespace

std::string_view tree_prefix() { return k_prefix; }

Result<std::string> encode_tree(std::vector<TreeEntry> entries, TreeNames names) {
  std::sort(entries.begin(), entries.end(), [](const TreeEntry& a, const TreeEntry& b) { return a.name < b.name; });
  STEPCACHE_TRY(check_names(entries, names));
  std::string out(k_prefix);
  out += fmt::format(R"("names":"{}","entries":[)", word(names));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    out += i == 0 ? "\n{\"name\":" : ",\n{\"name\":";
    append_json_text(out, entries[i].name);
    out += fmt::format(R"(,"size_bytes":{},"digest":"{}","tree":{}}})", entries[i].size_bytes, entries[i].digest.hex(),
                       entries[i].is_tree);
  }
  out += "\n]}\n";
  return out;
}

Result<Tree> decode_whole_tree(Bytes bytes) {
  const std::string_view text = as_text(bytes);
  if (text.starts_with(k_any_prefix) && !text.starts_with(k_prefix)) {
    return fail(ErrorCode::unsupported_format,
                "the tree's manifest is of a format that this version cannot read; use a newer Stepcache");
  }
  if (!text.starts_with(k_prefix)) return fail(ErrorCode::damaged, "these bytes are no tree's manifest");
  STEPCACHE_TRY_ASSIGN(const JsonValue document, parse_json(bytes));
  STEPCACHE_TRY_ASSIGN(Tree tree, read_tree(document));
  // The one test that leaves no other spelling, order or name.
  const auto again = encode_tree(tree.entries, tree.names);
  if (!again || *again != text) return fail(ErrorCode::damaged, "the tree's manifest is not in its one form");
  return tree;
}

Result<std::vector<TreeEntry>> decode_tree(Bytes bytes) {
  STEPCACHE_TRY_ASSIGN(Tree tree, decode_whole_tree(bytes));
  return std::move(tree.entries);
}

}  // namespace stepcache::encoding
