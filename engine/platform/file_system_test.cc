#include "platform/file_system.h"

#include <gtest/gtest.h>

#include <functional>

#include "digest/sha256.h"
#include "platform/unique_name.h"
#include "testing/manual_clock.h"
#include "testing/memory_file_system.h"

namespace stepcache::platform {
namespace {

using stepcache::testing::Fault;
using stepcache::testing::ManualClock;
using stepcache::testing::MemoryFileSystem;

const Error k_no_space{ErrorCode::io, "no space left", ""};

// Runs `act` on a fresh disk once for each of its operations, with that one failing; `check` sees each outcome.
void fail_each_operation(const std::function<void(MemoryFileSystem&)>& prepare,
                         const std::function<Result<void>(MemoryFileSystem&)>& act, bool from_then_on,
                         const std::function<void(MemoryFileSystem&, const Result<void>&)>& check) {
  std::uint64_t count = 0;
  {
    ManualClock clock;
    MemoryFileSystem files(clock);
    prepare(files);
    const std::uint64_t before = files.operations();
    ASSERT_TRUE(act(files));
    count = files.operations() - before;
  }
  ASSERT_GT(count, 0U);
  for (std::uint64_t operation = 1; operation <= count; ++operation) {
    SCOPED_TRACE("operation " + std::to_string(operation) + " fails");
    ManualClock clock;
    MemoryFileSystem files(clock);
    prepare(files);
    files.inject(Fault{files.operations() + operation, k_no_space, 2, from_then_on});
    check(files, act(files));
  }
}

void prepare_old_file(MemoryFileSystem& files) { files.write("/d/a", "old"); }
Result<void> replace_by_new(MemoryFileSystem& files) { return replace_file(files, "/d/a", as_bytes("new!"), 0644); }

TEST(ReplaceFile, LeavesTheOldOrTheNewContentWhicheverOperationFails) {
  int failures = 0;
  fail_each_operation(prepare_old_file, replace_by_new, false,
                      [&](MemoryFileSystem& files, const Result<void>& replaced) {
                        ++failures;
                        ASSERT_FALSE(replaced) << "a failed operation is never hidden";
                        EXPECT_EQ(replaced.error().message, "no space left");
                        const auto content = files.content("/d/a");
                        EXPECT_TRUE(content == "old" || content == "new!") << content.value_or("nothing");
                        EXPECT_EQ(files.files_below("/"), std::vector<std::string>{"/d/a"}) << "no temporary is left";
                      });
  EXPECT_EQ(failures, 6) << "create, append, sync, close, rename, sync of the folder";
}

TEST(ReplaceFile, IsOldOrNewAfterAPowerCutAtAnyPoint) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    fail_each_operation(prepare_old_file, replace_by_new, true, [&](MemoryFileSystem& files, const Result<void>&) {
      files.lose_unsynced(seed);
      const auto content = files.content("/d/a");
      EXPECT_TRUE(content == "old" || content == "new!") << content.value_or("nothing") << " with seed " << seed;
    });
  }
}

TEST(ReplaceFile, IsOnTheMediumWhenItReturns) {
  ManualClock clock;
  MemoryFileSystem files(clock);
  prepare_old_file(files);
  ASSERT_TRUE(replace_by_new(files));
  files.lose_unsynced();
  EXPECT_EQ(files.content("/d/a"), "new!");
}

TEST(CopyFile, LeavesTheTargetAsItWasWhicheverOperationFails) {
  const auto prepare = [](MemoryFileSystem& files) {
    files.write("/from", "content");
    files.write("/to", "old");
  };
  fail_each_operation(
      prepare, [](MemoryFileSystem& files) { return copy_file(files, "/from", "/to", 0644); }, false,
      [](MemoryFileSystem& files, const Result<void>& copied) {
        ASSERT_FALSE(copied);
        EXPECT_EQ(files.content("/to"), "old");
        EXPECT_EQ(files.files_below("/"), (std::vector<std::string>{"/from", "/to"}));
      });
}

// A file that changes whenever it is read, so many times.
class RestlessFiles final : public FileSystem {
 public:
  RestlessFiles(MemoryFileSystem& files, ManualClock& clock, int changes)
      : files_(files), clock_(clock), changes_(changes) {}

