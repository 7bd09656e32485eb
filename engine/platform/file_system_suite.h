#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "digest/sha256.h"
#include "platform/file_system.h"

// What every FileSystem promises. An implementation runs it with
//   INSTANTIATE_TEST_SUITE_P(Real, FileSystemSuite, ::testing::Values(MakeFileSystemWorld(make_my_world)));
namespace stepcache::platform {

// A file system with a folder to play in.
class FileSystemWorld {
 public:
  virtual ~FileSystemWorld() = default;
  virtual FileSystem& files() = 0;
  virtual std::filesystem::path folder() = 0;
  virtual void make_link(const std::filesystem::path& name, const std::filesystem::path& target) = 0;
};
using MakeFileSystemWorld = std::function<std::unique_ptr<FileSystemWorld>()>;

class FileSystemSuite : public ::testing::TestWithParam<MakeFileSystemWorld> {
 public:
  void put(const std::filesystem::path& name, std::string_view content, std::uint32_t mode = 0644) {
    auto file = files.create(name, mode);
    ASSERT_TRUE(file) << to_string(file.error());
    ASSERT_TRUE((*file)->append(as_bytes(content)));
    ASSERT_TRUE((*file)->close());
  }
  std::string get(const std::filesystem::path& name) {
    auto content = read_whole(files, name);
    return content ? *content : "(" + std::string(stepcache::name(content.error().code)) + ")";
  }
  bool exists(const std::filesystem::path& name) { return files.stat_link(name).has_value(); }
  FileIdentity identity(const std::filesystem::path& name) { return files.stat(name).value().identity; }

  std::unique_ptr<FileSystemWorld> world = GetParam()();
  FileSystem& files = world->files();
  std::filesystem::path folder = world->folder();
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(FileSystemSuite);

TEST_P(FileSystemSuite, ReadsBackWhatWasAppended) {
  auto file = files.create(folder / "a", 0644);
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->append(as_bytes("one ")));
  ASSERT_TRUE((*file)->append({}));
  ASSERT_TRUE((*file)->append(as_bytes("two")));
  ASSERT_TRUE((*file)->sync());
  ASSERT_TRUE((*file)->close());
  EXPECT_EQ(get(folder / "a"), "one two");
  const auto info = files.stat(folder / "a");
  ASSERT_TRUE(info);
  EXPECT_EQ(info->identity.size_bytes, 7U);
  EXPECT_EQ(info->type, FileType::regular);
  EXPECT_EQ(info->mode, 0644U);
}

TEST_P(FileSystemSuite, ReadsAtAnOffsetAndGivesNothingBehindTheEnd) {
  put(folder / "a", "0123456789");
  auto file = files.open(folder / "a");
  ASSERT_TRUE(file);
  std::string buffer(4, '?');
  const auto into = std::as_writable_bytes(std::span(buffer));
  EXPECT_EQ((*file)->read_at(into, 8).value(), 2U);
  EXPECT_EQ(buffer, "89??");
  EXPECT_EQ((*file)->read_at(into, 10).value(), 0U);
  EXPECT_EQ((*file)->read_at(into, UINT64_MAX).value(), 0U);
}

TEST_P(FileSystemSuite, SaysNotFoundForWhatIsNotThere) {
  put(folder / "file", "x");
  for (const auto& missing : {folder / "none", folder / "none" / "below", folder / "file" / "below"}) {
    EXPECT_EQ(files.stat(missing).error().code, ErrorCode::not_found) << missing;
    EXPECT_EQ(files.stat_link(missing).error().code, ErrorCode::not_found) << missing;
    EXPECT_EQ(files.open(missing).error().code, ErrorCode::not_found) << missing;
    EXPECT_EQ(files.list(missing).error().code, ErrorCode::not_found) << missing;
    EXPECT_EQ(files.set_mode(missing, 0600).error().code, ErrorCode::not_found) << missing;
    EXPECT_EQ(files.rename(missing, folder / "to").error().code, ErrorCode::not_found) << missing;
    EXPECT_EQ(files.sync_file(missing).error().code, ErrorCode::not_found) << missing;
    EXPECT_EQ(files.sync_directory(missing).error().code, ErrorCode::not_found) << missing;
    EXPECT_EQ(files.stat(missing).error().where, missing.native());
  }
  EXPECT_EQ(files.create(folder / "none" / "a", 0644).error().code, ErrorCode::not_found);
  EXPECT_FALSE(exists(folder / "to"));
}

TEST_P(FileSystemSuite, CreatesOnlyNewFiles) {
  put(folder / "a", "kept");
  const auto again = files.create(folder / "a", 0644);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::io);
  EXPECT_EQ(again.error().where, (folder / "a").native());
  EXPECT_EQ(get(folder / "a"), "kept");
}

