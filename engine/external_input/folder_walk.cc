#include "external_input/folder_walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "digest/field_hasher.h"
#include "external_input/file_observation.h"

namespace stepcache::external_input {
namespace {

constexpr std::uint64_t k_format = 1;
// Links can make a few folders look like any number of them.
constexpr std::size_t k_most_entries = 10'000'000;

enum class EntryKind : std::uint8_t { file, folder, loop, broken };

struct Entry {
  EntryKind kind = EntryKind::file;
  std::string path;  // relative to the folder
  Digest digest;
  std::uint64_t number = 0;  // a file's size; a loop's levels up
};

std::string below(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + "/" + name;
}

// One walk, with an explicit stack: a tree may be deeper than the program's own.
class FolderWalk {
 public:
  FolderWalk(const Context& context, const std::filesystem::path& root) : context_(context), root_(root) {}

  // False when the folder changed under the walk.
  Result<bool> run() {
    STEPCACHE_TRY_ASSIGN(const platform::FileInfo info, context_.files.stat(root_));
    STEPCACHE_TRY(enter("", info.identity));
    while (!stack_.empty() && !changed_) {
      Folder& top = stack_.back();
      if (top.next == top.names.size()) {
        stack_.pop_back();
        continue;
      }
      STEPCACHE_TRY(visit(below(top.path, top.names[top.next++])));
    }
    return !changed_ && unchanged();
  }

  Observation take() {
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.path < b.path; });
    FieldHasher hasher;
    hasher.begin("stepcache.folder").unsigned_integer(k_format);
    for (const Entry& entry : entries_) add(hasher, entry);
    seen_.digest = hasher.end().finish();
    return std::move(seen_);
  }

 private:
  struct Folder {
    std::string path;
    platform::FileIdentity identity;
    std::vector<std::string> names;
    std::size_t next = 0;
  };

  std::filesystem::path absolute(const std::string& path) const { return path.empty() ? root_ : root_ / path; }

  Result<void> enter(const std::string& path, const platform::FileIdentity& identity) {
    auto names = context_.files.list(absolute(path));
    if (!names && names.error().code == ErrorCode::not_found) {
      changed_ = true;
      return {};
    }
    if (!names) return fail(std::move(names).error());
    walked_.emplace_back(path, identity);
    stack_.push_back({path, identity, std::move(*names)});
    return {};
  }

  Result<void> visit(std::string path) {
    if (entries_.size() == k_most_entries) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("the folder has more than {} entries, links followed; give the step the sub-folders or "
                              "files that it reads",
                              k_most_entries),
                  root_.native());
    }
    const std::filesystem::path name = absolute(path);
    const auto info = context_.files.stat(name);
    if (!info && info.error().code == ErrorCode::not_found) {
      // A link that points to nothing is an entry like any other; a name that is gone since it was listed is a change.
      if (context_.files.stat_link(name)) {
        entries_.push_back({EntryKind::broken, std::move(path), {}, 0});
      } else {
        changed_ = true;
      }
      return {};
    }
    if (!info) return fail(info.error());
    switch (info->type) {
      case platform::FileType::regular:
        return visit_file(std::move(path), name, *info);
      case platform::FileType::directory:
        return visit_folder(std::move(path), info->identity);
      case platform::FileType::other:
        break;
    }
    return fail(ErrorCode::invalid_argument,
                "a folder that a step reads may hold files and folders only, and this is a pipe, socket or device; "
                "remove it, or give the step another folder",
                name.native());
  }

  Result<void> visit_file(std::string path, const std::filesystem::path& name, const platform::FileInfo& info) {
    auto file = observe_file(context_, name, info);
    if (!file && file.error().code == ErrorCode::not_found) {
      changed_ = true;
      return {};
    }
    if (!file) return fail(std::move(file).error());
    seen_.size_bytes += file->size_bytes;
    if (file->to_remember) seen_.to_remember.push_back(std::move(*file->to_remember));
    entries_.push_back({EntryKind::file, std::move(path), file->digest, file->size_bytes});
    return {};
  }

  Result<void> visit_folder(std::string path, const platform::FileIdentity& identity) {
    const auto around = std::find_if(stack_.rbegin(), stack_.rend(), [&](const Folder& folder) {
      return folder.identity.device == identity.device && folder.identity.inode == identity.inode;
    });
    if (around != stack_.rend()) {
      const auto levels = static_cast<std::uint64_t>(around - stack_.rbegin());
      entries_.push_back({EntryKind::loop, std::move(path), {}, levels});
      return {};
    }
    entries_.push_back({EntryKind::folder, path, {}, 0});
    return enter(path, identity);
  }

  // Whether names came or went while the files were read.
  bool unchanged() {
    return std::all_of(walked_.begin(), walked_.end(), [&](const auto& folder) {
      const auto info = context_.files.stat(absolute(folder.first));
      return info && info->identity == folder.second;
    });
  }

  static void add(FieldHasher& hasher, const Entry& entry) {
    switch (entry.kind) {
      case EntryKind::file:
        hasher.begin("file").bytes(as_bytes(entry.path)).digest(entry.digest).unsigned_integer(entry.number).end();
        break;
      case EntryKind::folder:
        hasher.begin("folder").bytes(as_bytes(entry.path)).end();
        break;
      case EntryKind::loop:
        hasher.begin("loop").bytes(as_bytes(entry.path)).unsigned_integer(entry.number).end();
        break;
      case EntryKind::broken:
        hasher.begin("broken").bytes(as_bytes(entry.path)).end();
        break;
    }
  }

  const Context& context_;
  std::filesystem::path root_;
  std::vector<Folder> stack_;
  std::vector<std::pair<std::string, platform::FileIdentity>> walked_;
  std::vector<Entry> entries_;
  Observation seen_;
  bool changed_ = false;
};

}  // namespace

Result<Observation> observe_folder(const Context& context, const std::filesystem::path& folder) {
  constexpr int k_attempts = 3;
  for (int attempt = 0; attempt < k_attempts; ++attempt) {
    FolderWalk walk(context, folder);
    STEPCACHE_TRY_ASSIGN(const bool whole, walk.run());
    if (whole) return walk.take();
  }
  return fail(ErrorCode::busy,
              "files came or went in the folder while it was read, three times in a row; run again when nothing writes "
              "to it",
              folder.native());
}

}  // namespace stepcache::external_input
