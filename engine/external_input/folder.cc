#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "digest/sha256.h"
#include "encoding/tree.h"
#include "external_input/kinds.h"

namespace stepcache::external_input {
namespace {

using std::filesystem::path;

constexpr std::string_view k_workspace_name = ".stepcache";
// Links that cross each other can make very many paths of few files.
constexpr std::size_t k_most_files = 10'000'000;

auto changing(const path& name) {
  return fail(ErrorCode::busy,
              "the input folder changed while it was read, three times in a row; run again when nothing "
              "writes to it",
              name.native());
}

// One walk through a folder, with an explicit stack: folders may be nested deeper than the program's own stack.
class Walk {
 public:
  Walk(const Context& context, Observation& seen) : context_(context), seen_(seen) {}

  // False when the folder changed meanwhile.
  Result<bool> run(const path& root, const platform::FileInfo& info) {
    STEPCACHE_TRY_ASSIGN(bool whole, enter(root, "", info));
    while (whole && !open_.empty()) {
      Folder& folder = open_.back();
      if (folder.next == folder.names.size()) {
        STEPCACHE_TRY(leave());
      } else {
        const std::string name = folder.names[folder.next++];
        STEPCACHE_TRY_ASSIGN(whole, visit(folder.name / name, folder.prefix + name));
      }
    }
    if (!whole) return false;
    STEPCACHE_TRY_ASSIGN(const bool same, nothing_moved());
    if (!same) return false;
    STEPCACHE_TRY_ASSIGN(const std::string manifest,
                         encoding::encode_tree(std::move(entries_), encoding::TreeNames::paths));
    seen_.digest = sha256(manifest);
    return true;
  }

 private:
  struct Folder {
    path name;
    std::string prefix;  // of the relative paths in it: "", "a/", "a/b/"
    platform::FileIdentity identity;
    std::vector<std::string> names;
    std::size_t next = 0;
    bool empty = true;
  };

  Result<bool> enter(const path& name, std::string prefix, const platform::FileInfo& info) {
    const auto same = [&](const Folder& above) {
      return above.identity.device == info.identity.device && above.identity.inode == info.identity.inode;
    };
    if (std::any_of(open_.begin(), open_.end(), same)) {
      return fail(ErrorCode::invalid_argument,
                  "a link in the input folder leads back to a folder that it lies in, so there is no end to it; remove "
                  "the link, or give a folder without it",
                  name.native());
    }
    auto names = context_.files.list(name);
    if (!names && names.error().code == ErrorCode::not_found) return false;
    if (!names) return fail(std::move(names).error());
    folders_.emplace_back(name, info.identity);
    open_.push_back({name, std::move(prefix), info.identity, std::move(*names)});
    return true;
  }

  Result<void> leave() {
    const Folder folder = std::move(open_.back());
    open_.pop_back();
    if (!folder.empty || open_.empty()) return {};
    STEPCACHE_TRY_ASSIGN(const std::string nothing, encoding::encode_tree({}, encoding::TreeNames::paths));
    std::string name = folder.prefix.substr(0, folder.prefix.size() - 1);
    return add({std::move(name), sha256(nothing), nothing.size(), true}, folder.name);
  }

  // One name in the innermost open folder.
  Result<bool> visit(const path& name, const std::string& relative) {
    auto info = context_.files.stat(name);
    if (!info && info.error().code == ErrorCode::not_found) {
      // Gone since it was listed, or a link that is there.
      if (!context_.files.stat_link(name)) return false;
      return fail(ErrorCode::invalid_argument,
                  "a link in the input folder leads nowhere; remove it, or bring back what it points to",
                  name.native());
    }
    if (!info) return fail(std::move(info).error());
    if (info->type == platform::FileType::directory) {
      if (name.filename() == k_workspace_name) return true;
      open_.back().empty = false;
      return enter(name, relative + "/", *info);
    }
    open_.back().empty = false;
    if (info->type != platform::FileType::regular) {
      return fail(ErrorCode::invalid_argument,
                  "there is a pipe, a socket or a device in the input folder; remove it, or give a folder without it",
                  name.native());
    }
    auto content = content_of(context_, name, *info, seen_.to_remember);
    if (!content && content.error().code == ErrorCode::not_found) return false;
    if (!content) return fail(std::move(content).error());
    seen_.size_bytes += content->size_bytes;
    STEPCACHE_TRY(add({relative, content->digest, content->size_bytes, false}, name));
    return true;
  }

  Result<void> add(encoding::TreeEntry entry, const path& name) {
    if (entries_.size() == k_most_files) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("the input folder holds more than {} files; give a smaller one", k_most_files),
                  name.native());
    }
    entries_.push_back(std::move(entry));
    return {};
  }

  // A name that came or went after a folder was listed shows in that folder's times.
  Result<bool> nothing_moved() {
    for (const auto& [name, identity] : folders_) {
      auto now = context_.files.stat(name);
      if (!now && now.error().code == ErrorCode::not_found) return false;
      if (!now) return fail(std::move(now).error());
      if (now->identity != identity) return false;
    }
    return true;
  }

  const Context& context_;
  Observation& seen_;
  std::vector<Folder> open_;  // outermost first
  std::vector<std::pair<path, platform::FileIdentity>> folders_;
  std::vector<encoding::TreeEntry> entries_;
};

}  // namespace

Result<Observation> observe_folder(const Context& context, const path& name) {
  constexpr int k_attempts = 3;
  for (int attempt = 0; attempt < k_attempts; ++attempt) {
    auto info = context.files.stat(name);
    if (!info && info.error().code == ErrorCode::not_found) {
      return fail(ErrorCode::not_found,
                  "the input folder is not there; make it, or give another path (relative paths start at " +
                      context.working_directory.native() + ")",
                  name.native());
    }
    if (!info) return fail(std::move(info).error());
    if (info->type != platform::FileType::directory) {
      return fail(
          ErrorCode::invalid_argument,
          "the input should be a folder, but this is a file; give the folder that holds it, or declare the input "
          "as a file",
          name.native());
    }
    Observation seen;
    STEPCACHE_TRY_ASSIGN(const bool whole, Walk(context, seen).run(name, *info));
    if (whole) return seen;
  }
  return changing(name);
}

}  // namespace stepcache::external_input
