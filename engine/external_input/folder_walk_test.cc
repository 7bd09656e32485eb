#include "external_input/folder_walk.h"

#include <gtest/gtest.h>

#include <fstream>

#include "digest/field_hasher.h"
#include "digest/sha256.h"
#include "external_input/observed_disk.h"
#include "testing/temporary_folder.h"

namespace stepcache::external_input {
namespace {

using pipeline::ExternalKind;
using std::chrono::seconds;

class FolderInput : public ::testing::Test {
 protected:
  FolderInput() {
    disk.files.write("/project/data/b.txt", "b");
    disk.files.write("/project/data/a/1.txt", "one");
    disk.files.write("/project/data/a.txt", "a");
    disk.clock.advance(seconds(10));
  }
  // The digest; zero and a failed test when there is none.
  Digest digest(const std::string& name = "data") {
    const auto seen = disk.folder(name);
    EXPECT_TRUE(seen) << to_string(seen.error());
    return seen ? seen->digest : Digest();
  }
  void make_folder(const std::string& path) { ASSERT_TRUE(disk.files.make_directories(path, 0755)); }

  ObservedDisk disk;
};

TEST_F(FolderInput, IsTheDigestOfItsSortedEntries) {
  const auto seen = disk.folder("data");
  ASSERT_TRUE(seen) << to_string(seen.error());
  FieldHasher expected;
  expected.begin("stepcache.folder").unsigned_integer(1);
  expected.begin("folder").bytes(as_bytes("a")).end();
  expected.begin("file").bytes(as_bytes("a.txt")).digest(sha256("a")).unsigned_integer(1).end();
  expected.begin("file").bytes(as_bytes("a/1.txt")).digest(sha256("one")).unsigned_integer(3).end();
  expected.begin("file").bytes(as_bytes("b.txt")).digest(sha256("b")).unsigned_integer(1).end();
  EXPECT_EQ(seen->digest, expected.end().finish());
  EXPECT_EQ(seen->base_name, "data");
  EXPECT_EQ(seen->size_bytes, 5U);
  EXPECT_EQ(seen->to_remember.size(), 3U);
}

TEST_F(FolderInput, HasItsNameWithAndWithoutASlash) {
  for (const char* name : {"data", "data/", "./data/.", "/project/data/", "data/a/.."}) {
    const auto seen = disk.folder(name);
    ASSERT_TRUE(seen) << to_string(seen.error());
    EXPECT_EQ(seen->base_name, "data") << name;
  }
  EXPECT_EQ(disk.folder(".")->base_name, "project");
  EXPECT_TRUE(disk.folder("/"));
}

TEST_F(FolderInput, ReadsOnlyWhatChanged) {
  const Digest before = digest();
  disk.files.forget_accesses();
  EXPECT_EQ(digest(), before);
  EXPECT_EQ(disk.files.all_accesses().opens, 0U);
  disk.files.write("/project/data/a/1.txt", "eins");
  const Digest after = digest();
  EXPECT_NE(after, before);
  EXPECT_EQ(disk.files.all_accesses().opens, 1U);
  EXPECT_EQ(disk.files.accesses("/project/data/a/1.txt").opens, 1U);
  disk.files.write("/project/data/a/1.txt", "one");
  EXPECT_EQ(digest(), before);
}

TEST_F(FolderInput, SharesWhatWasReadWithAFileInput) {
  ASSERT_TRUE(digest() != Digest());
  disk.files.forget_accesses();
  EXPECT_EQ(disk.file("data/b.txt")->digest, sha256("b"));
  EXPECT_EQ(disk.files.all_accesses().opens, 0U);
}

TEST_F(FolderInput, ChangesWithEveryNameAndOnlyWithThose) {
  const Digest before = digest();
  ASSERT_TRUE(disk.files.rename("/project/data/b.txt", "/project/data/c.txt"));
  const Digest renamed = digest();
  EXPECT_NE(renamed, before);
  ASSERT_TRUE(disk.files.rename("/project/data/c.txt", "/project/data/a/c.txt"));
  EXPECT_NE(digest(), renamed);
  ASSERT_TRUE(disk.files.rename("/project/data/a/c.txt", "/project/data/b.txt"));
  EXPECT_EQ(digest(), before);
  make_folder("/project/data/empty");
  EXPECT_NE(digest(), before);
  ASSERT_TRUE(disk.files.remove("/project/data/empty"));
  EXPECT_EQ(digest(), before);
  ASSERT_TRUE(disk.files.rename("/project/data", "/project/moved"));
  EXPECT_EQ(digest("moved"), before);
}

TEST_F(FolderInput, FollowsLinks) {
  const Digest before = digest();
  // The same tree, made of links.
  disk.files.write("/elsewhere/1.txt", "one");
  disk.files.write("/elsewhere.txt", "b");
  disk.files.write("/project/links/a.txt", "a");
  disk.files.make_link("/project/links/a", "/elsewhere");
  disk.files.make_link("/project/links/b.txt", "../../elsewhere.txt");
  EXPECT_EQ(digest("links"), before);
  disk.files.write("/elsewhere/1.txt", "eins");
  EXPECT_NE(digest("links"), before);
}

TEST_F(FolderInput, WalksALoopOfLinksOnce) {
  const Digest before = digest();
  disk.files.make_link("/project/data/a/up", "..");
  const Digest up = digest();
  EXPECT_NE(up, before);
  EXPECT_EQ(disk.files.accesses("/project/data/a/up/a").lists, 0U);
  ASSERT_TRUE(disk.files.remove("/project/data/a/up"));
  disk.files.make_link("/project/data/a/up", ".");
  EXPECT_NE(digest(), up) << "a loop to another folder";
}

TEST_F(FolderInput, WalksAFolderThatTwoLinksReachTwice) {
  disk.files.make_link("/project/data/first", "/project/data/a");
  disk.files.make_link("/project/data/second", "/project/data/a");
  EXPECT_EQ(disk.folder("data")->size_bytes, 5U + 2 * 3U);
}

TEST_F(FolderInput, HoldsALinkToNothingAsWhatItIs) {
  const Digest before = digest();
  disk.files.make_link("/project/data/broken", "/nowhere");
  const Digest broken = digest();
  EXPECT_NE(broken, before);
  disk.files.write("/nowhere", "");
  EXPECT_NE(digest(), broken);
}

TEST_F(FolderInput, MayHaveAnyBytesInItsNames) {
  disk.files.write("/project/odd/\xff\n \"x\"", "1");
  const Digest odd = digest("odd");
  ASSERT_TRUE(disk.files.rename("/project/odd/\xff\n \"x\"", "/project/odd/\xfe\n \"x\""));
  EXPECT_NE(digest("odd"), odd);
}

TEST_F(FolderInput, TellsFoldersApartWhoseNamesRunTogether) {
  disk.files.write("/project/x/a/b", "1");
  disk.files.write("/project/y/a", "");
  disk.files.write("/project/y/b", "1");
  EXPECT_NE(digest("x"), digest("y"));
  make_folder("/project/e");
  make_folder("/project/f/g");
  EXPECT_NE(digest("e"), digest("f"));
}

TEST_F(FolderInput, IsNoFileAndIsThere) {
  const auto file = disk.folder("data/b.txt");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(file.error().where, "data/b.txt");
  const auto missing = disk.folder("none/");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error(), (Error{ErrorCode::not_found,
                                    "there is no such input folder (looked for /project/none); create it, or give "
                                    "another path",
                                    "none/"}));
}

TEST_F(FolderInput, NamesTheFileInItThatMayNotBeRead) {
  ASSERT_TRUE(disk.files.set_mode("/project/data/a/1.txt", 0));
  const auto seen = disk.folder("data");
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, ErrorCode::io);
  EXPECT_EQ(seen.error().where, "/project/data/a/1.txt");
}

