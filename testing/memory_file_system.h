#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/clock.h"
#include "platform/file_system.h"

namespace stepcache::testing {

// How often one path was used since the start, or since forget_accesses(). What goes through an open file counts for
// the path at which it was opened.
struct Accesses {
  std::uint64_t stats = 0;
  std::uint64_t opens = 0;
  std::uint64_t reads = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t lists = 0;
  std::uint64_t changes = 0;  // created, written, renamed (either name), removed, given another mode
  std::uint64_t syncs = 0;
  friend bool operator==(const Accesses&, const Accesses&) = default;
};

// What goes wrong, and when. Every call that changes or syncs something is one operation; they are numbered from 1,
// also across threads: create, append, sync and close of an open file, rename, remove, set_mode, make_directories,
// sync_file, sync_directory. So a test that runs once without a fault learns how many there are, and then fails each in
// turn.
struct Fault {
  std::uint64_t operation = 0;          // this one, counted from the start of the file system
  Error error;                          // what it says
  std::uint64_t short_write_bytes = 0;  // an append writes this many bytes before it fails; other calls do nothing
  bool from_then_on = false;            // all later ones fail too: a disk that stays full, a process that is dead
};

// A disk in memory: directories, inodes, permissions, symbolic links, times by the given clock; open files survive the
// removal of their name. Permissions are those of an owner who is not root. Paths that are not absolute start at "/".
// The root directory is there from the start. Thread-safe. `clock` must outlive it and its open files.
class MemoryFileSystem final : public platform::FileSystem {
 public:
  explicit MemoryFileSystem(platform::Clock& clock);
  ~MemoryFileSystem() override;

  Result<platform::FileInfo> stat(const std::filesystem::path& path) override;
  Result<platform::FileInfo> stat_link(const std::filesystem::path& path) override;
  Result<std::unique_ptr<platform::ReadableFile>> open(const std::filesystem::path& path) override;
  Result<std::unique_ptr<platform::WritableFile>> create(const std::filesystem::path& path,
                                                         std::uint32_t mode) override;
  Result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  Result<void> remove(const std::filesystem::path& path) override;
  Result<void> set_mode(const std::filesystem::path& path, std::uint32_t mode) override;
  Result<void> make_directories(const std::filesystem::path& path, std::uint32_t mode) override;
  Result<std::vector<std::string>> list(const std::filesystem::path& path) override;
  Result<void> sync_file(const std::filesystem::path& path) override;
  Result<void> sync_directory(const std::filesystem::path& path) override;

  // --- As another program would, long enough ago to be on the medium: neither counted nor an operation. What is
  // impossible (a file where a folder should be) aborts.

  // Writes the file anew, in place (same inode), with its folders when they are missing.
  void write(const std::filesystem::path& path, std::string_view content, std::uint32_t mode = 0644);
  void make_link(const std::filesystem::path& path, const std::filesystem::path& target);
  // The content; nothing when no file is there.
  std::optional<std::string> content(const std::filesystem::path& path) const;
  bool exists(const std::filesystem::path& path) const;
  // Every file below, as paths in order of their bytes.
  std::vector<std::string> files_below(const std::filesystem::path& path) const;
  // Silent damage of the medium: one byte turns into another, and neither time nor size tells. Also on what was synced.
  void flip_byte(const std::filesystem::path& path, std::uint64_t offset);

  // --- What was done

  Accesses accesses(const std::filesystem::path& path) const;
  // Of all paths together.
  Accesses all_accesses() const;
  void forget_accesses();
  // How many operations there were.
  std::uint64_t operations() const;

  // --- What goes wrong

  // Until clear_faults(). Several may be set.
  void inject(Fault fault);
  void clear_faults();
  // Only so many bytes more can be written, then an append writes what fits and fails (no space); removing a file gives
  // its bytes back. Nothing: no limit.
  void set_free_bytes(std::optional<std::uint64_t> free_bytes);
  // Every operation fails as on a file system mounted for reading.
  void set_read_only(bool read_only);
  // A power cut that keeps only what was synced: a file's content as at its last sync (empty before the first), a
  // directory's names as at its last sync. Open files fail from here on.
  void lose_unsynced();
  // A power cut on a disk that had written some of it already: of each change that was not synced, a choice drawn from
  // `seed` survives: names one by one, contents up to some length. (A rename's two names are two changes.)
  void lose_unsynced(std::uint64_t seed);

 private:
  struct State;
  class OpenReader;
  class OpenWriter;

  std::shared_ptr<State> state_;
};

}  // namespace stepcache::testing
