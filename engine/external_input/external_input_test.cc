#include "external_input/external_input.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "digest/sha256.h"
#include "external_input/observed_disk_test.h"
#include "testing/temporary_folder.h"

namespace stepcache::external_input {
namespace {

using pipeline::ExternalKind;
using std::chrono::milliseconds;
using std::chrono::seconds;

// --- Files

class FileInput : public ::testing::Test {
 public:
  FileInput() {
    disk.files.write(k_path, "1,2\n");
    disk.clock.advance(seconds(10));
  }
  std::uint64_t opens() const { return disk.files.accesses(k_path).opens; }

  static constexpr const char* k_path = "/project/data.csv";
  ObservedDisk disk;
};

TEST_F(FileInput, IsTheDigestOfItsContentAndItsBaseName) {
  const auto seen = disk.file("data.csv");
  ASSERT_TRUE(seen) << to_string(seen.error());
  EXPECT_EQ(seen->digest, sha256("1,2\n"));
  EXPECT_EQ(seen->base_name, "data.csv");
  EXPECT_EQ(seen->size_bytes, 4U);
  EXPECT_FALSE(seen->value);
  ASSERT_EQ(seen->to_remember.size(), 1U);
  EXPECT_EQ(seen->to_remember[0].path, k_path);
  EXPECT_EQ(seen->to_remember[0].observed_ns, disk.clock.wall_ns());
}

TEST_F(FileInput, IsTheSameByWhateverPathItIsNamed) {
  disk.files.write("/project/sub/x", "");
  for (const char* name : {"data.csv", "./data.csv", "sub/../data.csv", "/project/data.csv", "../project//data.csv"}) {
    const auto seen = disk.file(name);
    ASSERT_TRUE(seen) << to_string(seen.error());
    EXPECT_EQ(seen->digest, sha256("1,2\n"));
    EXPECT_EQ(seen->base_name, "data.csv");
  }
  EXPECT_EQ(opens(), 1U);
}

TEST_F(FileInput, IsNotReadAgainWhileItIsTheSame) {
  const auto first = disk.file("data.csv");
  ASSERT_EQ(opens(), 1U);
  const auto second = disk.file("data.csv");
  EXPECT_EQ(second->digest, first->digest);
  EXPECT_EQ(second->size_bytes, 4U);
  EXPECT_TRUE(second->to_remember.empty());
  EXPECT_EQ(opens(), 1U);
}

TEST_F(FileInput, IsReadAgainWhenAnyPartOfItsIdentityDiffers) {
  const metadata::FileObservation whole = disk.file("data.csv")->to_remember.at(0);
  const auto differs = [&](auto change) {
    disk.remembered[k_path] = whole;
    change(disk.remembered[k_path]);
    const std::uint64_t before = opens();
    return disk.file("data.csv")->digest == sha256("1,2\n") && opens() == before + 1;
  };
  EXPECT_TRUE(differs([](auto& file) { ++file.device; }));
  EXPECT_TRUE(differs([](auto& file) { ++file.inode; }));
  EXPECT_TRUE(differs([](auto& file) { ++file.size_bytes; }));
  EXPECT_TRUE(differs([](auto& file) { ++file.mtime_ns; }));
  EXPECT_TRUE(differs([](auto& file) { ++file.ctime_ns; }));
  EXPECT_FALSE(differs([](auto&) {}));
}

TEST_F(FileInput, IsTrustedOnlyWhenItHadSettledForTwoSeconds) {
  disk.files.write(k_path, "3,4\n");
  disk.clock.advance(milliseconds(1999));
  ASSERT_TRUE(disk.file("data.csv"));
  disk.clock.advance(seconds(60));
  const std::uint64_t before = opens();
  ASSERT_TRUE(disk.file("data.csv"));
  EXPECT_EQ(opens(), before + 1) << "it was remembered too soon after its last change, however long ago that is";
  ASSERT_TRUE(disk.file("data.csv"));
  EXPECT_EQ(opens(), before + 1) << "it had settled when it was read again";

  disk.files.write(k_path, "5,6\n");
  disk.clock.advance(seconds(2));
  ASSERT_TRUE(disk.file("data.csv"));
  ASSERT_TRUE(disk.file("data.csv"));
  EXPECT_EQ(opens(), before + 2);
}

TEST_F(FileInput, OfTheFutureIsNeverTrusted) {
  disk.clock.advance(std::chrono::hours(2));
  disk.files.write(k_path, "3,4\n");
  disk.clock.set_wall_ns(disk.clock.wall_ns() - std::chrono::nanoseconds(std::chrono::hours(1)).count());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(disk.file("data.csv"));
    disk.clock.advance(seconds(60));
  }
  EXPECT_EQ(opens(), 3U);
}

TEST_F(FileInput, ThatIsRewrittenInTheSameInstantIsSeen) {
  disk.files.write(k_path, "3,4\n");
  const auto before = disk.file("data.csv");
  disk.files.write(k_path, "5,6\n");
  const auto after = disk.file("data.csv");
  EXPECT_EQ(after->to_remember.at(0).ctime_ns, before->to_remember.at(0).ctime_ns) << "no identity tells them apart";
  EXPECT_EQ(after->digest, sha256("5,6\n"));
}

TEST_F(FileInput, ThatIsTouchedIsReadAndHasTheSameDigest) {
  const auto before = disk.file("data.csv");
  disk.files.write(k_path, "1,2\n");
  const auto after = disk.file("data.csv");
  EXPECT_EQ(opens(), 2U);
  EXPECT_EQ(after->digest, before->digest);
}

TEST_F(FileInput, IsReadEachTimeWithoutAnythingToRecall) {
  Context context = disk.context();
  context.recall = nullptr;
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(observe(context, {ExternalKind::file, "data.csv"})->digest, sha256("1,2\n"));
  }
  EXPECT_EQ(opens(), 2U);
}

