#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "platform/file_system_suite.h"
#include "testing/temporary_folder.h"

namespace stepcache::platform {
namespace {

class RealWorld final : public FileSystemWorld {
 public:
  FileSystem& files() override { return real_file_system(); }
  std::filesystem::path folder() override { return folder_.path(); }
  void make_link(const std::filesystem::path& name, const std::filesystem::path& target) override {
    std::error_code code;
    std::filesystem::create_symlink(target, name, code);
    ASSERT_FALSE(code) << code.message();
  }

 private:
  testing::TemporaryFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Real, FileSystemSuite,
                         ::testing::Values(MakeFileSystemWorld([] { return std::make_unique<RealWorld>(); })));

TEST(RealFileSystem, DoesNotWaitAtAPipeThatNobodyWritesTo) {
  const testing::TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder.path() / "pipe").c_str(), 0600), 0);
  const auto opened = real_file_system().open(folder.path() / "pipe");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::io);
  EXPECT_NE(opened.error().message.find("pipe"), std::string::npos);
  EXPECT_FALSE(real_file_system().open("/dev/zero")) << "reading it would never end";
}

TEST(RealFileSystem, NeverActsOnTheNameBeforeANulByte) {
  const testing::TemporaryFolder folder;
  ASSERT_TRUE(replace_file(real_file_system(), folder.path() / "a", as_bytes("kept"), 0600));
  const std::filesystem::path tricky = (folder.path() / "a").native() + std::string("\0b", 2);
  EXPECT_FALSE(real_file_system().stat(tricky));
  EXPECT_FALSE(real_file_system().open(tricky));
  EXPECT_FALSE(real_file_system().remove(tricky));
  EXPECT_FALSE(real_file_system().rename(tricky, folder.path() / "c"));
  EXPECT_EQ(read_whole(real_file_system(), folder.path() / "a").value(), "kept");
}

TEST(RealFileSystem, ReadsFilesThatSayTheyAreEmpty) {
  const auto status = read_whole(real_file_system(), "/proc/self/status");
  ASSERT_TRUE(status);
  EXPECT_NE(status->find("Pid:"), std::string::npos);
}

TEST(RealFileSystem, FollowsTheUmaskOfTheUser) {
  const testing::TemporaryFolder folder;
  const mode_t before = ::umask(0077);
  const auto replaced = replace_file(real_file_system(), folder.path() / "a", as_bytes("x"), 0644);
  ::umask(before);
  ASSERT_TRUE(replaced);
  EXPECT_EQ(real_file_system().stat(folder.path() / "a").value().mode, 0600U);
}

TEST(RealFileSystem, RelativeNamesStartAtTheWorkingDirectory) {
  const testing::TemporaryFolder folder;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  const auto replaced = replace_file(real_file_system(), "plain", as_bytes("x"), 0644);
  const auto made = real_file_system().make_directories("a/b", 0755);
  std::filesystem::current_path(before);
  EXPECT_TRUE(replaced);
  EXPECT_TRUE(made);
  EXPECT_EQ(read_whole(real_file_system(), folder.path() / "plain").value(), "x");
  EXPECT_TRUE(std::filesystem::is_directory(folder.path() / "a/b"));
}

}  // namespace
}  // namespace stepcache::platform
