#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "artifact_store/artifact_store.h"
#include "execution/attempt.h"
#include "metadata/metadata_store.h"
#include "platform/clock.h"
#include "platform/file_system.h"

namespace stepcache::scheduler {

// The stored bytes of results, within one run: whether they are there and whole, as inputs for a step, and the way from
// what a step staged to artifacts. An object is verified once a run: by one stat when its recorded identity still
// holds, else by reading it.
class StoredResults {
 public:
  StoredResults(metadata::MetadataStore& metadata, artifact_store::ArtifactStore& artifacts,
                platform::FileSystem& files)
      : metadata_(metadata), artifacts_(artifacts), files_(files) {}

  // Whether all objects of an output are whole. What is wrong, for people, or nothing. Errors: the stores' own.
  Result<std::optional<std::string>> damage(const metadata::OutputRecord& output);
  // An output's bytes for a step to read, with a tree's parts. Errors: damaged or not_found (the producer has to run
  // again), the stores' own.
  Result<execution::StoredBytes> load(const metadata::OutputRecord& output);

  // Takes over what a step staged on one port. Appends to `artifacts` and `objects` what is to be recorded with the
  // execution. Errors: io (full disk).
  Result<metadata::OutputRecord> store(execution::StagedBytes& staged, const std::string& type,
                                       const std::string& materializer,
                                       std::vector<metadata::ArtifactRecord>& artifacts,
                                       std::vector<metadata::ObjectRecord>& objects);

  // Makes the file at `path` hold the output's bytes (of an OutputFile on a hit), replacing what is there.
  // Errors: damaged, not_found, io.
  Result<void> restore(const metadata::OutputRecord& output, const std::filesystem::path& path);

  // Records identities of objects that were verified by reading. Nothing is lost when that fails: they are read again.
  void remember_verified();

 private:
  Result<std::optional<std::string>> object_damage(const Digest& digest);
  Result<execution::StoredBytes> load_bytes(const Digest& digest, std::uint64_t size_bytes, bool tree, int depth);
  Result<metadata::ArtifactRecord> store_bytes(execution::StagedBytes& staged, const std::string& type,
                                               const std::string& materializer,
                                               std::vector<metadata::ObjectRecord>& objects);

  metadata::MetadataStore& metadata_;
  artifact_store::ArtifactStore& artifacts_;
  platform::FileSystem& files_;
  std::unordered_set<Digest> whole_;  // objects verified in this run
  std::vector<metadata::ObjectRecord> to_remember_;
};

}  // namespace stepcache::scheduler