TEST_F(FileInput, ThatIsALinkHasTheLinksNameAndTheTargetsContent) {
  disk.files.make_link("/project/latest.csv", "data.csv");
  const auto seen = disk.file("latest.csv");
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->base_name, "latest.csv");
  EXPECT_EQ(seen->digest, sha256("1,2\n"));
}

TEST_F(FileInput, MayHaveAnyBytesInItsName) {
  const std::string name = "a \"quoted\"\nname \xff\xfe.csv";
  disk.files.write("/project/" + name, "x");
  const auto seen = disk.file(name);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->base_name, name);
  const auto missing = disk.file("no \xff");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().where, "/project/no \xff");
}

TEST_F(FileInput, ThatIsMissingIsNamedWithWhereItWasLookedFor) {
  const auto seen = disk.file("sub/none.csv");
  ASSERT_FALSE(seen);
  EXPECT_EQ(to_string(seen.error()),
            "/project/sub/none.csv: the input file is not there; make it, or give another path (relative paths start "
            "at /project)");
  EXPECT_EQ(seen.error().code, ErrorCode::not_found);
  EXPECT_EQ(disk.file("data.csv/x").error().code, ErrorCode::not_found);
  disk.files.make_link("/project/latest.csv", "gone.csv");
  EXPECT_EQ(disk.file("latest.csv").error().code, ErrorCode::not_found);
}

TEST_F(FileInput, IsNoFolder) {
  const auto seen = disk.file("../project");
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(seen.error().where, "/project");
}

TEST_F(FileInput, HasAPath) {
  EXPECT_EQ(disk.file("").error().code, ErrorCode::invalid_argument);
  // The system would look for "data.csv".
  EXPECT_EQ(disk.file(std::string("data.csv\0x", 10)).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(opens(), 0U);
}

TEST_F(FileInput, ThatMayNotBeReadIsAnErrorEachTime) {
  ASSERT_TRUE(disk.files.set_mode(k_path, 0));
  for (int i = 0; i < 2; ++i) {
    const auto seen = disk.file("data.csv");
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().code, ErrorCode::io);
    EXPECT_EQ(seen.error().where, k_path);
  }
  EXPECT_TRUE(disk.remembered.empty());
}

TEST_F(FileInput, ThatVanishesBeforeItIsReadIsMissing) {
  disk.busy.before_open = [&](const auto& path) { (void)disk.files.remove(path); };
  const auto seen = disk.file("data.csv");
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, ErrorCode::not_found);
}

