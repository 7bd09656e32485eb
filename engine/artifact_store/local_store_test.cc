#include "artifact_store/local_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "artifact_store/artifact_store_suite.h"
#include "digest/sha256.h"
#include "testing/manual_clock.h"
#include "testing/memory_file_system.h"
#include "testing/temporary_folder.h"

namespace stepcache::artifact_store {
namespace {

using stepcache::testing::Accesses;
using stepcache::testing::Fault;
using stepcache::testing::ManualClock;
using stepcache::testing::MemoryFileSystem;

class MemoryDiskWorld final : public ArtifactStoreWorld {
 public:
  std::unique_ptr<ArtifactStore> open() override { return open_local_store("/ws", files_, clock_); }
  platform::FileSystem& files() override { return files_; }
  void flip_byte(const std::filesystem::path& file, std::uint64_t offset) override { files_.flip_byte(file, offset); }

 private:
  ManualClock clock_;
  MemoryFileSystem files_{clock_};
};

class RealDiskWorld final : public ArtifactStoreWorld {
 public:
  std::unique_ptr<ArtifactStore> open() override {
    return open_local_store(folder_.path() / "ws", platform::real_file_system(), platform::real_clock());
  }
  platform::FileSystem& files() override { return platform::real_file_system(); }
  void flip_byte(const std::filesystem::path& file, std::uint64_t offset) override {
    std::filesystem::permissions(file, std::filesystem::perms::owner_write, std::filesystem::perm_options::add);
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(offset));
    const char byte = static_cast<char>(stream.get() ^ 1);
    stream.seekp(static_cast<std::streamoff>(offset));
    stream.put(byte);
    ASSERT_TRUE(stream.good());
  }

 private:
  stepcache::testing::TemporaryFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(LocalInMemory, ArtifactStoreSuite,
                         ::testing::Values(MakeArtifactStoreWorld([] { return std::make_unique<MemoryDiskWorld>(); })));
INSTANTIATE_TEST_SUITE_P(LocalOnDisk, ArtifactStoreSuite,
                         ::testing::Values(MakeArtifactStoreWorld([] { return std::make_unique<RealDiskWorld>(); })));

const Error k_broken{ErrorCode::io, "no space left", ""};
const std::string k_content = std::string(5000, 'a') + "end";
const Digest k_digest = sha256(k_content);

// A store on a disk that a test can break.
struct BreakableStore {
  ManualClock clock;
  MemoryFileSystem files{clock};
  std::unique_ptr<ArtifactStore> store = open_local_store("/ws", files, clock);