TEST_F(FolderInput, IsWalkedAgainWhenANameCameMeanwhile) {
  int times = 1;
  disk.busy.after_list = [&](const auto& path) {
    if (path == "/project/data" && times-- > 0) {
      disk.clock.advance(seconds(1));
      disk.files.write("/project/data/new.txt", "new");
    }
  };
  const Digest seen = digest();
  disk.busy.after_list = [](const auto&) {};
  EXPECT_EQ(seen, digest());
  EXPECT_EQ(disk.folder("data")->size_bytes, 8U);
}

TEST_F(FolderInput, IsWalkedAgainWhenANameWentMeanwhile) {
  disk.busy.before_open = [&](const auto& path) {
    if (path == "/project/data/b.txt") (void)disk.files.remove(path);
  };
  const Digest seen = digest();
  EXPECT_EQ(seen, digest());
  EXPECT_EQ(disk.folder("data")->size_bytes, 4U);
}

TEST_F(FolderInput, IsBusyWhenItChangesAllTheTime) {
  int names = 0;
  disk.busy.after_list = [&](const auto&) {
    disk.clock.advance(seconds(1));
    disk.files.write("/project/data/a/" + std::to_string(++names), "");
  };
  const auto seen = disk.folder("data");
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, ErrorCode::busy);
  EXPECT_EQ(seen.error().where, "/project/data");
}

TEST_F(FolderInput, MayBeDeeperThanTheStack) {
  std::string path = "/project/deep";
  for (int i = 0; i < 2'000; ++i) path += "/d";
  disk.files.write(path + "/x", "1");
  EXPECT_EQ(disk.folder("deep")->size_bytes, 1U);
}

TEST(FolderInputOnDisk, IsWalked) {
  const testing::TemporaryFolder folder;
  std::error_code error;
  std::filesystem::create_directories(folder.path() / "data" / "sub", error);
  std::ofstream(folder.path() / "data" / "x") << "x";
  std::ofstream(folder.path() / "data" / "sub" / "y") << "yy";
  std::filesystem::create_directory_symlink("..", folder.path() / "data" / "sub" / "loop", error);
  std::filesystem::create_symlink("nowhere", folder.path() / "data" / "broken", error);
  ASSERT_FALSE(error);
  testing::ManualClock clock;
  const Context context = {platform::real_file_system(), clock, folder.path(), "", {}};
  const auto seen = observe(context, {ExternalKind::folder, "data"});
  ASSERT_TRUE(seen) << to_string(seen.error());
  EXPECT_EQ(seen->size_bytes, 3U);
  EXPECT_EQ(seen->to_remember.size(), 2U);
}

}  // namespace
}  // namespace stepcache::external_input
