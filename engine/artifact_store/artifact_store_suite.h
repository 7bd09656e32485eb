#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "artifact_store/artifact_store.h"
#include "digest/sha256.h"
#include "platform/file_system.h"

// What every ArtifactStore promises. An implementation runs it with
//   INSTANTIATE_TEST_SUITE_P(Local, ArtifactStoreSuite, ::testing::Values(MakeArtifactStoreWorld(make_my_world)));
namespace stepcache::artifact_store {

class ArtifactStoreWorld {
 public:
  virtual ~ArtifactStoreWorld() = default;
  // A store on this world's folder; each call opens one more on the same.
  virtual std::unique_ptr<ArtifactStore> open() = 0;
  virtual platform::FileSystem& files() = 0;
  // Changes one byte of a file, as damage of the medium does.
  virtual void flip_byte(const std::filesystem::path& file, std::uint64_t offset) = 0;
};
using MakeArtifactStoreWorld = std::function<std::unique_ptr<ArtifactStoreWorld>()>;

class ArtifactStoreSuite : public ::testing::TestWithParam<MakeArtifactStoreWorld> {
 public:
  std::filesystem::path write_temporary(std::string_view bytes) {
    const auto name = store->new_temporary();
    write(name, bytes);
    return name;
  }
  void write(const std::filesystem::path& name, std::string_view bytes) {
    const auto file = files.create(name, 0600);
    ASSERT_TRUE(file) << to_string(file.error());
    ASSERT_TRUE((*file)->append(as_bytes(bytes)));
    ASSERT_TRUE((*file)->close());
  }
  bool exists(const std::filesystem::path& name) { return files.stat_link(name).has_value(); }
  std::vector<Digest> objects() {
    std::vector<Digest> found;
    EXPECT_TRUE(store->each([&](const Digest& visited, std::uint64_t) {
      found.push_back(visited);
      return true;
    }));
    return found;
  }

  std::unique_ptr<ArtifactStoreWorld> world = GetParam()();
  platform::FileSystem& files = world->files();
  std::unique_ptr<ArtifactStore> store = world->open();
  const std::string content = std::string(5000, 'a') + "end";
  const Digest digest = sha256(content);
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ArtifactStoreSuite);

TEST_P(ArtifactStoreSuite, AdoptsAFinishedTemporary) {
  const auto temporary = write_temporary(content);
  const auto record = store->adopt(temporary, digest, content.size());
  ASSERT_TRUE(record) << to_string(record.error());
  EXPECT_FALSE(exists(temporary));
  EXPECT_EQ(store->read(digest).value(), content);
  EXPECT_EQ(platform::read_whole(files, store->path_of(digest)).value(), content);
  EXPECT_EQ(files.stat(store->path_of(digest)).value().mode, 0444U);
  EXPECT_EQ(objects(), std::vector<Digest>{digest});

  const auto now = store->identity(digest);
  ASSERT_TRUE(now);
  EXPECT_EQ(record->digest, digest);
  EXPECT_EQ(record->size_bytes, content.size());
  EXPECT_EQ(record->inode, now->inode);
  EXPECT_EQ(record->mtime_ns, now->mtime_ns);
  EXPECT_EQ(record->ctime_ns, now->ctime_ns);
  EXPECT_NE(record->verified_ns, 0);
  EXPECT_EQ(now->verified_ns, 0) << "one stat verifies nothing";
}

TEST_P(ArtifactStoreSuite, StoresBytesFromMemory) {
  const auto record = store->put(as_bytes(content));
  ASSERT_TRUE(record);
  EXPECT_EQ(record->digest, digest);
  EXPECT_EQ(store->read(digest).value(), content);
  EXPECT_EQ(store->verify(digest).value().size_bytes, content.size());
}

TEST_P(ArtifactStoreSuite, MergesWithAnObjectThatIsThereAndWhole) {
  const auto first = store->put(as_bytes(content)).value();
  const auto temporary = write_temporary(content);
  const auto second = store->adopt(temporary, digest, content.size());
  ASSERT_TRUE(second);
  EXPECT_FALSE(exists(temporary));
  EXPECT_EQ(second->inode, first.inode) << "the same file stays";
  EXPECT_EQ(second->ctime_ns, first.ctime_ns);
  const auto other = world->open();
  EXPECT_EQ(other->put(as_bytes(content)).value().inode, first.inode) << "also when another store made it";
  EXPECT_EQ(objects().size(), 1U);
}

TEST_P(ArtifactStoreSuite, ReplacesAnObjectOfTheSameSizeThatIsDamaged) {
  ASSERT_TRUE(store->put(as_bytes(content)));
  world->flip_byte(store->path_of(digest), 7);
  const auto other = world->open();  // one that has not seen it whole
  ASSERT_TRUE(other->adopt(write_temporary(content), digest, content.size()));
  EXPECT_EQ(other->read(digest).value(), content);
  EXPECT_TRUE(store->verify(digest));
}

TEST_P(ArtifactStoreSuite, ReplacesAnObjectThatWasCut) {
  ASSERT_TRUE(store->put(as_bytes(content)));
  ASSERT_TRUE(files.remove(store->path_of(digest)));
  write(store->path_of(digest), content.substr(0, 100));
  ASSERT_TRUE(store->put(as_bytes(content)));
  EXPECT_EQ(store->read(digest).value(), content);
}

TEST_P(ArtifactStoreSuite, RefusesATemporaryThatIsNotWhatWasWritten) {
  const auto cut = write_temporary(content.substr(1));
  EXPECT_EQ(store->adopt(cut, digest, content.size()).error().code, ErrorCode::damaged);
  EXPECT_FALSE(exists(cut));
  EXPECT_EQ(store->adopt(store->new_temporary(), digest, content.size()).error().code, ErrorCode::not_found);
  EXPECT_TRUE(objects().empty());
}

TEST_P(ArtifactStoreSuite, FindsAFlippedByte) {
  ASSERT_TRUE(store->put(as_bytes(content)));
  for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{content.size() - 1}}) {
    world->flip_byte(store->path_of(digest), offset);
    const auto verified = store->verify(digest);
    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().code, ErrorCode::damaged);
    EXPECT_EQ(verified.error().where, store->path_of(digest).native());
    EXPECT_EQ(store->read(digest).error().code, ErrorCode::damaged);
    world->flip_byte(store->path_of(digest), offset);
    EXPECT_TRUE(store->verify(digest)) << "and trusts it when the byte is back";
  }
}