  std::filesystem::path write_temporary() {
    const auto name = store->new_temporary();
    files.write(name, k_content, 0600);
    return name;
  }
  std::vector<std::string> temporaries() const { return files.files_below("/ws/tmp"); }
};

using Prepare = std::function<void(BreakableStore&)>;
using Act = std::function<Result<void>(BreakableStore&)>;

// Runs `act` once for each of its operations, with that one failing (and all later ones, with `from_then_on`).
void fail_each_operation(const Prepare& prepare, const Act& act, bool from_then_on,
                         const std::function<void(BreakableStore&, const Result<void>&)>& check) {
  std::uint64_t count = 0;
  {
    BreakableStore whole;
    prepare(whole);
    const std::uint64_t before = whole.files.operations();
    ASSERT_TRUE(act(whole));
    count = whole.files.operations() - before;
  }
  ASSERT_GT(count, 0U);
  for (std::uint64_t operation = 1; operation <= count; ++operation) {
    SCOPED_TRACE("operation " + std::to_string(operation) + " of " + std::to_string(count) + " fails");
    BreakableStore broken;
    prepare(broken);
    broken.files.inject(Fault{broken.files.operations() + operation, k_broken, 100, from_then_on});
    check(broken, act(broken));
  }
}

void prepare_nothing(BreakableStore&) {}
void prepare_damaged_object(BreakableStore& world) {
  world.files.write(world.store->path_of(k_digest), std::string(k_content.size(), 'x'), 0444);
}
void prepare_whole_object(BreakableStore& world) { world.files.write(world.store->path_of(k_digest), k_content, 0444); }
Result<void> put_content(BreakableStore& world) {
  STEPCACHE_TRY(world.store->put(as_bytes(k_content)));
  return {};
}
Result<void> adopt_content(BreakableStore& world) {
  STEPCACHE_TRY(world.store->adopt(world.write_temporary(), k_digest, k_content.size()));
  return {};
}
Result<void> put_and_sync(BreakableStore& world) {
  STEPCACHE_TRY(put_content(world));
  return world.store->sync();
}

// Whole or absent: never a wrong object, unless one was there that was wrong before.
void expect_whole_or_absent(BreakableStore& world, bool was_damaged) {
  const auto content = world.files.content(world.store->path_of(k_digest));
  const auto verified = open_local_store("/ws", world.files, world.clock)->verify(k_digest);
  if (!content) {
    EXPECT_EQ(verified.error().code, ErrorCode::not_found);
  } else if (*content != k_content) {
    EXPECT_TRUE(was_damaged);
    EXPECT_EQ(verified.error().code, ErrorCode::damaged);
  } else {
    EXPECT_TRUE(verified);
  }
}

TEST(LocalStore, HoldsAnObjectWholeOrNotAtAllWhicheverOperationFails) {
  for (const Act& act : {Act(put_content), Act(adopt_content)}) {
    for (const bool was_damaged : {false, true}) {
      const Prepare prepare = was_damaged ? prepare_damaged_object : prepare_nothing;
      fail_each_operation(prepare, act, false, [&](BreakableStore& world, const Result<void>& stored) {
        expect_whole_or_absent(world, was_damaged);
        ASSERT_FALSE(stored) << "a failed operation is never hidden";
        EXPECT_EQ(stored.error().message, "no space left");
        EXPECT_EQ(world.temporaries(), std::vector<std::string>{}) << "what failed is cleaned up";
        world.files.clear_faults();
        ASSERT_TRUE(act(world)) << "and the next try succeeds";
        EXPECT_EQ(world.files.content(world.store->path_of(k_digest)), k_content);
      });
    }
  }
}

TEST(LocalStore, LeavesAWholeObjectAloneWhicheverOperationFails) {
  fail_each_operation(prepare_whole_object, adopt_content, false,
                      [](BreakableStore& world, const Result<void>& stored) {
                        EXPECT_TRUE(stored) << "a temporary that stays behind is garbage, no failure";
                        EXPECT_EQ(world.files.content(world.store->path_of(k_digest)), k_content);
                      });
}

TEST(LocalStore, LeavesOnlyRemovableGarbageWhenTheProcessDiesAtAnyOperation) {
  for (const Act& act : {Act(put_content), Act(adopt_content)}) {
    fail_each_operation(prepare_nothing, act, true, [&](BreakableStore& world, const Result<void>& stored) {
      EXPECT_FALSE(stored);
      expect_whole_or_absent(world, false);
      world.files.clear_faults();
      world.clock.advance(std::chrono::seconds(1));
      const auto next = open_local_store("/ws", world.files, world.clock);
      const std::size_t garbage = world.temporaries().empty() ? 0 : world.files.content(world.temporaries()[0])->size();
      const auto freed = next->remove_temporaries(world.clock.wall_ns());
      ASSERT_TRUE(freed) << to_string(freed.error());
      EXPECT_EQ(world.temporaries(), std::vector<std::string>{});
      EXPECT_EQ(*freed, garbage);
      EXPECT_TRUE(next->put(as_bytes(k_content)));
      EXPECT_EQ(next->read(k_digest).value(), k_content);
    });
  }
}

TEST(LocalStore, FailsAtAFullDiskAndStoresWhenThereIsRoomAgain) {
  BreakableStore world;
  world.files.set_free_bytes(1000);
  const auto stored = world.store->put(as_bytes(k_content));
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().code, ErrorCode::io);
  EXPECT_NE(stored.error().message.find("free some space"), std::string::npos);
  EXPECT_EQ(world.files.files_below("/ws"), std::vector<std::string>{}) << "the cut file gives its room back";
  world.files.set_free_bytes(std::nullopt);
  EXPECT_TRUE(world.store->put(as_bytes(k_content)));
}

TEST(LocalStore, SurvivesAPowerCutOnlyWhenSynced) {
  BreakableStore world;
  ASSERT_TRUE(world.store->put(as_bytes(k_content)));
  ASSERT_TRUE(world.store->sync());
  const std::string other = k_content + "not synced";
  ASSERT_TRUE(world.store->put(as_bytes(other)));
  world.files.lose_unsynced();
  const auto after = open_local_store("/ws", world.files, world.clock);
  EXPECT_EQ(after->read(k_digest).value(), k_content);
  EXPECT_EQ(after->read(sha256(other)).error().code, ErrorCode::not_found);
}

TEST(LocalStore, MakesAMergedObjectLastToo) {
  BreakableStore world;
  const auto dead = open_local_store("/ws", world.files, world.clock);  // a process that never synced
  ASSERT_TRUE(dead->put(as_bytes(k_content)));
  ASSERT_TRUE(world.store->put(as_bytes(k_content)));
  ASSERT_TRUE(world.store->sync());
  world.files.lose_unsynced();
  EXPECT_EQ(open_local_store("/ws", world.files, world.clock)->read(k_digest).value(), k_content);
}

TEST(LocalStore, ShowsDamageAfterAPowerCutAtAnyOperationAndRecovers) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    fail_each_operation(prepare_nothing, put_and_sync, true, [&](BreakableStore& world, const Result<void>& stored) {
      EXPECT_FALSE(stored) << "a sync that failed is never hidden";
      world.files.clear_faults();
      world.files.lose_unsynced(seed);
      const auto after = open_local_store("/ws", world.files, world.clock);
      const auto content = world.files.content(after->path_of(k_digest));
      // The device may have kept the name and lost the bytes. Then verify must say so; it is what guards a hit.
      EXPECT_EQ(after->verify(k_digest).has_value(), content == k_content) << "seed " << seed;
      ASSERT_TRUE(after->put(as_bytes(k_content)));
      ASSERT_TRUE(after->sync());
      world.files.lose_unsynced();
      EXPECT_EQ(open_local_store("/ws", world.files, world.clock)->read(k_digest).value(), k_content)
          << "seed " << seed;
    });
  }
}

