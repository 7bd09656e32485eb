#pragma once

#include <functional>
#include <map>
#include <string>

#include "external_input/external_input.h"
#include "testing/manual_clock.h"
#include "testing/memory_file_system.h"

// For this room's tests.
namespace stepcache::external_input {

// A disk on which something happens whenever a name is opened or listed.
class BusyDisk final : public platform::FileSystem {
 public:
  explicit BusyDisk(testing::MemoryFileSystem& files) : files_(files) {}

  std::function<void(const std::filesystem::path&)> before_open = [](const auto&) {};
  std::function<void(const std::filesystem::path&)> after_list = [](const auto&) {};

  Result<platform::FileInfo> stat(const std::filesystem::path& path) override { return files_.stat(path); }
  Result<platform::FileInfo> stat_link(const std::filesystem::path& path) override { return files_.stat_link(path); }
  Result<std::unique_ptr<platform::ReadableFile>> open(const std::filesystem::path& path) override {
    before_open(path);
    return files_.open(path);
  }
  Result<std::unique_ptr<platform::WritableFile>> create(const std::filesystem::path& path,
                                                         std::uint32_t mode) override {
    return files_.create(path, mode);
  }
  Result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    return files_.rename(from, to);
  }
  Result<void> remove(const std::filesystem::path& path) override { return files_.remove(path); }
  Result<void> set_mode(const std::filesystem::path& path, std::uint32_t mode) override {
    return files_.set_mode(path, mode);
  }
  Result<void> make_directories(const std::filesystem::path& path, std::uint32_t mode) override {
    return files_.make_directories(path, mode);
  }
  Result<std::vector<std::string>> list(const std::filesystem::path& path) override {
    auto names = files_.list(path);
    after_list(path);
    return names;
  }
  Result<void> sync_file(const std::filesystem::path& path) override { return files_.sync_file(path); }
  Result<void> sync_directory(const std::filesystem::path& path) override { return files_.sync_directory(path); }

 private:
  testing::MemoryFileSystem& files_;
};

// A project folder in memory, and the observations that a run before would have left.
struct ObservedDisk {
  testing::ManualClock clock;
  testing::MemoryFileSystem files{clock};
  BusyDisk busy{files};
  std::map<std::string, metadata::FileObservation> remembered;

  Context context() {
    return {busy, clock, "/project", "secret",
            [this](const std::string& path) -> std::optional<metadata::FileObservation> {
              const auto found = remembered.find(path);
              if (found == remembered.end()) return std::nullopt;
              return found->second;
            }};
  }
  // Observes and remembers, as a run does.
  Result<Observation> observe(pipeline::ExternalKind kind, const std::string& name) {
    auto seen = external_input::observe(context(), {kind, name});
    if (seen) {
      for (const auto& file : seen->to_remember) remembered[file.path] = file;
    }
    return seen;
  }
  Result<Observation> file(const std::string& name) { return observe(pipeline::ExternalKind::file, name); }
  Result<Observation> folder(const std::string& name) { return observe(pipeline::ExternalKind::folder, name); }
};

}  // namespace stepcache::external_input
