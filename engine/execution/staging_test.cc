#include "execution/staging.h"

#include <gtest/gtest.h>

#include <random>

#include "digest/sha256.h"
#include "testing/manual_clock.h"
#include "testing/memory_file_system.h"
#include "testing/temporary_folder.h"

namespace stepcache::execution {
namespace {

constexpr std::size_t k_inline = metadata::k_inline_limit;

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  std::mt19937_64 random(size);
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

class Staging : public ::testing::Test {
 public:
  Staging() { (void)files.make_directories(k_folder, 0700); }

  static inline const std::filesystem::path k_folder = "/tmp/attempt";

  std::vector<std::string> staged_files() const { return files.files_below(k_folder); }
  std::string bytes_of(const StagedBytes& staged) const {
    if (const auto* text = std::get_if<std::string>(&staged.where)) return *text;
    return files.content(std::get<std::filesystem::path>(staged.where)).value_or("(no file)");
  }
  // What is staged is this, wherever it lies.
  void expect_staged(const Result<StagedBytes>& staged, const std::string& bytes) {
    ASSERT_TRUE(staged) << to_string(staged.error());
    EXPECT_EQ(staged->size_bytes, bytes.size());
    EXPECT_EQ(staged->digest, sha256(bytes));
    EXPECT_TRUE(bytes_of(*staged) == bytes);
    EXPECT_EQ(std::holds_alternative<std::string>(staged->where), bytes.size() <= k_inline);
  }

  testing::ManualClock clock;
  testing::MemoryFileSystem files{clock};
};

TEST_F(Staging, KeepsSmallValuesInMemoryAndMakesNoFile) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, k_inline}) {
    StagingWriter writer(files, k_folder);
    const std::string bytes = pattern(size);
    writer.append(as_bytes(bytes));
    expect_staged(writer.finish(), bytes);
  }
  EXPECT_TRUE(staged_files().empty());
  EXPECT_EQ(files.accesses(k_folder).changes, 1U);  // the folder itself was made
}

TEST_F(Staging, WritesLargerValuesToAFileThatOnlyItsOwnerReads) {
  StagingWriter writer(files, k_folder);
  const std::string bytes = pattern(k_inline + 1);
  writer.append(as_bytes(bytes));
  const auto staged = writer.finish();
  expect_staged(staged, bytes);
  ASSERT_EQ(staged_files().size(), 1U);
  const auto path = std::get<std::filesystem::path>(staged->where);
  EXPECT_EQ(path.parent_path(), k_folder);
  EXPECT_EQ(files.stat(path)->mode, 0600U);
}

TEST_F(Staging, GivesTheSameBytesHoweverTheyCome) {
  std::mt19937_64 random(1);
  const std::string bytes = pattern(11'000'000);
  for (int round = 0; round < 12; ++round) {
    const std::size_t total = round == 0 ? bytes.size() : random() % bytes.size();
    const std::size_t longest = std::size_t{1} << (random() % 24);
    StagingWriter writer(files, k_folder);
    std::size_t at = 0;
    while (at < total) {
      const std::size_t size = std::min(total - at, random() % (longest + total / 1000) + 1);
      writer.append(as_bytes(std::string_view(bytes).substr(at, size)));
      at += size;
    }
    const auto staged = writer.finish();
    expect_staged(staged, bytes.substr(0, total));
    discard(files, *staged);
  }
  EXPECT_TRUE(staged_files().empty());
}

TEST_F(Staging, IsDoneWithTheCallersMemoryWhenAppendReturns) {
  const std::string bytes = pattern(9'000'000);
  std::string memory = bytes;
  StagingWriter writer(files, k_folder);
  writer.append(as_bytes(memory));
  std::fill(memory.begin(), memory.end(), 'x');
  expect_staged(writer.finish(), bytes);
}

