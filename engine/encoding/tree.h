#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "digest/digest.h"
#include "result/result.h"

namespace stepcache::encoding {

// One part of a multi-part value, or one file of a folder.
struct TreeEntry {
  std::string name;  // any bytes but NUL; see TreeNames
  Digest digest;     // of the part's bytes
  std::uint64_t size_bytes = 0;
  bool is_tree = false;  // the bytes are a tree's manifest themselves
  friend bool operator==(const TreeEntry&, const TreeEntry&) = default;
};

// What the entries' names are.
enum class TreeNames : std::uint8_t {
  parts,  // of a value's parts: not empty, no '/', not "." or ".."
  paths,  // relative paths within a folder: such names joined by '/'; none is another one's folder
};

// The bytes of a tree: a JSON document that lists the entries, sorted by the bytes of their names. One set of entries
// has one manifest. A folder's empty sub-folder is an entry whose bytes are the empty tree of paths. Errors:
// invalid_argument for a name that is not allowed or comes twice.
Result<std::string> encode_tree(std::vector<TreeEntry> entries, TreeNames names = TreeNames::parts);

struct Tree {
  TreeNames names = TreeNames::parts;
  std::vector<TreeEntry> entries;  // sorted
};
// Reads what encode_tree wrote. Errors: unsupported_format for a later format; damaged for bytes that encode_tree would
// not have written, byte for byte.
Result<Tree> decode_whole_tree(Bytes bytes);
// The entries alone.
Result<std::vector<TreeEntry>> decode_tree(Bytes bytes);

// How the bytes of every tree of this format begin.
std::string_view tree_prefix();

}  // namespace stepcache::encoding