TEST(FileInputOnDisk, IsReadAndRecalled) {
  const testing::TemporaryFolder folder;
  std::ofstream(folder.path() / "data.csv") << "1,2\n";
  testing::ManualClock clock;
  std::optional<metadata::FileObservation> remembered;
  const Context context = {platform::real_file_system(), clock, folder.path(), "secret",
                           [&](const std::string&) { return remembered; }};
  const auto first = observe(context, {ExternalKind::file, "data.csv"});
  ASSERT_TRUE(first) << to_string(first.error());
  EXPECT_EQ(first->digest, sha256("1,2\n"));
  remembered = first->to_remember.at(0);
  remembered->observed_ns = remembered->ctime_ns + std::chrono::nanoseconds(seconds(3)).count();
  EXPECT_TRUE(observe(context, {ExternalKind::file, "data.csv"})->to_remember.empty());
  std::ofstream(folder.path() / "data.csv", std::ios::app) << "3,4\n";
  EXPECT_EQ(observe(context, {ExternalKind::file, "data.csv"})->digest, sha256("1,2\n3,4\n"));
}

TEST(FileInputOnDisk, IsNoPipe) {
  const testing::TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder.path() / "pipe").c_str(), 0600), 0);
  testing::ManualClock clock;
  const Context context = {platform::real_file_system(), clock, folder.path(), "secret", {}};
  for (const auto kind : {ExternalKind::file, ExternalKind::folder}) {
    const auto seen = observe(context, {kind, "pipe"});
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().code, ErrorCode::invalid_argument);
  }
  const auto within = observe(context, {ExternalKind::folder, "."});
  ASSERT_FALSE(within);
  EXPECT_EQ(within.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(within.error().where, (folder.path() / "pipe").native());
}

// --- Environment variables

class EnvironmentInput : public ::testing::Test {
 public:
  ~EnvironmentInput() override { ::unsetenv(k_name); }
  Result<Observation> seen(const std::string& secret = "secret", const std::string& name = k_name) {
    Context context = disk.context();
    context.secret = secret;
    return observe(context, {ExternalKind::environment, name});
  }

  static constexpr const char* k_name = "STEPCACHE_TEST_INPUT";
  ObservedDisk disk;
};

TEST_F(EnvironmentInput, HasADigestUnderTheSecret) {
  ::setenv(k_name, "one", 1);
  const auto one = seen();
  ASSERT_TRUE(one);
  EXPECT_EQ(one->value, "one");
  EXPECT_TRUE(one->to_remember.empty());
  EXPECT_TRUE(one->base_name.empty());
  EXPECT_EQ(one->size_bytes, 0U);
  EXPECT_EQ(seen()->digest, one->digest);
  EXPECT_NE(seen("another")->digest, one->digest);
  EXPECT_NE(one->digest, sha256("one"));
  ::setenv(k_name, "two", 1);
  EXPECT_NE(seen()->digest, one->digest);
  ::setenv(k_name, "one", 1);
  EXPECT_EQ(seen()->digest, one->digest);
}

TEST_F(EnvironmentInput, DiffersBetweenNotSetAndEmpty) {
  const auto unset = seen();
  ASSERT_TRUE(unset);
  EXPECT_FALSE(unset->value);
  ::setenv(k_name, "", 1);
  const auto empty = seen();
  EXPECT_EQ(empty->value, "");
  EXPECT_NE(empty->digest, unset->digest);
}

TEST_F(EnvironmentInput, CountsWithItsName) {
  EXPECT_NE(seen("secret", "STEPCACHE_TEST_UNSET_A")->digest, seen("secret", "STEPCACHE_TEST_UNSET_B")->digest);
}

TEST_F(EnvironmentInput, KeepsNameAndSecretApart) { EXPECT_NE(seen("a", "bc")->digest, seen("ab", "c")->digest); }

TEST_F(EnvironmentInput, IsNotObservedWithoutASecret) {
  const auto refused = seen("");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::internal);
  EXPECT_EQ(refused.error().where, k_name);
}

TEST_F(EnvironmentInput, HasANameThatAVariableCanHave) {
  for (const std::string& name : {std::string(), std::string("A=B"), std::string("A\0B", 3)}) {
    const auto refused = seen("secret", name);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(refused.error().where, name);
  }
}

}  // namespace
}  // namespace stepcache::external_input
