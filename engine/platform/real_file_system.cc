#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <string_view>

#include "platform/descriptor.h"
#include "platform/file_system.h"
#include "platform/system_error.h"

namespace stepcache::platform {
namespace {

using std::filesystem::path;

constexpr std::uint32_t k_permission_bits = 07777;

std::int64_t to_ns(const timespec& time) {
  constexpr std::int64_t k_ns_per_second = 1'000'000'000;
  return std::int64_t{time.tv_sec} * k_ns_per_second + time.tv_nsec;
}

FileInfo to_info(const struct stat& status) {
  FileInfo info;
  info.identity = {status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size), to_ns(status.st_mtim),
                   to_ns(status.st_ctim)};
  info.type = S_ISREG(status.st_mode)   ? FileType::regular
              : S_ISDIR(status.st_mode) ? FileType::directory
                                        : FileType::other;
  info.mode = status.st_mode & k_permission_bits;
  info.owner = status.st_uid;
  return info;
}

// The system would take the part before a NUL for the name, and so act on another file.
Result<void> check_name(std::string_view action, const path& name) {
  if (name.native().find('\0') == std::string::npos) return {};
  std::string shown = name.native();
  std::replace(shown.begin(), shown.end(), '\0', '?');
  return fail(ErrorCode::io, "cannot " + std::string(action) + ": the name holds a NUL byte", shown);
}

auto failed(std::string_view action, const path& name) { return fail(system_error(errno, action, name)); }

class RealReadableFile final : public ReadableFile {
 public:
  RealReadableFile(Descriptor file, path name) : file_(std::move(file)), name_(std::move(name)) {}

  Result<std::size_t> read_at(std::span<std::byte> buffer, std::uint64_t offset) override {
    if (offset > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max())) return std::size_t{0};
    const ssize_t got = retry_interrupted(
        [&] { return ::pread(file_.get(), buffer.data(), buffer.size(), static_cast<off_t>(offset)); });
    if (got < 0) return failed("read", name_);
    return static_cast<std::size_t>(got);
  }

  Result<FileInfo> info() override {
    struct stat status{};
    if (::fstat(file_.get(), &status) != 0) return failed("look at", name_);
    return to_info(status);
  }

 private:
  Descriptor file_;
  path name_;
};

class RealWritableFile final : public WritableFile {
 public:
  RealWritableFile(Descriptor file, path name) : file_(std::move(file)), name_(std::move(name)) {}

  Result<void> append(Bytes bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = retry_interrupted([&] { return ::write(file_.get(), bytes.data(), bytes.size()); });
      if (written < 0) return failed("write", name_);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
  }

  Result<void> sync() override {
    if (retry_interrupted([&] { return ::fdatasync(file_.get()); }) != 0) return failed("sync", name_);
    return {};
  }

  Result<void> close() override {
    // Not retried: Linux frees the descriptor also when it says EINTR, and another thread may have it by now.
    if (::close(file_.release()) != 0 && errno != EINTR) return failed("close", name_);
    return {};
  }

 private:
  Descriptor file_;
  path name_;
};

class RealFileSystem final : public FileSystem {
 public:
  Result<FileInfo> stat(const path& name) override {
    STEPCACHE_TRY(check_name("look at", name));
    struct stat status{};
    if (::stat(name.c_str(), &status) != 0) return failed("look at", name);
    return to_info(status);
  }

  Result<FileInfo> stat_link(const path& name) override {
    STEPCACHE_TRY(check_name("look at", name));
    struct stat status{};
    if (::lstat(name.c_str(), &status) != 0) return failed("look at", name);
    return to_info(status);
  }

