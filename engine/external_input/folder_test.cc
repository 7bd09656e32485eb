#include <gtest/gtest.h>

#include <fstream>

#include "digest/sha256.h"
#include "encoding/tree.h"
#include "external_input/external_input.h"
#include "external_input/observed_disk_test.h"
#include "testing/temporary_folder.h"

namespace stepcache::external_input {
namespace {

using pipeline::ExternalKind;
using std::chrono::seconds;

class FolderInput : public ::testing::Test {
 public:
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

TEST_F(FolderInput, IsTheTreeOfItsFiles) {
  const auto seen = disk.folder("data");
  ASSERT_TRUE(seen) << to_string(seen.error());
  const auto manifest = encoding::encode_tree(
      {{"a.txt", sha256("a"), 1, false}, {"a/1.txt", sha256("one"), 3, false}, {"b.txt", sha256("b"), 1, false}},
      encoding::TreeNames::paths);
  EXPECT_EQ(seen->digest, sha256(*manifest));
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

TEST_F(FolderInput, RefusesALinkToAFolderAroundIt) {
  for (const char* target : {"..", ".", "/project/data"}) {
    disk.files.make_link("/project/data/a/up", target);
    const auto seen = disk.folder("data");
    ASSERT_FALSE(seen) << target;
    EXPECT_EQ(seen.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(seen.error().where, "/project/data/a/up");
    ASSERT_TRUE(disk.files.remove("/project/data/a/up"));
  }
}

TEST_F(FolderInput, LeavesOutTheWorkspaceInIt) {
  disk.files.write("/project/.stepcache/metadata.db", "1");
  const Digest before = digest(".");
  disk.files.write("/project/.stepcache/metadata.db", "22");
  EXPECT_EQ(digest("."), before);
  EXPECT_EQ(disk.files.accesses("/project/.stepcache/metadata.db").opens, 0U);
  EXPECT_EQ(disk.files.accesses("/project/.stepcache").lists, 0U);
}

TEST_F(FolderInput, WalksAFolderThatTwoLinksReachTwice) {
  disk.files.make_link("/project/data/first", "/project/data/a");
  disk.files.make_link("/project/data/second", "/project/data/a");
  EXPECT_EQ(disk.folder("data")->size_bytes, 5U + 2 * 3U);
}

TEST_F(FolderInput, RefusesALinkThatLeadsNowhere) {
  disk.files.make_link("/project/data/broken", "/nowhere");
  const auto seen = disk.folder("data");
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(seen.error().where, "/project/data/broken");
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
  EXPECT_EQ(file.error().where, "/project/data/b.txt");
  EXPECT_EQ(disk.folder("").error().code, ErrorCode::invalid_argument);
  const auto missing = disk.folder("none/");
  ASSERT_FALSE(missing);
  EXPECT_EQ(to_string(missing.error()),
            "/project/none: the input folder is not there; make it, or give another path (relative paths start at "
            "/project)");
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
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

TEST_F(FolderInput, MayBeNestedDeeply) {
  std::string path = "/project/deep";
  for (int i = 0; i < 500; ++i) path += "/d";
  disk.files.write(path + "/x", "1");
  EXPECT_EQ(disk.folder("deep")->size_bytes, 1U);
}

TEST(FolderInputOnDisk, IsWalked) {
  const testing::TemporaryFolder folder;
  std::error_code error;
  std::filesystem::create_directories(folder.path() / "data" / "sub", error);
  std::ofstream(folder.path() / "data" / "x") << "x";
  std::ofstream(folder.path() / "data" / "sub" / "y") << "yy";
  std::filesystem::create_symlink("sub/y", folder.path() / "data" / "link", error);
  ASSERT_FALSE(error);
  testing::ManualClock clock;
  const Context context = {platform::real_file_system(), clock, folder.path(), "", {}};
  const auto seen = observe(context, {ExternalKind::folder, "data"});
  ASSERT_TRUE(seen) << to_string(seen.error());
  const auto manifest = encoding::encode_tree(
      {{"link", sha256("yy"), 2, false}, {"sub/y", sha256("yy"), 2, false}, {"x", sha256("x"), 1, false}},
      encoding::TreeNames::paths);
  EXPECT_EQ(seen->digest, sha256(*manifest));
  EXPECT_EQ(seen->size_bytes, 5U);
  EXPECT_EQ(seen->to_remember.size(), 3U);
  std::filesystem::create_directory_symlink("..", folder.path() / "data" / "sub" / "loop", error);
  ASSERT_FALSE(error);
  EXPECT_EQ(observe(context, {ExternalKind::folder, "data"}).error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace stepcache::external_input