TEST(LocalStore, RepeatsARefusedSyncUntilTheObjectIsStoredAnew) {
  BreakableStore world;
  ASSERT_TRUE(world.store->put(as_bytes(k_content)));
  const auto first = world.store->identity(k_digest).value();
  world.files.inject(Fault{world.files.operations() + 1, k_broken});
  EXPECT_EQ(world.store->sync().error().message, "no space left");
  world.files.clear_faults();
  EXPECT_FALSE(world.store->sync()) << "a device that dropped the bytes once says yes the second time";
  ASSERT_TRUE(world.store->put(as_bytes(k_content)));
  EXPECT_NE(world.store->identity(k_digest).value().inode, first.inode) << "written again, not merged";
  EXPECT_TRUE(world.store->sync());
}

TEST(LocalStore, SyncsOnlyWhatIsNew) {
  BreakableStore world;
  ASSERT_TRUE(world.store->put(as_bytes(k_content)));
  ASSERT_TRUE(world.store->sync());
  world.files.forget_accesses();
  ASSERT_TRUE(world.store->sync());
  EXPECT_EQ(world.files.all_accesses().syncs, 0U);
}

TEST(LocalStore, ReadsNothingToStoreAgainWhatItStored) {
  BreakableStore world;
  ASSERT_TRUE(world.store->put(as_bytes(k_content)));
  world.files.forget_accesses();
  ASSERT_TRUE(adopt_content(world));
  ASSERT_TRUE(world.store->identity(k_digest));
  EXPECT_EQ(world.files.accesses(world.store->path_of(k_digest)), (Accesses{.stats = 2}));
  EXPECT_EQ(world.files.all_accesses().bytes_read, 0U) << "the digest taken while writing counts";
}

TEST(LocalStore, ReadsAgainWhatChangedUnderIt) {
  BreakableStore world;
  ASSERT_TRUE(world.store->put(as_bytes(k_content)));
  world.clock.advance(std::chrono::seconds(1));
  world.files.write(world.store->path_of(k_digest), std::string(k_content.size(), 'x'));
  ASSERT_TRUE(adopt_content(world));
  EXPECT_EQ(world.files.content(world.store->path_of(k_digest)), k_content) << "same size, other identity";
}

