#include "testing/memory_file_system.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>

#include "platform/file_system_suite.h"
#include "testing/manual_clock.h"

namespace stepcache::platform {
namespace {

class MemoryWorld final : public FileSystemWorld {
 public:
  MemoryWorld() { (void)files_.make_directories(folder(), 0755); }
  FileSystem& files() override { return files_; }
  std::filesystem::path folder() override { return "/play/ground"; }
  void make_link(const std::filesystem::path& name, const std::filesystem::path& target) override {
    files_.make_link(name, target);
  }

 private:
  stepcache::testing::ManualClock clock_;
  stepcache::testing::MemoryFileSystem files_{clock_};
};

INSTANTIATE_TEST_SUITE_P(Memory, FileSystemSuite,
                         ::testing::Values(MakeFileSystemWorld([] { return std::make_unique<MemoryWorld>(); })));

}  // namespace
}  // namespace stepcache::platform

namespace stepcache::testing {
namespace {

using std::chrono::seconds;

const Error k_broken{ErrorCode::io, "the disk is broken", ""};

class MemoryFileSystemTest : public ::testing::Test {
 protected:
  // Creates a file without syncing anything.
  void put(const std::filesystem::path& name, std::string_view content) {
    auto file = files_.create(name, 0644);
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->append(as_bytes(content)));
    ASSERT_TRUE((*file)->close());
  }

