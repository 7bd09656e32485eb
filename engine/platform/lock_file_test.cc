#include "platform/lock_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "testing/temporary_folder.h"

namespace stepcache::platform {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds k_at_once{0};
constexpr milliseconds k_long{60'000};

class LockFileTest : public ::testing::Test {
 protected:
  testing::TemporaryFolder folder_;
  std::filesystem::path name_ = folder_.path() / "locks";
  std::unique_ptr<LockFile> locks_ = open_lock_file(name_).value();
};

TEST_F(LockFileTest, ExcludesWithinOneProcess) {
  const auto held = locks_->try_lock(7, LockKind::exclusive);
  ASSERT_TRUE(held);
  EXPECT_EQ(locks_->try_lock(7, LockKind::exclusive).error().code, ErrorCode::busy);
  EXPECT_EQ(locks_->try_lock(7, LockKind::shared).error().code, ErrorCode::busy);
  EXPECT_EQ(locks_->lock(7, LockKind::shared, k_at_once).error().code, ErrorCode::busy);
  EXPECT_TRUE(locks_->try_lock(8, LockKind::exclusive)) << "another byte is another lock";
  const auto other = open_lock_file(name_).value();
  EXPECT_EQ(other->try_lock(7, LockKind::exclusive).error().code, ErrorCode::busy);
}

TEST_F(LockFileTest, SharesAmongReaders) {
  auto first = locks_->try_lock(0, LockKind::shared);
  auto second = locks_->try_lock(0, LockKind::shared);
  ASSERT_TRUE(first);
  ASSERT_TRUE(second);
  EXPECT_FALSE(locks_->try_lock(0, LockKind::exclusive));
  first->reset();
  EXPECT_FALSE(locks_->try_lock(0, LockKind::exclusive)) << "one reader is left";
  second->reset();
  EXPECT_TRUE(locks_->try_lock(0, LockKind::exclusive));
}

TEST_F(LockFileTest, ReachesTheOffsetsOfRunsAndKeys) {
  for (const std::uint64_t offset : {1ULL << 32U, 1ULL << 48U, (1ULL << 62U) + 5}) {
    const auto held = locks_->try_lock(offset, LockKind::exclusive);
    ASSERT_TRUE(held) << offset;
    EXPECT_FALSE(locks_->try_lock(offset, LockKind::exclusive));
  }
  EXPECT_EQ(locks_->try_lock(UINT64_MAX, LockKind::shared).error().code, ErrorCode::io);
  EXPECT_EQ(std::filesystem::file_size(name_), 0U) << "a lock writes nothing";
}

TEST_F(LockFileTest, WaitsUntilTheHolderLetsGo) {
  auto held = locks_->try_lock(1, LockKind::exclusive);
  ASSERT_TRUE(held);
  const std::jthread holder([&] {
    std::this_thread::sleep_for(milliseconds(20));
    held->reset();
  });
  EXPECT_TRUE(locks_->lock(1, LockKind::exclusive, k_long));
}

TEST_F(LockFileTest, TakesTheLongestTimeout) { EXPECT_TRUE(locks_->lock(1, LockKind::exclusive, milliseconds::max())); }

TEST_F(LockFileTest, IsFreedWhenItsProcessIsKilled) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto held = locks_->try_lock(3, LockKind::exclusive);
    const char answer = held ? 'y' : 'n';
    if (::write(ready[1], &answer, 1) != 1) ::_exit(1);
    while (true) ::pause();
  }
  char answer = '?';
  ASSERT_EQ(::read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  EXPECT_EQ(locks_->try_lock(3, LockKind::exclusive).error().code, ErrorCode::busy);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(locks_->try_lock(3, LockKind::exclusive));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(LockFileTest, StaysTheSameFileWhenTheWorkingDirectoryChanges) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder_.path());
  const auto relative = open_lock_file("locks").value();
  std::filesystem::current_path(before);
  const auto held = relative->try_lock(1, LockKind::exclusive);
  ASSERT_TRUE(held);
  EXPECT_FALSE(locks_->try_lock(1, LockKind::exclusive));
}

TEST_F(LockFileTest, IsPrivateAndRefusesAFolderThatIsNotThere) {
  struct stat status{};
  ASSERT_EQ(::stat(name_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_FALSE(open_lock_file(folder_.path() / "none" / "locks"));
  EXPECT_EQ(open_lock_file(folder_.path()).error().code, ErrorCode::io);
}

TEST_F(LockFileTest, FailsWhenItsFileIsGoneRatherThanLockANewOne) {
  std::filesystem::remove(name_);
  EXPECT_EQ(locks_->try_lock(1, LockKind::exclusive).error().code, ErrorCode::io);
  EXPECT_FALSE(std::filesystem::exists(name_));
}

}  // namespace
}  // namespace stepcache::platform