TEST(LocalStore, ReadsFromADiskThatCannotBeWritten) {
  BreakableStore world;
  prepare_whole_object(world);
  world.files.set_read_only(true);
  const auto reader = open_local_store("/ws", world.files, world.clock);
  EXPECT_EQ(reader->read(k_digest).value(), k_content);
  EXPECT_TRUE(reader->verify(k_digest));
  EXPECT_EQ(reader->put(as_bytes("something new")).error().code, ErrorCode::io);
}

TEST(LocalStore, IsEmptyWhereNothingIs) {
  BreakableStore world;
  world.files.set_read_only(true);
  const auto nowhere = open_local_store("/nowhere", world.files, world.clock);
  EXPECT_TRUE(nowhere->each([](const Digest&, std::uint64_t) {
    ADD_FAILURE();
    return true;
  }));
  EXPECT_EQ(nowhere->remove_temporaries(INT64_MAX).value(), 0U);
  EXPECT_FALSE(world.files.exists("/nowhere"));
}

TEST(LocalStore, KeepsItsPublishedLayout) {
  BreakableStore world;
  ASSERT_TRUE(world.store->put(as_bytes("abc")));
  EXPECT_EQ(world.files.files_below("/ws"),
            std::vector<std::string>{"/ws/objects/ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"});
}

TEST(LocalStore, CallsAFolderInPlaceOfAnObjectDamage) {
  BreakableStore world;
  ASSERT_TRUE(world.files.make_directories(world.store->path_of(k_digest), 0700));
  EXPECT_EQ(world.store->verify(k_digest).error().code, ErrorCode::damaged);
  EXPECT_EQ(world.store->read(k_digest).error().code, ErrorCode::damaged);
}

TEST(LocalStore, KeepsATemporaryFolderWhoseFilesAreYoung) {
  BreakableStore world;
  const auto folder = world.store->new_temporary();
  world.files.write(folder / "old", "1");
  const auto before = world.clock.wall_ns() + 1;
  world.clock.advance(std::chrono::hours(1));
  world.files.write(folder / "old", "2");  // in place: the folder's own times stay
  EXPECT_EQ(world.store->remove_temporaries(before).value(), 0U);
  EXPECT_TRUE(world.files.exists(folder / "old"));
}

TEST(StillVerified, TakesOnlyAnIdentityThatHadSettled) {
  constexpr std::int64_t k_second = 1'000'000'000;
  metadata::ObjectRecord recorded;
  recorded.digest = k_digest;
  recorded.device = 1;
  recorded.inode = 2;
  recorded.size_bytes = 3;
  recorded.mtime_ns = 100 * k_second;
  recorded.ctime_ns = 100 * k_second;
  recorded.verified_ns = 102 * k_second;
  metadata::ObjectRecord now = recorded;
  now.verified_ns = 0;
  EXPECT_TRUE(still_verified(recorded, now));

  recorded.verified_ns -= 1;
  EXPECT_FALSE(still_verified(recorded, now)) << "verified too soon after the last change";
  recorded.verified_ns = 50 * k_second;
  EXPECT_FALSE(still_verified(recorded, now)) << "the clock was set back";
  recorded.verified_ns = INT64_MIN;
  EXPECT_FALSE(still_verified(recorded, now));
  recorded.verified_ns = 200 * k_second;
  ASSERT_TRUE(still_verified(recorded, now));

  const auto differs = [&](auto change) {
    metadata::ObjectRecord changed = now;
    change(changed);
    return !still_verified(recorded, changed);
  };
  EXPECT_TRUE(differs([](auto& record) { record.device += 1; }));
  EXPECT_TRUE(differs([](auto& record) { record.inode += 1; }));
  EXPECT_TRUE(differs([](auto& record) { record.size_bytes += 1; }));
  EXPECT_TRUE(differs([](auto& record) { record.mtime_ns += 1; }));
  EXPECT_TRUE(differs([](auto& record) { record.ctime_ns += 1; }));
  EXPECT_TRUE(differs([](auto& record) { record.digest = sha256("other"); }));
}

}  // namespace
}  // namespace stepcache::artifact_store
