#pragma once

#include <filesystem>

namespace stepcache::testing {

// A new folder on the real disk, with all in it gone at the end; its path is absolute and has no symbolic link in it.
// Aborts when it cannot be made.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace stepcache::testing