TEST_P(ArtifactStoreSuite, SaysNotFoundForWhatIsNotThere) {
  EXPECT_EQ(store->identity(digest).error().code, ErrorCode::not_found);
  EXPECT_EQ(store->verify(digest).error().code, ErrorCode::not_found);
  EXPECT_EQ(store->read(digest).error().code, ErrorCode::not_found);
  EXPECT_TRUE(store->remove(digest)) << "nothing to remove is no error";
  EXPECT_TRUE(objects().empty());
}

TEST_P(ArtifactStoreSuite, RemovesAnObjectAndStoresItAgain) {
  ASSERT_TRUE(store->put(as_bytes(content)));
  ASSERT_TRUE(store->remove(digest));
  EXPECT_EQ(store->identity(digest).error().code, ErrorCode::not_found);
  EXPECT_TRUE(store->sync()) << "what was removed since is not missed";
  ASSERT_TRUE(store->put(as_bytes(content)));
  EXPECT_EQ(store->read(digest).value(), content);
}

TEST_P(ArtifactStoreSuite, VisitsObjectsInOrderOfDigestUntilToldToStop) {
  std::vector<Digest> stored;
  for (int i = 0; i < 40; ++i) {
    const std::string bytes = content + std::to_string(i);
    ASSERT_TRUE(store->put(as_bytes(bytes)));
    stored.push_back(sha256(bytes));
  }
  std::sort(stored.begin(), stored.end());
  EXPECT_EQ(objects(), stored);
  std::size_t seen = 0;
  EXPECT_TRUE(store->each([&](const Digest& visited, std::uint64_t size_bytes) {
    EXPECT_EQ(visited, stored[seen]);
    EXPECT_GT(size_bytes, content.size());
    return ++seen < 3;
  }));
  EXPECT_EQ(seen, 3U);
}

TEST_P(ArtifactStoreSuite, LeavesOutWhatIsNoObject) {
  ASSERT_TRUE(store->put(as_bytes(content)));
  const auto folder = store->path_of(digest).parent_path();
  write(folder / "README", "not an object");
  write(folder / (store->path_of(digest).filename().native() + "x"), "a name too long");
  ASSERT_TRUE(files.make_directories(store->path_of(sha256("a folder")), 0700));
  EXPECT_EQ(objects(), std::vector<Digest>{digest});
}

TEST_P(ArtifactStoreSuite, GivesEachTemporaryANameOfItsOwnAndCreatesNone) {
  const auto first = store->new_temporary();
  const auto second = store->new_temporary();
  EXPECT_NE(first, second);
  EXPECT_NE(first, world->open()->new_temporary());
  EXPECT_FALSE(exists(first));
  EXPECT_TRUE(exists(first.parent_path())) << "but the folder is there";
}

TEST_P(ArtifactStoreSuite, RemovesOnlyTemporariesThatAreOldEnough) {
  const auto temporary = write_temporary("12345");
  const auto tree = store->new_temporary();
  ASSERT_TRUE(files.make_directories(tree / "deep", 0700));
  write(tree / "deep" / "file", "123");
  ASSERT_TRUE(store->put(as_bytes(content)));
  const std::int64_t oldest = files.stat(temporary).value().identity.ctime_ns;
  const std::int64_t newest = files.stat(tree / "deep" / "file").value().identity.ctime_ns;

  EXPECT_EQ(store->remove_temporaries(oldest).value(), 0U) << "nothing is older than the oldest";
  EXPECT_TRUE(exists(temporary));
  EXPECT_EQ(store->remove_temporaries(newest + 1).value(), 8U);
  EXPECT_FALSE(exists(temporary));
  EXPECT_FALSE(exists(tree));
  EXPECT_EQ(objects(), std::vector<Digest>{digest}) << "objects are no temporaries";
}

TEST_P(ArtifactStoreSuite, SyncsWhatWasStored) {
  EXPECT_TRUE(store->sync()) << "nothing to do";
  ASSERT_TRUE(store->put(as_bytes(content)));
  EXPECT_TRUE(store->sync());
  EXPECT_EQ(store->read(digest).value(), content);
}

TEST_P(ArtifactStoreSuite, StoresFromManyThreadsAtOnce) {
  constexpr int k_threads = 4;
  constexpr int k_objects = 12;
  {
    std::vector<std::jthread> threads;
    threads.reserve(k_threads);
    for (int thread = 0; thread < k_threads; ++thread) {
      threads.emplace_back([&] {
        for (int i = 0; i < k_objects; ++i) {
          EXPECT_TRUE(store->put(as_bytes(content + std::to_string(i))));
          EXPECT_TRUE(store->sync());
        }
      });
    }
  }
  EXPECT_EQ(objects().size(), std::size_t{k_objects});
  for (const Digest& stored : objects()) EXPECT_TRUE(store->verify(stored));
}

}  // namespace stepcache::artifact_store
