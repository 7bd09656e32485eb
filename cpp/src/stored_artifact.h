#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "encoding/json_value.h"
#include "execution/attempt.h"
#include "platform/file_system.h"
#include "stepcache/storage.h"

namespace stepcache::detail {

// Files and folders made so that a step can read an artifact as one; removed at the end of the attempt.
class ReadableCopies {
 public:
  ReadableCopies(platform::FileSystem& files, const std::filesystem::path& temporary_folder)
      : files_(files), temporary_folder_(temporary_folder) {}
  ~ReadableCopies();
  ReadableCopies(const ReadableCopies&) = delete;
  ReadableCopies& operator=(const ReadableCopies&) = delete;

  // The object itself when the bytes are in a file, else a copy.
  Result<std::filesystem::path> file(const execution::StoredBytes& stored);
  // A folder of links to the objects, and of copies of what is small.
  Result<std::filesystem::path> folder(const execution::StoredBytes& stored);

 private:
  Result<void> write(const std::filesystem::path& path, Bytes bytes);

  platform::FileSystem& files_;
  const std::filesystem::path& temporary_folder_;
  std::vector<std::filesystem::path> made_;
};

// Reads one artifact. Everything that is wrong with it is UnreadableValue.
class StoredArtifact final : public ArtifactReader {
 public:
  // All must outlive it.
  StoredArtifact(const execution::StoredBytes& stored, platform::FileSystem& files, ReadableCopies& copies);
  ~StoredArtifact() override;

  StructuredReader structured() override;
  ArrayShape array_shape(ArrayType type) override;
  ByteSource& array_elements() override;
  ByteSource& bytes() override;
  std::size_t part_count() override;
  ArtifactReader* find_part(std::string_view name) override;
  std::filesystem::path file() override;
  std::filesystem::path folder() override;

 private:
  class Source;

  const execution::StoredBytes& stored_;
  platform::FileSystem& files_;
  ReadableCopies& copies_;
  std::unique_ptr<Source> whole_;
  std::unique_ptr<Source> elements_;
  std::optional<encoding::JsonValue> json_;
  std::unique_ptr<StoredArtifact> part_;  // the one asked for last
};

// A file or folder outside the store, as an input.
class ExternalArtifact final : public ArtifactReader {
 public:
  explicit ExternalArtifact(std::filesystem::path path) : path_(std::move(path)) {}

  StructuredReader structured() override { refuse(); }
  ArrayShape array_shape(ArrayType) override { refuse(); }
  ByteSource& array_elements() override { refuse(); }
  ByteSource& bytes() override { refuse(); }
  std::size_t part_count() override { refuse(); }
  ArtifactReader* find_part(std::string_view) override { refuse(); }
  std::filesystem::path file() override { return path_; }
  std::filesystem::path folder() override { return path_; }

 private:
  [[noreturn]] static void refuse() { throw UnreadableValue("there should be an artifact, not a file or folder"); }

  std::filesystem::path path_;
};

}  // namespace stepcache::detail
