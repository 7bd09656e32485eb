#include "testing/memory_disk.h"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <set>
#include <vector>

namespace stepcache::testing {
namespace {

using std::filesystem::path;

constexpr std::uint32_t k_may_enter = 0100;
constexpr std::uint64_t k_device = 1;

std::deque<std::string> parts_of(const path& name) {
  std::deque<std::string> parts;
  for (const path& part : name.relative_path()) {
    if (!part.empty() && part != ".") parts.push_back(part.native());
  }
  return parts;
}

}  // namespace

platform::FileInfo MemoryNode::info() const {
  platform::FileInfo info;
  info.identity = {k_device, inode, kind == Kind::directory ? 0 : content.size(), mtime_ns, ctime_ns};
  info.type = kind == Kind::file        ? platform::FileType::regular
              : kind == Kind::directory ? platform::FileType::directory
                                        : platform::FileType::other;
  info.mode = mode;
  return info;
}

MemoryDisk::MemoryDisk() : root_(std::make_shared<MemoryNode>()) {
  root_->kind = MemoryNode::Kind::directory;
  root_->inode = 1;
  root_->mode = 0755;
}

path MemoryDisk::normal(const path& name) {
  path normal = ("/" / name).lexically_normal();
  if (!normal.has_filename() && normal.has_relative_path()) normal = normal.parent_path();
  return normal;
}

MemoryDisk::Found MemoryDisk::find(const path& name, bool follow) const {
  constexpr int k_most_links = 40;
  std::deque<std::string> rest = parts_of(name);
  std::vector<MemoryNodePtr> above;
  MemoryNodePtr current = root_;
  int links = 0;
  while (!rest.empty()) {
    const std::string part = std::move(rest.front());
    rest.pop_front();
    if (current->kind != MemoryNode::Kind::directory) return {nullptr, ENOTDIR};
    if ((current->mode & k_may_enter) == 0) return {nullptr, EACCES};
    if (part == "..") {
      if (!above.empty()) {
        current = above.back();
        above.pop_back();
      }
      continue;
    }
    const auto found = current->names.find(part);
    if (found == current->names.end()) return {nullptr, ENOENT};
    const MemoryNodePtr& next = found->second;
    if (next->kind == MemoryNode::Kind::link && (follow || !rest.empty())) {
      if (++links > k_most_links) return {nullptr, ELOOP};
      const path target = next->content;
      if (target.is_absolute()) {
        current = root_;
        above.clear();
      }
      const auto parts = parts_of(target);
      rest.insert(rest.begin(), parts.begin(), parts.end());
      continue;
    }
    above.push_back(current);
    current = next;
  }
  return {current, 0};
}

MemoryDisk::Found MemoryDisk::parent(const path& name) const {
  const path normal_name = normal(name);
  if (!normal_name.has_relative_path()) return {nullptr, EBUSY};
  Found found = find(normal_name.parent_path(), true);
  if (found.error != 0) return found;
  if (found.node->kind != MemoryNode::Kind::directory) return {nullptr, ENOTDIR};
  if ((found.node->mode & k_may_enter) == 0) return {nullptr, EACCES};
  return found;
}

MemoryNodePtr MemoryDisk::add(MemoryNode& directory, const std::string& name, MemoryNode::Kind kind, std::uint32_t mode,
                              std::int64_t now_ns) {
  auto node = std::make_shared<MemoryNode>();
  node->kind = kind;
  node->inode = next_inode_++;
  node->mode = mode;
  node->mtime_ns = node->ctime_ns = now_ns;
  directory.names[name] = node;
  directory.mtime_ns = directory.ctime_ns = now_ns;
  return node;
}

void MemoryDisk::cut_power(const Choice& choose) {
  // A directory that was moved can be under its old and its new name now; it stays under the first that is met.
  std::set<const MemoryNode*> met;
  std::vector<MemoryNodePtr> stack = {root_};
  while (!stack.empty()) {
    const MemoryNodePtr node = std::move(stack.back());
    stack.pop_back();
    if (node->kind == MemoryNode::Kind::file) cut_file(*node, choose);
    if (node->kind != MemoryNode::Kind::directory) continue;
    cut_directory(*node, choose);
    for (auto entry = node->names.begin(); entry != node->names.end();) {
      if (met.insert(entry->second.get()).second) {
        stack.push_back(entry->second);
        ++entry;
      } else if (entry->second->kind == MemoryNode::Kind::directory) {
        entry = node->names.erase(entry);
      } else {
        ++entry;
      }
    }
    node->durable_names = node->names;
  }
}

void MemoryDisk::cut_directory(MemoryNode& directory, const Choice& choose) const {
  MemoryNode::Names kept = directory.durable_names;
  if (choose) {
    for (const auto& [name, node] : directory.names) {
      const auto durable = directory.durable_names.find(name);
      const bool changed = durable == directory.durable_names.end() || durable->second != node;
      if (changed && choose(2) == 1) kept[name] = node;
    }
    for (const auto& [name, node] : directory.durable_names) {
      if (!directory.names.contains(name) && choose(2) == 1) kept.erase(name);
    }
  }
  directory.names = std::move(kept);
}

void MemoryDisk::cut_file(MemoryNode& file, const Choice& choose) const {
  if (file.content != file.durable_content && choose) {
    const std::size_t synced = std::min(file.durable_content.size(), file.content.size());
    const std::size_t reached = synced + static_cast<std::size_t>(choose(file.content.size() - synced + 1));
    switch (choose(4)) {
      case 0:  // nothing of it
        file.content = file.durable_content;
        break;
      case 1:  // up to some length
        file.content.resize(reached);
        break;
      case 2:  // all of the length, but only some of the blocks
        std::fill(file.content.begin() + static_cast<std::ptrdiff_t>(reached), file.content.end(), '\0');
        break;
      default:  // all of it
        break;
    }
  } else {
    file.content = file.durable_content;
  }
  file.durable_content = file.content;
}

}  // namespace stepcache::testing