  ManualClock clock_;
  MemoryFileSystem files_{clock_};
};

TEST_F(MemoryFileSystemTest, CountsWhatWasDoneToEachPath) {
  files_.write("/a", "content");
  files_.write("/b", "other");
  (void)files_.stat("/a");
  EXPECT_EQ(platform::read_whole(files_, "/a").value(), "content");
  EXPECT_EQ(files_.accesses("/a"), (Accesses{.stats = 1, .opens = 1, .reads = 2, .bytes_read = 7}));
  EXPECT_EQ(files_.accesses("/x/../a").opens, 1U) << "by normal path";
  EXPECT_EQ(files_.accesses("/b"), Accesses{}) << "was not touched";
  put("/c", "new");
  EXPECT_EQ(files_.accesses("/c").changes, 2U) << "created, written";
  EXPECT_EQ(files_.all_accesses().opens, 1U);
  files_.forget_accesses();
  EXPECT_EQ(files_.all_accesses(), Accesses{});
}

TEST_F(MemoryFileSystemTest, GivesTimesByTheClock) {
  put("/a", "1");
  const auto made = files_.stat("/a").value().identity;
  EXPECT_EQ(made.mtime_ns, ManualClock::k_start_ns);
  clock_.advance(seconds(1));
  ASSERT_TRUE(files_.set_mode("/a", 0444));
  const auto changed = files_.stat("/a").value().identity;
  EXPECT_EQ(changed.mtime_ns, made.mtime_ns);
  EXPECT_EQ(changed.ctime_ns, made.ctime_ns + 1'000'000'000);
  clock_.advance(seconds(1));
  ASSERT_TRUE(files_.rename("/a", "/b"));
  EXPECT_EQ(files_.stat("/b").value().identity.ctime_ns, made.ctime_ns + 2'000'000'000);
  files_.write("/b", "2");
  EXPECT_EQ(files_.stat("/b").value().identity.inode, made.inode) << "written in place";
  EXPECT_EQ(files_.stat("/b").value().identity.mtime_ns, made.mtime_ns + 2'000'000'000);
}

TEST_F(MemoryFileSystemTest, HoldsToPermissions) {
  files_.write("/d/secret", "x", 0000);
  EXPECT_EQ(files_.open("/d/secret").error().code, ErrorCode::io);
  ASSERT_TRUE(files_.set_mode("/d", 0500));
  EXPECT_EQ(files_.create("/d/new", 0644).error().code, ErrorCode::io);
  EXPECT_EQ(files_.remove("/d/secret").error().code, ErrorCode::io);
  EXPECT_EQ(files_.rename("/d/secret", "/moved").error().code, ErrorCode::io);
  ASSERT_TRUE(files_.set_mode("/d", 0600));
  EXPECT_EQ(files_.stat("/d/secret").error().code, ErrorCode::io) << "a folder that cannot be entered";
}

TEST_F(MemoryFileSystemTest, FailsTheOperationOfThatNumberAndNoOther) {
  files_.inject({2, k_broken});
  auto file = files_.create("/a", 0644);  // 1
  ASSERT_TRUE(file);
  const auto failed = (*file)->append(as_bytes("one"));  // 2
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error(), (Error{ErrorCode::io, "the disk is broken", "/a"}));
  EXPECT_TRUE((*file)->append(as_bytes("two")));  // 3
  EXPECT_EQ(files_.content("/a"), "two");
  EXPECT_EQ(files_.operations(), 3U);
}

TEST_F(MemoryFileSystemTest, WritesAPartAndThenFails) {
  files_.inject({2, k_broken, 4});
  auto file = files_.create("/a", 0644);
  ASSERT_TRUE(file);
  EXPECT_FALSE((*file)->append(as_bytes("0123456789")));
  EXPECT_EQ(files_.content("/a"), "0123");
}

TEST_F(MemoryFileSystemTest, StaysDeadFromThenOn) {
  files_.write("/a", "a");
  files_.inject({1, k_broken, 0, true});
  EXPECT_FALSE(files_.remove("/a"));
  EXPECT_FALSE(files_.rename("/a", "/b"));
  EXPECT_FALSE(files_.make_directories("/d", 0755));
  EXPECT_FALSE(files_.set_mode("/a", 0600));
  EXPECT_FALSE(files_.sync_directory("/"));
  EXPECT_TRUE(files_.open("/a")) << "reading goes on";
  EXPECT_EQ(files_.content("/a"), "a");
  files_.clear_faults();
  EXPECT_TRUE(files_.remove("/a"));
}

TEST_F(MemoryFileSystemTest, IsFullAfterItsLastByteAndHasRoomAgainAfterARemoval) {
  files_.set_free_bytes(5);
  auto file = files_.create("/a", 0644);
  ASSERT_TRUE(file);
  EXPECT_TRUE((*file)->append(as_bytes("123")));
  const auto failed = (*file)->append(as_bytes("4567"));
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("No space left"), std::string::npos);
  EXPECT_EQ(files_.content("/a"), "12345");
  ASSERT_TRUE(files_.remove("/a"));
  put("/b", "12345");
}

TEST_F(MemoryFileSystemTest, ChangesNothingWhenItIsReadOnly) {
  files_.write("/d/a", "a");
  files_.set_read_only(true);
  EXPECT_EQ(files_.create("/d/b", 0644).error().code, ErrorCode::io);
  EXPECT_EQ(files_.remove("/d/a").error().code, ErrorCode::io);
  EXPECT_EQ(files_.make_directories("/e", 0755).error().code, ErrorCode::io);
  EXPECT_TRUE(files_.make_directories("/d", 0755)) << "it is there";
  EXPECT_EQ(platform::read_whole(files_, "/d/a").value(), "a");
}

TEST_F(MemoryFileSystemTest, LosesContentThatWasNotSynced) {
  put("/a", "not synced");
  ASSERT_TRUE(files_.sync_directory("/"));
  files_.lose_unsynced();
  EXPECT_EQ(files_.content("/a"), "") << "the name was synced, the content was not";
}

TEST_F(MemoryFileSystemTest, LosesNamesThatWereNotSynced) {
  put("/a", "content");
  ASSERT_TRUE(files_.sync_file("/a"));
  files_.lose_unsynced();
  EXPECT_FALSE(files_.exists("/a"));
}

TEST_F(MemoryFileSystemTest, KeepsWhatWasSynced) {
  ASSERT_TRUE(files_.make_directories("/d", 0755));
  put("/d/a", "content");
  ASSERT_TRUE(files_.sync_file("/d/a"));
  ASSERT_TRUE(files_.sync_directory("/d"));
  ASSERT_TRUE(files_.sync_directory("/"));
  files_.write("/written", "by another program");
  files_.lose_unsynced();
  EXPECT_EQ(files_.content("/d/a"), "content");
  EXPECT_EQ(files_.content("/written"), "by another program");
}

TEST_F(MemoryFileSystemTest, TakesBackARemovalAndARenameThatWereNotSynced) {
  files_.write("/removed", "1");
  files_.write("/from", "2");
  files_.write("/to", "3");
  ASSERT_TRUE(files_.remove("/removed"));
  ASSERT_TRUE(files_.rename("/from", "/to"));
  files_.lose_unsynced();
  EXPECT_EQ(files_.content("/removed"), "1");
  EXPECT_EQ(files_.content("/from"), "2");
  EXPECT_EQ(files_.content("/to"), "3");
}

TEST_F(MemoryFileSystemTest, EndsOpenFilesWithThePower) {
  files_.write("/a", "a");
  const auto reader = files_.open("/a").value();
  const auto writer = files_.create("/b", 0644).value();
  files_.lose_unsynced();
  EXPECT_EQ(reader->info().error().code, ErrorCode::io);
  EXPECT_EQ(writer->append(as_bytes("x")).error().code, ErrorCode::io);
  EXPECT_FALSE(files_.exists("/b"));
}

TEST_F(MemoryFileSystemTest, KeepsSomeOfItWhenTheDiskHadWrittenSome) {
  std::set<std::string> outcomes;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    ManualClock clock;
    MemoryFileSystem files(clock);
    auto file = files.create("/a", 0644).value();
    ASSERT_TRUE(file->append(as_bytes("synced")));
    ASSERT_TRUE(file->sync());
    ASSERT_TRUE(file->append(as_bytes("++")));
    files.lose_unsynced(seed);
    outcomes.insert(files.content("/a").value_or("(none)"));
  }
  EXPECT_EQ(outcomes, (std::set<std::string>{"(none)", "synced", "synced+", "synced++", std::string("synced+\0", 8),
                                             std::string("synced\0\0", 8)}));
}

TEST_F(MemoryFileSystemTest, FlipsAByteWithoutATrace) {
  files_.write("/a", "abc");
  const auto before = files_.stat("/a").value().identity;
  clock_.advance(seconds(5));
  files_.flip_byte("/a", 1);
  EXPECT_NE(files_.content("/a"), "abc");
  EXPECT_EQ(files_.stat("/a").value().identity, before);
}

TEST(ManualClock, StandsStillUntilItIsMoved) {
  ManualClock clock;
  EXPECT_EQ(clock.wall_ns(), clock.wall_ns());
  clock.advance(seconds(2));
  EXPECT_EQ(clock.wall_ns(), ManualClock::k_start_ns + 2'000'000'000);
  EXPECT_EQ(clock.monotonic_ns(), 2'000'000'000);
  clock.set_wall_ns(5);
  EXPECT_EQ(clock.wall_ns(), 5);
  EXPECT_EQ(clock.monotonic_ns(), 2'000'000'000) << "it does not notice the jump";
  clock.set_step(std::chrono::nanoseconds(3));
  EXPECT_EQ(clock.wall_ns(), 5);
  EXPECT_EQ(clock.wall_ns(), 8);
}

}  // namespace
}  // namespace stepcache::testing