TEST_P(FileSystemSuite, OpensNoDirectory) {
  const auto opened = files.open(folder);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::io);
  EXPECT_EQ(files.stat(folder).value().type, FileType::directory);
}

TEST_P(FileSystemSuite, KeepsAnyNameThatBytesCanMake) {
  for (const std::string name : {"with space", "quote'\"", "new\nline", "\xff\xfe not UTF-8", "-rf", "a\\b"}) {
    put(folder / name, name);
    EXPECT_EQ(get(folder / name), name);
  }
  EXPECT_EQ(files.list(folder).value(),
            (std::vector<std::string>{"-rf", "a\\b", "new\nline", "quote'\"", "with space", "\xff\xfe not UTF-8"}));
}

TEST_P(FileSystemSuite, RenamesOverAFileAndKeepsTheInode) {
  put(folder / "new", "new");
  put(folder / "old", "old");
  const FileIdentity before = identity(folder / "new");
  ASSERT_TRUE(files.rename(folder / "new", folder / "old"));
  EXPECT_EQ(get(folder / "old"), "new");
  EXPECT_FALSE(exists(folder / "new"));
  EXPECT_EQ(identity(folder / "old").inode, before.inode);
  EXPECT_EQ(identity(folder / "old").mtime_ns, before.mtime_ns);
}

TEST_P(FileSystemSuite, RefusesARenameOverADirectory) {
  ASSERT_TRUE(files.make_directories(folder / "directory", 0755));
  put(folder / "a", "a");
  EXPECT_EQ(files.rename(folder / "a", folder / "directory").error().code, ErrorCode::io);
  EXPECT_EQ(get(folder / "a"), "a");
}

TEST_P(FileSystemSuite, RemovesFilesAndEmptyDirectoriesOnly) {
  ASSERT_TRUE(files.make_directories(folder / "full", 0755));
  ASSERT_TRUE(files.make_directories(folder / "empty", 0755));
  put(folder / "full" / "a", "a");
  EXPECT_TRUE(files.remove(folder / "empty"));
  EXPECT_EQ(files.remove(folder / "full").error().code, ErrorCode::io);
  EXPECT_EQ(get(folder / "full" / "a"), "a");
  EXPECT_TRUE(files.remove(folder / "full" / "a"));
  EXPECT_TRUE(files.remove(folder / "full"));
  EXPECT_EQ(files.list(folder).value(), std::vector<std::string>{});
}

TEST_P(FileSystemSuite, RemovingWhatIsNotThereIsNoError) {
  put(folder / "file", "x");
  EXPECT_TRUE(files.remove(folder / "none"));
  EXPECT_TRUE(files.remove(folder / "none" / "below"));
  EXPECT_TRUE(files.remove(folder / "file" / "below"));
}

TEST_P(FileSystemSuite, ReadsOnFromAFileWhoseNameWasRemoved) {
  put(folder / "a", "still here");
  auto file = files.open(folder / "a");
  ASSERT_TRUE(file);
  ASSERT_TRUE(files.remove(folder / "a"));
  put(folder / "a", "another");
  std::string buffer(10, '?');
  EXPECT_EQ((*file)->read_at(std::as_writable_bytes(std::span(buffer)), 0).value(), 10U);
  EXPECT_EQ(buffer, "still here");
  EXPECT_NE((*file)->info().value().identity.inode, identity(folder / "a").inode);
}