  Result<std::unique_ptr<ReadableFile>> open(const std::filesystem::path& path) override {
    STEPCACHE_TRY_ASSIGN(auto file, files_.open(path));
    return std::make_unique<File>(*this, path, std::move(file));
  }
  Result<FileInfo> stat(const std::filesystem::path& path) override { return files_.stat(path); }
  Result<FileInfo> stat_link(const std::filesystem::path& path) override { return files_.stat_link(path); }
  Result<std::unique_ptr<WritableFile>> create(const std::filesystem::path& path, std::uint32_t mode) override {
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
  Result<std::vector<std::string>> list(const std::filesystem::path& path) override { return files_.list(path); }
  Result<void> sync_file(const std::filesystem::path& path) override { return files_.sync_file(path); }
  Result<void> sync_directory(const std::filesystem::path& path) override { return files_.sync_directory(path); }

 private:
  class File final : public ReadableFile {
   public:
    File(RestlessFiles& owner, std::filesystem::path path, std::unique_ptr<ReadableFile> file)
        : owner_(owner), path_(std::move(path)), file_(std::move(file)) {}
    Result<std::size_t> read_at(std::span<std::byte> buffer, std::uint64_t offset) override {
      auto got = file_->read_at(buffer, offset);
      if (offset == 0 && owner_.changes_ > 0) {
        --owner_.changes_;
        owner_.clock_.advance(std::chrono::milliseconds(1));
        owner_.files_.write(path_, "changed " + std::to_string(owner_.changes_));
      }
      return got;
    }
    Result<FileInfo> info() override { return file_->info(); }

   private:
    RestlessFiles& owner_;
    std::filesystem::path path_;
    std::unique_ptr<ReadableFile> file_;
  };

  MemoryFileSystem& files_;
  ManualClock& clock_;
  int changes_;
};

TEST(HashFile, ReadsAgainWhenTheFileMovedMeanwhile) {
  ManualClock clock;
  MemoryFileSystem files(clock);
  files.write("/a", "at first 9");
  RestlessFiles restless(files, clock, 2);
  const auto hashed = hash_file(restless, "/a");
  ASSERT_TRUE(hashed) << to_string(hashed.error());
  EXPECT_EQ(hashed->digest, sha256("changed 0"));
  EXPECT_EQ(hashed->info.identity, files.stat("/a").value().identity);
  EXPECT_EQ(files.accesses("/a").opens, 3U);
}

TEST(HashFile, GivesUpOnAFileThatMovesThreeTimes) {
  ManualClock clock;
  MemoryFileSystem files(clock);
  files.write("/a", "at first 9");
  RestlessFiles restless(files, clock, 3);
  const auto hashed = hash_file(restless, "/a");
  ASSERT_FALSE(hashed);
  EXPECT_EQ(hashed.error().code, ErrorCode::busy);
  EXPECT_EQ(hashed.error().where, "/a");
  EXPECT_EQ(files.accesses("/a").opens, 3U);
}

TEST(RemoveTree, StopsAtTheFirstThatCannotBeRemoved) {
  ManualClock clock;
  MemoryFileSystem files(clock);
  files.write("/tree/locked/a", "a");
  ASSERT_TRUE(files.set_mode("/tree/locked", 0500));
  const auto removed = remove_tree(files, "/tree");
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().where, "/tree/locked/a");
  EXPECT_EQ(files.content("/tree/locked/a"), "a");
}

TEST(RemoveTree, GoesDownAnyDepth) {
  ManualClock clock;
  MemoryFileSystem files(clock);
  std::string deep = "/tree";
  for (int i = 0; i < 500; ++i) deep += "/d";
  files.write(deep + "/a", "a");
  ASSERT_TRUE(remove_tree(files, "/tree"));
  EXPECT_FALSE(files.exists("/tree"));
}

TEST(UniqueName, IsGivenOnce) {
  const std::string first = unique_name();
  const std::string second = unique_name();
  EXPECT_NE(first, second);
  EXPECT_LE(first.size(), 50U);
  EXPECT_EQ(first.find_first_not_of("0123456789abcdef-"), std::string::npos);
}

}  // namespace
}  // namespace stepcache::platform