TEST_F(Staging, WritesLargeBlocksFromTheCallersMemoryAndSmallOnesTogether) {
  StagingWriter large(files, k_folder);
  const std::string bytes = pattern(8U << 20U);
  large.append(as_bytes(bytes));
  const auto staged = large.finish();
  const auto path = std::get<std::filesystem::path>(staged->where);
  // Created, an empty buffer, two blocks of 4 MiB, an empty buffer.
  EXPECT_LE(files.accesses(path).changes, 5U);

  StagingWriter small(files, k_folder);
  for (int i = 0; i < 100'000; ++i) small.append(as_bytes("0123456789"));
  const auto together = small.finish();
  EXPECT_LE(files.accesses(std::get<std::filesystem::path>(together->where)).changes, 20U);
}

TEST_F(Staging, LeavesNoFileWhenItIsNotFinished) {
  {
    StagingWriter writer(files, k_folder);
    writer.append(as_bytes(pattern(100'000)));
    EXPECT_EQ(staged_files().size(), 1U);
  }
  EXPECT_TRUE(staged_files().empty());
}

TEST_F(Staging, SaysThatTheDiskIsFullAndLeavesNoFile) {
  for (const std::size_t size : {std::size_t{10'000}, std::size_t{100'000}, std::size_t{9'000'000}}) {
    files.set_free_bytes(5'000);
    StagingWriter writer(files, k_folder);
    const std::string bytes = pattern(size);
    writer.append(as_bytes(bytes));
    writer.append(as_bytes("more"));
    const auto staged = writer.finish();
    ASSERT_FALSE(staged);
    EXPECT_EQ(staged.error().code, ErrorCode::io);
    EXPECT_TRUE(staged_files().empty());
    files.set_free_bytes(std::nullopt);
  }
}

TEST_F(Staging, FailsCleanlyAtEveryOperation) {
  const std::string bytes = pattern(300'000);
  const auto stage = [&] {
    StagingWriter writer(files, k_folder);
    writer.append(as_bytes(std::string_view(bytes).substr(0, 5'000)));
    writer.append(as_bytes(std::string_view(bytes).substr(5'000)));
    return writer.finish();
  };
  const std::uint64_t before = files.operations();
  discard(files, stage().value());
  const std::uint64_t operations = files.operations() - before - 1;  // without the removal
  ASSERT_GT(operations, 3U);
  for (std::uint64_t operation = 1; operation <= operations; ++operation) {
    testing::Fault fault;
    fault.operation = files.operations() + operation;
    fault.error = {ErrorCode::io, "the device is gone", ""};
    files.inject(fault);
    const auto staged = stage();
    EXPECT_FALSE(staged) << operation;
    EXPECT_TRUE(staged_files().empty()) << operation;
    files.clear_faults();
  }
}

TEST_F(Staging, CopiesAFile) {
  for (const std::size_t size : {std::size_t{0}, k_inline, k_inline + 1, std::size_t{9'000'000}}) {
    const std::string bytes = pattern(size);
    files.write("/data/model.bin", bytes);
    const auto staged = stage_file(files, k_folder, "/data/model.bin");
    expect_staged(staged, bytes);
    EXPECT_TRUE(files.content("/data/model.bin") == bytes);
    discard(files, *staged);
  }
}

TEST_F(Staging, NamesTheFileThatIsNotThere) {
  const auto staged = stage_file(files, k_folder, "/data/model.bin");
  ASSERT_FALSE(staged);
  EXPECT_EQ(staged.error().code, ErrorCode::not_found);
  EXPECT_EQ(staged.error().where, "/data/model.bin");
  EXPECT_TRUE(staged_files().empty());
}

// A file system in which one file grows whenever it has been looked at.
class GrowingFile final : public platform::FileSystem {
 public:
  GrowingFile(testing::MemoryFileSystem& files, testing::ManualClock& clock, int times)
      : files_(files), clock_(clock), times_(times) {}

  Result<std::unique_ptr<platform::ReadableFile>> open(const std::filesystem::path& path) override {
    ++opened;
    STEPCACHE_TRY_ASSIGN(auto file, files_.open(path));
    return std::make_unique<Reader>(*this, path, std::move(file));
  }
  Result<platform::FileInfo> stat(const std::filesystem::path& path) override { return files_.stat(path); }
  Result<platform::FileInfo> stat_link(const std::filesystem::path& path) override { return files_.stat_link(path); }
  Result<std::unique_ptr<platform::WritableFile>> create(const std::filesystem::path& path,
                                                         std::uint32_t mode) override {
    return files_.create(path, mode);
  }
  Result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    return files_.rename(from, to);
  }
  Result<void> remove(const std::filesystem::path& path) override { return files_.remove(path); }
  Result<void> set_mode(const std::filesystem::path& path, std::uint32_t mode) override {
    return files_.set_mode(path, mode);
  }
  Result<void> make_directories(const std::filesystem::path& path, std::uint32_t mode) override {
    return files_.make_directories(path, mode);
  }
  Result<std::vector<std::string>> list(const std::filesystem::path& path) override { return files_.list(path); }
  Result<void> sync_file(const std::filesystem::path& path) override { return files_.sync_file(path); }
  Result<void> sync_directory(const std::filesystem::path& path) override { return files_.sync_directory(path); }

  int opened = 0;

 private:
  class Reader final : public platform::ReadableFile {
   public:
    Reader(GrowingFile& owner, std::filesystem::path path, std::unique_ptr<platform::ReadableFile> file)
        : owner_(owner), path_(std::move(path)), file_(std::move(file)) {}
    Result<std::size_t> read_at(std::span<std::byte> buffer, std::uint64_t offset) override {
      return file_->read_at(buffer, offset);
    }
    Result<platform::FileInfo> info() override {
      auto info = file_->info();
      if (owner_.times_-- > 0) {
        owner_.clock_.advance(std::chrono::seconds(1));
        owner_.files_.write(path_, owner_.files_.content(path_).value() + "more");
      }
      return info;
    }

   private:
    GrowingFile& owner_;
    std::filesystem::path path_;
    std::unique_ptr<platform::ReadableFile> file_;
  };

  testing::MemoryFileSystem& files_;
  testing::ManualClock& clock_;
  int times_;
};

TEST_F(Staging, CopiesAFileAgainThatChangedMeanwhile) {
  files.write("/data/growing", pattern(10'000));
  GrowingFile growing(files, clock, 1);
  expect_staged(stage_file(growing, k_folder, "/data/growing"), pattern(10'000) + "more");
  EXPECT_EQ(growing.opened, 2);
  EXPECT_EQ(staged_files().size(), 1U);
}

TEST_F(Staging, GivesUpOnAFileThatChangesAllTheTime) {
  files.write("/data/growing", pattern(10'000));
  GrowingFile growing(files, clock, 1'000);
  const auto staged = stage_file(growing, k_folder, "/data/growing");
  ASSERT_FALSE(staged);
  EXPECT_EQ(staged.error().code, ErrorCode::busy);
  EXPECT_EQ(staged.error().where, "/data/growing");
  EXPECT_TRUE(staged_files().empty());
}

TEST_F(Staging, DiscardsATreeWithAllItsParts) {
  const auto stage = [&](std::size_t size) {
    StagingWriter writer(files, k_folder);
    writer.append(as_bytes(pattern(size)));
    return writer.finish().value();
  };
  StagedBytes inner = stage(5'000);
  inner.parts.push_back({"x", stage(6'000)});
  StagedBytes tree = stage(100);
  tree.parts.push_back({"inner", std::move(inner)});
  tree.parts.push_back({"y", stage(7'000)});
  EXPECT_EQ(staged_files().size(), 3U);
  discard(files, tree);
  EXPECT_TRUE(staged_files().empty());
}

TEST(StagingOnDisk, WritesTheSameBytesToARealFile) {
  const testing::TemporaryFolder folder;
  const std::string bytes = pattern(9'000'001);
  StagingWriter writer(platform::real_file_system(), folder.path());
  writer.append(as_bytes(bytes));
  const auto staged = writer.finish();
  ASSERT_TRUE(staged) << to_string(staged.error());
  EXPECT_EQ(staged->digest, sha256(bytes));
  EXPECT_TRUE(platform::read_whole(platform::real_file_system(), std::get<std::filesystem::path>(staged->where)) ==
              bytes);
}

}  // namespace
}  // namespace stepcache::execution
