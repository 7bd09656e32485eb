#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "encoding/json_writer.h"
#include "execution/staging.h"
#include "platform/file_system.h"
#include "stepcache/storage.h"

namespace stepcache::detail {

// Where an attempt's values go.
struct StagingPlace {
  platform::FileSystem& files;
  const std::filesystem::path& temporary_folder;
  const std::filesystem::path& working_directory;  // relative paths of files start here
};

// Takes one value, encodes it as its form says and stages the bytes. What was staged and not taken by finish() is
// removed.
class StagedArtifact final : public ArtifactWriter {
 public:
  explicit StagedArtifact(const StagingPlace& place);
  ~StagedArtifact() override;
  StagedArtifact(const StagedArtifact&) = delete;
  StagedArtifact& operator=(const StagedArtifact&) = delete;

  StructuredWriter& structured() override;
  ByteSink& array(ArrayType type, const ArrayShape& shape) override;
  ByteSink& bytes() override;
  void tree() override;
  ArtifactWriter& part(std::string_view name) override;
  void file(const std::filesystem::path& path) override;
  void output_file(const std::filesystem::path& path) override;
  void folder(const std::filesystem::path& path) override;

  // Once, after the value was given. Errors: those of staging (io, not_found, busy), and what the encoders refuse.
  Result<execution::StagedBytes> finish();

 private:
  class Json;
  class Bytes;
  using Parts = std::vector<execution::StagedPart>;

  void finish_part();
  Result<void> add_folder(const std::filesystem::path& folder, const std::string& prefix, int depth);
  Result<execution::StagedBytes> finish_tree(bool is_folder);

  StagingPlace place_;
  std::unique_ptr<Json> json_;
  std::unique_ptr<Bytes> bytes_;
  bool is_tree_ = false;
  bool is_folder_ = false;
  Parts parts_;
  std::string part_name_;
  std::unique_ptr<StagedArtifact> part_;         // the one being written
  std::optional<execution::StagedBytes> whole_;  // a file, staged
  std::optional<Error> error_;                   // the first
};

}  // namespace stepcache::detail
