#include "platform/file_system.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "digest/sha256.h"
#include "platform/unique_name.h"

namespace stepcache::platform {
namespace {

using std::filesystem::path;

constexpr std::uint64_t k_block_bytes = 1U << 20U;

// Memory that is read into before it is read from.
class Block {
 public:
  explicit Block(std::uint64_t size)
      : size_(static_cast<std::size_t>(size)), bytes_(std::make_unique_for_overwrite<std::byte[]>(size_)) {}
  std::span<std::byte> span() { return {bytes_.get(), size_}; }

 private:
  std::size_t size_;
  std::unique_ptr<std::byte[]> bytes_;
};

// A block for a file of that size: one byte more, so that most files end within the first.
Block block_for(std::uint64_t size_bytes) { return Block(std::min(size_bytes, k_block_bytes - 1) + 1); }

// Reads from offset 0 to the end; gives the bytes read.
template <class Visit>
Result<std::uint64_t> each_block(ReadableFile& file, std::uint64_t expected_bytes, Visit visit) {
  Block block = block_for(expected_bytes);
  std::uint64_t offset = 0;
  while (true) {
    STEPCACHE_TRY_ASSIGN(const std::size_t got, file.read_at(block.span(), offset));
    if (got == 0) return offset;
    STEPCACHE_TRY(visit(Bytes(block.span().first(got))));
    offset += got;
  }
}

path folder_of(const path& name) { return name.has_parent_path() ? name.parent_path() : path("."); }

// Short, so that a name of the longest length allowed has a neighbour too.
path temporary_beside(const path& name) { return folder_of(name) / (".stepcache-" + unique_name()); }

// Creates `temporary`, has it filled and closed, and renames it over `to`; removes it when anything fails.
template <class Fill>
Result<void> fill_and_rename(FileSystem& files, const path& temporary, const path& to, std::uint32_t mode, Fill fill) {
  auto written = [&]() -> Result<void> {
    STEPCACHE_TRY_ASSIGN(const auto file, files.create(temporary, mode));
    STEPCACHE_TRY(fill(*file));
    STEPCACHE_TRY(file->close());
    return files.rename(temporary, to);
  }();
  if (!written) (void)files.remove(temporary);
  return written;
}

}  // namespace

Result<std::string> read_whole(FileSystem& files, const path& name, std::uint64_t limit_bytes) {
  STEPCACHE_TRY_ASSIGN(const auto file, files.open(name));
  STEPCACHE_TRY_ASSIGN(const FileInfo info, file->info());
  const auto too_large = [&](std::uint64_t size_bytes) {
    return fail(ErrorCode::io,
                fmt::format("the file has {} bytes or more; at most {} are allowed here", size_bytes, limit_bytes),
                name.native());
  };
  if (info.identity.size_bytes > limit_bytes) return too_large(info.identity.size_bytes);

  // The size is a hint only: the file may grow, and files of /proc say 0.
  std::string content;
  constexpr std::uint64_t k_least_room = 4096;
  const std::uint64_t room = std::max(info.identity.size_bytes + 1, k_least_room);
  if (room > content.max_size()) return too_large(info.identity.size_bytes);
  content.resize(static_cast<std::size_t>(room));
  std::size_t filled = 0;
  while (true) {
    if (filled == content.size()) content.resize(content.size() * 2);
    STEPCACHE_TRY_ASSIGN(const std::size_t got,
                         file->read_at(std::as_writable_bytes(std::span(content).subspan(filled)), filled));
    if (got == 0) break;
    filled += got;
    if (filled > limit_bytes) return too_large(filled);
  }
  content.resize(filled);
  return content;
}

Result<HashedFile> hash_file(FileSystem& files, const path& name) {
  constexpr int k_attempts = 3;
  Sha256 hasher;
  for (int attempt = 0; attempt < k_attempts; ++attempt) {
    STEPCACHE_TRY_ASSIGN(const auto file, files.open(name));
    STEPCACHE_TRY_ASSIGN(const FileInfo before, file->info());
    STEPCACHE_TRY_ASSIGN(const std::uint64_t read_bytes,
                         each_block(*file, before.identity.size_bytes, [&](Bytes bytes) -> Result<void> {
                           hasher.update(bytes);
                           return {};
                         }));
    const Digest digest = hasher.finish();
    STEPCACHE_TRY_ASSIGN(const FileInfo after, file->info());
    if (before.identity == after.identity && read_bytes == after.identity.size_bytes) return HashedFile{digest, after};
  }
  return fail(ErrorCode::busy,
              "the file changed while it was read, three times in a row; run again when nothing writes to it",
              name.native());
}

Result<void> replace_file(FileSystem& files, const path& name, Bytes content, std::uint32_t mode) {
  const auto fill = [&](WritableFile& file) -> Result<void> {
    STEPCACHE_TRY(file.append(content));
    return file.sync();
  };
  STEPCACHE_TRY(fill_and_rename(files, temporary_beside(name), name, mode, fill));
  return files.sync_directory(folder_of(name));
}

Result<void> copy_file(FileSystem& files, const path& from, const path& to, std::uint32_t mode) {
  STEPCACHE_TRY_ASSIGN(const auto source, files.open(from));
  STEPCACHE_TRY_ASSIGN(const FileInfo info, source->info());
  return fill_and_rename(files, temporary_beside(to), to, mode, [&](WritableFile& file) -> Result<void> {
    STEPCACHE_TRY(each_block(*source, info.identity.size_bytes, [&](Bytes bytes) { return file.append(bytes); }));
    return {};
  });
}

Result<void> remove_tree(FileSystem& files, const path& name) {
  // With an explicit stack: a tree may be deeper than the program's own. A directory is met twice, before and after
  // what is in it.
  struct Visit {
    path name;
    bool emptied = false;
  };
  std::vector<Visit> stack = {{name}};
  while (!stack.empty()) {
    Visit& current = stack.back();
    if (!current.emptied) {
      // The name itself, not what a link points to: nothing outside of the tree may be touched.
      const auto info = files.stat_link(current.name);
      if (!info && info.error().code == ErrorCode::not_found) {
        stack.pop_back();
        continue;
      }
      if (!info) return fail(info.error());
      if (info->type == FileType::directory) {
        current.emptied = true;
        const path folder = current.name;
        STEPCACHE_TRY_ASSIGN(const auto names, files.list(folder));
        for (const std::string& inside : names) stack.push_back({folder / inside});
        continue;
      }
    }
    STEPCACHE_TRY(files.remove(current.name));
    stack.pop_back();
  }
  return {};
}

}  // namespace stepcache::platform