  Result<std::unique_ptr<ReadableFile>> open(const path& name) override {
    STEPCACHE_TRY(check_name("open", name));
    // Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
    Descriptor file(
        retry_interrupted([&] { return ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); }));
    if (!file) return failed("open", name);
    struct stat status{};
    if (::fstat(file.get(), &status) != 0) return failed("look at", name);
    if (S_ISDIR(status.st_mode)) return fail(system_error(EISDIR, "open", name));
    if (!S_ISREG(status.st_mode)) {
      return fail(ErrorCode::io, "cannot open: it is a pipe, a socket or a device; use a regular file", name.native());
    }
    return std::make_unique<RealReadableFile>(std::move(file), name);
  }

  Result<std::unique_ptr<WritableFile>> create(const path& name, std::uint32_t mode) override {
    STEPCACHE_TRY(check_name("create", name));
    Descriptor file(retry_interrupted(
        [&] { return ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, mode); }));
    if (!file) return failed("create", name);
    return std::make_unique<RealWritableFile>(std::move(file), name);
  }

  Result<void> rename(const path& from, const path& to) override {
    STEPCACHE_TRY(check_name("rename", from));
    STEPCACHE_TRY(check_name("rename", to));
    if (::rename(from.c_str(), to.c_str()) != 0) return failed("rename to " + to.native(), from);
    return {};
  }

  Result<void> remove(const path& name) override {
    STEPCACHE_TRY(check_name("remove", name));
    if (::unlink(name.c_str()) == 0 || errno == ENOENT || errno == ENOTDIR) return {};
    // Linux says EISDIR for a directory, POSIX EPERM.
    if (errno == EISDIR || errno == EPERM) {
      const int unlink_error = errno;
      if (::rmdir(name.c_str()) == 0 || errno == ENOENT) return {};
      if (errno == ENOTDIR) errno = unlink_error;
    }
    return failed("remove", name);
  }

  Result<void> set_mode(const path& name, std::uint32_t mode) override {
    STEPCACHE_TRY(check_name("set the permissions", name));
    if (::chmod(name.c_str(), mode) != 0) return failed("set the permissions", name);
    return {};
  }

  Result<void> make_directories(const path& name, std::uint32_t mode) override {
    STEPCACHE_TRY(check_name("make the folder", name));
    // Upward until one is there or can be made, then downward again.
    std::vector<path> missing;
    path current = name;
    while (true) {
      if (::mkdir(current.c_str(), mode) == 0) break;
      const int error = errno;
      struct stat status{};
      if (::stat(current.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) break;
      if (error != ENOENT || !current.has_parent_path() || current.parent_path() == current) {
        return fail(system_error(error, "make the folder", current));
      }
      // "a/b/" has the parent "a/b": the same folder, which only makes for one more round.
      missing.push_back(current);
      current = current.parent_path();
    }
    for (; !missing.empty(); missing.pop_back()) {
      const path& next = missing.back();
      if (::mkdir(next.c_str(), mode) == 0) continue;
      const int error = errno;
      struct stat status{};
      if (::stat(next.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
        return fail(system_error(error, "make the folder", next));
      }
    }
    return {};
  }

  Result<std::vector<std::string>> list(const path& name) override {
    STEPCACHE_TRY(check_name("list", name));
    struct Closer {
      void operator()(DIR* directory) const { ::closedir(directory); }
    };
    const std::unique_ptr<DIR, Closer> directory(::opendir(name.c_str()));
    if (!directory) return failed("list", name);
    std::vector<std::string> names;
    while (true) {
      errno = 0;
      const dirent* const entry = ::readdir(directory.get());
      if (entry == nullptr) break;
      const std::string_view found = static_cast<const char*>(entry->d_name);
      if (found != "." && found != "..") names.emplace_back(found);
    }
    if (errno != 0) return failed("list", name);
    std::sort(names.begin(), names.end());  // char_traits<char> compares as unsigned bytes
    return names;
  }

  Result<void> sync_file(const path& name) override {
    STEPCACHE_TRY(check_name("sync", name));
    const Descriptor file(retry_interrupted([&] { return ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); }));
    if (!file) return failed("sync", name);
    if (retry_interrupted([&] { return ::fdatasync(file.get()); }) != 0) return failed("sync", name);
    return {};
  }

  Result<void> sync_directory(const path& name) override {
    STEPCACHE_TRY(check_name("sync the folder", name));
    const Descriptor folder(
        retry_interrupted([&] { return ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY); }));
    if (!folder) return failed("sync the folder", name);
    // EINVAL: a file system that has nothing to sync for a directory (some network and user-space ones).
    if (retry_interrupted([&] { return ::fsync(folder.get()); }) != 0 && errno != EINVAL) {
      return failed("sync the folder", name);
    }
    return {};
  }
};

}  // namespace

FileSystem& real_file_system() {
  static RealFileSystem files;
  return files;
}

}  // namespace stepcache::platform