TEST_P(FileSystemSuite, SetsTheModeWithoutTouchingContentOrTime) {
  put(folder / "a", "a", 0600);
  const FileIdentity before = identity(folder / "a");
  ASSERT_TRUE(files.set_mode(folder / "a", 0444));
  const FileInfo after = files.stat(folder / "a").value();
  EXPECT_EQ(after.mode, 0444U);
  EXPECT_EQ(after.identity.mtime_ns, before.mtime_ns);
  EXPECT_EQ(get(folder / "a"), "a");
}

TEST_P(FileSystemSuite, MakesDirectoriesWithTheirParents) {
  ASSERT_TRUE(files.make_directories(folder / "a" / "b" / "c", 0700));
  EXPECT_EQ(files.stat(folder / "a").value().mode, 0700U);
  EXPECT_EQ(files.stat(folder / "a/b/c").value().type, FileType::directory);
  ASSERT_TRUE(files.make_directories(folder / "a" / "b", 0755)) << "it is there already";
  EXPECT_EQ(files.stat(folder / "a/b").value().mode, 0700U) << "and keeps its mode";
  ASSERT_TRUE(files.make_directories(folder / "with" / "slash" / "", 0700));
  EXPECT_EQ(files.stat(folder / "with/slash").value().type, FileType::directory);
}

TEST_P(FileSystemSuite, MakesNoDirectoryWhereAFileIs) {
  put(folder / "file", "kept");
  EXPECT_EQ(files.make_directories(folder / "file", 0755).error().code, ErrorCode::io);
  EXPECT_FALSE(files.make_directories(folder / "file" / "below", 0755));
  EXPECT_EQ(get(folder / "file"), "kept");
}

TEST_P(FileSystemSuite, FollowsLinksWithStatAndNotWithStatLink) {
  put(folder / "target", "12345");
  world->make_link(folder / "link", "target");
  EXPECT_EQ(identity(folder / "link"), identity(folder / "target"));
  EXPECT_EQ(files.stat_link(folder / "link").value().type, FileType::other);
  EXPECT_EQ(get(folder / "link"), "12345");
  ASSERT_TRUE(files.remove(folder / "link"));
  EXPECT_EQ(get(folder / "target"), "12345") << "the link goes, not what it points to";
}

TEST_P(FileSystemSuite, EndsInALoopOfLinks) {
  world->make_link(folder / "a", "b");
  world->make_link(folder / "b", "a");
  EXPECT_EQ(files.stat(folder / "a").error().code, ErrorCode::io);
  EXPECT_EQ(files.stat_link(folder / "a").value().type, FileType::other);
}

TEST_P(FileSystemSuite, TellsAChangedFileByItsIdentity) {
  put(folder / "a", "one");
  put(folder / "b", "two");
  EXPECT_EQ(identity(folder / "a"), identity(folder / "a"));
  EXPECT_NE(identity(folder / "a"), identity(folder / "b"));
  const FileIdentity before = identity(folder / "a");
  ASSERT_TRUE(files.rename(folder / "b", folder / "a"));
  EXPECT_NE(identity(folder / "a"), before);
}

TEST_P(FileSystemSuite, SyncsFilesThatSomebodyElseWroteAndDirectories) {
  put(folder / "a", "a", 0444);
  EXPECT_TRUE(files.sync_file(folder / "a"));
  EXPECT_TRUE(files.sync_directory(folder));
  EXPECT_FALSE(files.sync_directory(folder / "a")) << "a file is no directory";
}

// --- What is made of the contract

TEST_P(FileSystemSuite, ReadsAWholeFileUpToALimit) {
  put(folder / "a", "0123456789");
  EXPECT_EQ(read_whole(files, folder / "a", 10).value(), "0123456789");
  const auto cut = read_whole(files, folder / "a", 9);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, ErrorCode::io);
  EXPECT_EQ(cut.error().where, (folder / "a").native());
  put(folder / "empty", "");
  EXPECT_EQ(read_whole(files, folder / "empty", 0).value(), "");
}

