#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "digest/digest.h"
#include "result/result.h"

namespace stepcache::platform {

// What tells, without reading, that a file is still the same one: any write through the file system changes one of
// these.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size_bytes = 0;
  std::int64_t mtime_ns = 0;  // since 1970-01-01 UTC
  std::int64_t ctime_ns = 0;

  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

enum class FileType : std::uint8_t { regular, directory, other };

struct FileInfo {
  FileIdentity identity;
  FileType type = FileType::other;
  std::uint32_t mode = 0;   // permission bits, 07777
  std::uint32_t owner = 0;  // user id
};

// An open file to read. Not thread-safe. The file stays readable when its name is removed.
class ReadableFile {
 public:
  virtual ~ReadableFile() = default;
  // Reads up to buffer.size() bytes at `offset`; 0 only at the end of the file. Errors: io.
  virtual Result<std::size_t> read_at(std::span<std::byte> buffer, std::uint64_t offset) = 0;
  // The open file's own identity (fstat).
  virtual Result<FileInfo> info() = 0;
};

// A file being written, from its start. Not thread-safe. Destroying it closes it; what was not synced may be lost.
class WritableFile {
 public:
  virtual ~WritableFile() = default;
  // Appends all of `bytes`, or fails (io: no space, device gone). After a failure the file's content is undefined.
  virtual Result<void> append(Bytes bytes) = 0;
  // On return the content is on the medium (fdatasync).
  virtual Result<void> sync() = 0;
  // Closes and reports late errors. No other call may follow.
  virtual Result<void> close() = 0;
};

// Files, as the engine uses them: everything above reads and writes through this contract, so that tests can put a disk
// in memory behind it, fill it, and lose what was not synced. Thread-safe. Every call may block on the device.
// Errors: not_found (no such file or directory), io (everything else); `where` is the path, the message the system's
// and what to do about it.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // Follows symbolic links.
  virtual Result<FileInfo> stat(const std::filesystem::path& path) = 0;
  // The name itself: a symbolic link is FileType::other.
  virtual Result<FileInfo> stat_link(const std::filesystem::path& path) = 0;
  // A regular file; a directory, a pipe or a device is an io error (reading one could block for ever, or never end).
  virtual Result<std::unique_ptr<ReadableFile>> open(const std::filesystem::path& path) = 0;
  // A new file, of `mode` less the process's umask; fails with io when the name exists.
  virtual Result<std::unique_ptr<WritableFile>> create(const std::filesystem::path& path, std::uint32_t mode) = 0;
  // Atomic; replaces the file `to`. Changes the renamed file's ctime.
  virtual Result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  // A file, a symbolic link (never what it points to) or an empty directory. A name that is not there is not an error.
  virtual Result<void> remove(const std::filesystem::path& path) = 0;
  // Changes the file's ctime. Follows symbolic links.
  virtual Result<void> set_mode(const std::filesystem::path& path, std::uint32_t mode) = 0;
  // With its parents, each new one of `mode` less the umask. A directory that is there already is not an error, and
  // keeps its mode; another kind of file of that name is an io error.
  virtual Result<void> make_directories(const std::filesystem::path& path, std::uint32_t mode) = 0;
  // The names in a directory, sorted as bytes, without "." and "..".
  virtual Result<std::vector<std::string>> list(const std::filesystem::path& path) = 0;
  // On return the file's content is on the medium (fdatasync), whoever wrote it.
  virtual Result<void> sync_file(const std::filesystem::path& path) = 0;
  // On return, names created, renamed or removed in the directory are on the medium.
  virtual Result<void> sync_directory(const std::filesystem::path& path) = 0;
};

// The operating system's own.
FileSystem& real_file_system();

// --- Made of the above; each works with any FileSystem.

// All of a file. A file of more than `limit_bytes` is an io error.
Result<std::string> read_whole(FileSystem& files, const std::filesystem::path& path,
                               std::uint64_t limit_bytes = UINT64_MAX);
// SHA-256 of a file, read in pieces of 1 MiB, with the identity that held before and after reading; when the file moved
// meanwhile it is read again, up to three times, then the error is busy.
struct HashedFile {
  Digest digest;
  FileInfo info;
};
Result<HashedFile> hash_file(FileSystem& files, const std::filesystem::path& path);
// Writes a temporary file beside `path`, syncs it, renames it over `path` and syncs the directory: after a crash the
// old or the new content is there, whole. After an error `path` is as it was, unless only the last sync failed. A
// symbolic link at `path` is replaced, not followed.
Result<void> replace_file(FileSystem& files, const std::filesystem::path& path, Bytes content, std::uint32_t mode);
// Copies a file to a new temporary name beside `to` and renames it over `to`. Not synced. After an error `to` is as it
// was.
Result<void> copy_file(FileSystem& files, const std::filesystem::path& from, const std::filesystem::path& to,
                       std::uint32_t mode);
// Removes a directory and all in it; symbolic links are removed, not followed. One that is not there is not an error; a
// file is removed like a directory.
Result<void> remove_tree(FileSystem& files, const std::filesystem::path& path);

}  // namespace stepcache::platform
