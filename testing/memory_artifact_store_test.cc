#include "testing/memory_artifact_store.h"

#include <gtest/gtest.h>

#include "artifact_store/artifact_store_suite.h"
#include "digest/sha256.h"
#include "testing/manual_clock.h"
#include "testing/memory_file_system.h"

namespace stepcache::artifact_store {
namespace {

class MemoryStoreWorld final : public ArtifactStoreWorld {
 public:
  std::unique_ptr<ArtifactStore> open() override {
    return std::make_unique<stepcache::testing::MemoryArtifactStore>("/objects", files_, clock_);
  }
  platform::FileSystem& files() override { return files_; }
  void flip_byte(const std::filesystem::path& file, std::uint64_t offset) override { files_.flip_byte(file, offset); }

 private:
  stepcache::testing::ManualClock clock_;
  stepcache::testing::MemoryFileSystem files_{clock_};
};

INSTANTIATE_TEST_SUITE_P(Memory, ArtifactStoreSuite, ::testing::Values(MakeArtifactStoreWorld([] {
                           return std::make_unique<MemoryStoreWorld>();
                         })));

}  // namespace
}  // namespace stepcache::artifact_store

namespace stepcache::testing {
namespace {

TEST(MemoryArtifactStore, RemembersWhatItWasAsked) {
  ManualClock clock;
  MemoryFileSystem files(clock);
  MemoryArtifactStore store("/objects", files, clock);
  const Digest digest = sha256("content");
  ASSERT_TRUE(store.put(as_bytes("content")));
  ASSERT_TRUE(store.identity(digest));
  EXPECT_EQ(store.times_stored(digest), 1U);
  EXPECT_EQ(store.times_verified(digest), 0U) << "a stat verifies nothing";
  EXPECT_EQ(store.times_read(digest), 0U);
  EXPECT_EQ(store.unsynced(), 1U);
  ASSERT_TRUE(store.verify(digest));
  ASSERT_TRUE(store.read(digest));
  ASSERT_TRUE(store.sync());
  EXPECT_EQ(store.times_verified(digest), 1U);
  EXPECT_EQ(store.times_read(digest), 1U);
  EXPECT_EQ(store.unsynced(), 0U);
}

TEST(MemoryArtifactStore, FailsWhenToldTo) {
  ManualClock clock;
  MemoryFileSystem files(clock);
  MemoryArtifactStore store("/objects", files, clock);
  store.fail_next_store({ErrorCode::io, "full", ""});
  EXPECT_EQ(store.put(as_bytes("content")).error().message, "full");
  EXPECT_EQ(store.times_stored(sha256("content")), 0U);
  EXPECT_TRUE(files.files_below("/objects").empty());
  ASSERT_TRUE(store.put(as_bytes("content")));
  store.fail_next_sync({ErrorCode::io, "lost", ""});
  EXPECT_EQ(store.sync().error().message, "lost");
  EXPECT_EQ(store.unsynced(), 1U);
}

TEST(MemoryArtifactStore, CatchesACallerThatLies) {
  ManualClock clock;
  MemoryFileSystem files(clock);
  MemoryArtifactStore store("/objects", files, clock);
  const auto temporary = store.new_temporary();
  files.write(temporary, "content");
  EXPECT_EQ(store.adopt(temporary, sha256("another"), 7).error().code, ErrorCode::internal);
}

}  // namespace
}  // namespace stepcache::testing