TEST_P(FileSystemSuite, HashesAFileOfSeveralBlocks) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, (1UL << 20U) - 1, 1UL << 20U, (1UL << 21U) + 7}) {
    std::string content(size, '\0');
    for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<char>(i * 31 + i / 4096);
    const auto name = folder / std::to_string(size);
    put(name, content);
    const auto hashed = hash_file(files, name);
    ASSERT_TRUE(hashed) << to_string(hashed.error());
    EXPECT_EQ(hashed->digest, sha256(content)) << size;
    EXPECT_EQ(hashed->info.identity, identity(name)) << size;
  }
  EXPECT_EQ(hash_file(files, folder / "none").error().code, ErrorCode::not_found);
  EXPECT_EQ(hash_file(files, folder).error().code, ErrorCode::io);
}

TEST_P(FileSystemSuite, ReplacesAFileAndLeavesNothingElse) {
  ASSERT_TRUE(replace_file(files, folder / "a", as_bytes("first"), 0600));
  EXPECT_EQ(get(folder / "a"), "first");
  EXPECT_EQ(files.stat(folder / "a").value().mode, 0600U);
  ASSERT_TRUE(replace_file(files, folder / "a", as_bytes("second"), 0644));
  EXPECT_EQ(get(folder / "a"), "second");
  EXPECT_EQ(files.list(folder).value(), std::vector<std::string>{"a"});
  EXPECT_EQ(replace_file(files, folder / "none" / "a", as_bytes("x"), 0644).error().code, ErrorCode::not_found);
}

TEST_P(FileSystemSuite, ReplacesAFileOfTheLongestName) {
  const std::string longest(255, 'n');
  ASSERT_TRUE(replace_file(files, folder / longest, as_bytes("x"), 0644));
  EXPECT_EQ(get(folder / longest), "x");
}

TEST_P(FileSystemSuite, CopiesAFile) {
  const std::string content((1U << 20U) + 3, 'c');
  put(folder / "from", content, 0444);
  put(folder / "to", "old");
  ASSERT_TRUE(copy_file(files, folder / "from", folder / "to", 0644));
  EXPECT_EQ(get(folder / "to"), content);
  EXPECT_EQ(files.stat(folder / "to").value().mode, 0644U);
  EXPECT_NE(identity(folder / "to").inode, identity(folder / "from").inode);
  EXPECT_EQ(copy_file(files, folder / "none", folder / "to", 0644).error().code, ErrorCode::not_found);
  EXPECT_EQ(get(folder / "to"), content) << "what could not be copied replaces nothing";
  EXPECT_EQ(files.list(folder).value(), (std::vector<std::string>{"from", "to"}));
}

TEST_P(FileSystemSuite, RemovesATreeAndNothingThatItsLinksPointTo) {
  ASSERT_TRUE(files.make_directories(folder / "outside", 0755));
  put(folder / "outside" / "kept", "kept");
  ASSERT_TRUE(files.make_directories(folder / "tree" / "deep" / "deeper", 0755));
  put(folder / "tree" / "a", "a");
  put(folder / "tree" / "deep" / "b", "b", 0444);
  world->make_link(folder / "tree" / "to_folder", folder / "outside");
  world->make_link(folder / "tree" / "deep" / "to_file", "../../outside/kept");
  world->make_link(folder / "tree" / "dangling", "nowhere");
  ASSERT_TRUE(remove_tree(files, folder / "tree"));
  EXPECT_EQ(files.list(folder).value(), std::vector<std::string>{"outside"});
  EXPECT_EQ(get(folder / "outside" / "kept"), "kept");
  EXPECT_TRUE(remove_tree(files, folder / "tree")) << "it is gone already";

  world->make_link(folder / "link", "outside");
  ASSERT_TRUE(remove_tree(files, folder / "link"));
  EXPECT_EQ(files.list(folder).value(), std::vector<std::string>{"outside"});
  EXPECT_EQ(get(folder / "outside" / "kept"), "kept");
}

}  // namespace stepcache::platform
