#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "cpp/src/pipeline_state.h"
#include "cpp/src/staged_artifact.h"
#include "cpp/src/stored_artifact.h"
#include "platform/file_system.h"
#include "platform/unique_name.h"
#include "stepcache/stepcache.h"

// For tests of materializers: a value to stored bytes and back.
namespace stepcache::detail {

// A folder of its own for each test, removed at its end.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_(std::filesystem::temp_directory_path() / ("stepcache-test-" + platform::unique_name())) {
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::string content_of(const std::filesystem::path& path) {
  const std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class RoundTrip : public testing::Test {
 protected:
  StagingPlace place() { return {platform::real_file_system(), folder_.path(), folder_.path()}; }

  template <class T>
  Result<execution::StagedBytes> stage(const T& value) {
    StagedArtifact artifact(place());
    save_artifact(value, artifact);
    return artifact.finish();
  }

  // As the store gives it back.
  static execution::StoredBytes stored(const execution::StagedBytes& staged) {
    execution::StoredBytes bytes{staged.digest, staged.size_bytes, staged.where, {}};
    for (const auto& [name, part] : staged.parts) bytes.parts.push_back({name, stored(part)});
    return bytes;
  }

  static execution::StoredBytes stored_text(const std::string& bytes) { return {Digest(), bytes.size(), bytes, {}}; }
  static execution::StoredBytes stored_file(const std::filesystem::path& path, std::uint64_t size_bytes) {
    return {Digest(), size_bytes, path, {}};
  }

  template <class T>
  T load(const execution::StoredBytes& bytes) {
    StoredArtifact artifact(bytes, platform::real_file_system(), copies_);
    return load_artifact<T>(artifact);
  }

  template <class T>
  T round_trip(const T& value) {
    const auto staged = stage(value);
    EXPECT_TRUE(staged) << to_string(staged.error());
    return load<T>(stored(*staged));
  }

  // The artifact's own bytes.
  template <class T>
  std::string bytes_of(const T& value) {
    const auto staged = stage(value);
    EXPECT_TRUE(staged) << to_string(staged.error());
    return text_of(*staged);
  }
  static std::string text_of(const execution::StagedBytes& staged) {
    if (const auto* text = std::get_if<std::string>(&staged.where)) return *text;
    return content_of(std::get<std::filesystem::path>(staged.where));
  }
  // Names of a tree's parts.
  template <class T>
  std::vector<std::string> parts_of(const T& value) {
    const auto staged = stage(value);
    EXPECT_TRUE(staged && staged->is_tree);
    std::vector<std::string> names;
    for (const auto& [name, part] : staged->parts) names.push_back(name);
    return names;
  }

  // Through a literal on a port.
  template <class T>
  static pipeline::Value literal_of(const T& value) {
    Pipeline pipeline("p");
    StepDraft(pipeline.state(), "s", k_step_type<int (*)(T)>, nullptr).join();
    write_literal<T>(pipeline.state(), 0, 0, value);
    return literal_in(pipeline);
  }
  static pipeline::Value literal_in(Pipeline& pipeline) {
    return std::get<pipeline::Value>(pipeline.state().description.steps[0].inputs[0]);
  }
  template <class T>
  static T literal_round_trip(const T& value) {
    const pipeline::Value literal = literal_of(value);
    return Structured<T>::read(StructuredReader(&literal, StructuredReader::Origin::literal));
  }

  TemporaryFolder folder_;
  ReadableCopies copies_{platform::real_file_system(), folder_.path()};
};

}  // namespace stepcache::detail
