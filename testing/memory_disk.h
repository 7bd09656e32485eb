#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "platform/file_system.h"

namespace stepcache::testing {

// One inode of a MemoryDisk: what it holds now, and what would be left of it after a power cut.
struct MemoryNode {
  enum class Kind : std::uint8_t { file, directory, link };
  using Names = std::map<std::string, std::shared_ptr<MemoryNode>>;  // sorted as bytes

  Kind kind = Kind::file;
  std::uint64_t inode = 0;
  std::uint32_t mode = 0;
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;
  std::string content;          // of a file; of a link its target
  std::string durable_content;  // at the last sync
  Names names;                  // of a directory
  Names durable_names;

  platform::FileInfo info() const;
};
using MemoryNodePtr = std::shared_ptr<MemoryNode>;

// The tree of inodes behind a MemoryFileSystem. Failures are errno values, as the system would give them. Not
// thread-safe.
class MemoryDisk {
 public:
  MemoryDisk();

  // A node, or why not. `error` is 0 exactly when there is a node.
  struct Found {
    MemoryNodePtr node;
    int error = 0;
  };
  // The node with that name. Links on the way are followed, one at the end when `follow` is set.
  Found find(const std::filesystem::path& name, bool follow) const;
  // The directory that holds the name, or would hold it. The root directory is held by none: EBUSY.
  Found parent(const std::filesystem::path& name) const;

  // A new node under a name that is free in an existing directory.
  MemoryNodePtr add(MemoryNode& directory, const std::string& name, MemoryNode::Kind kind, std::uint32_t mode,
                    std::int64_t now_ns);

  // Absolute, without "." and "..", without a slash at the end.
  static std::filesystem::path normal(const std::filesystem::path& name);

  // Draws one of so many alternatives: a number below `alternatives`.
  using Choice = std::function<std::uint64_t(std::uint64_t alternatives)>;
  // Keeps what was synced, and of the rest what `choose` draws; nothing of it without `choose`.
  void cut_power(const Choice& choose);

 private:
  void cut_directory(MemoryNode& directory, const Choice& choose) const;
  void cut_file(MemoryNode& file, const Choice& choose) const;

  MemoryNodePtr root_;
  std::uint64_t next_inode_ = 2;
};

}  // namespace stepcache::testing
