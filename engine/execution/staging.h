#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "execution/attempt.h"
#include "platform/file_system.h"

namespace stepcache::execution {

// Takes the bytes of one value as they are produced: kept in memory up to metadata::k_inline_limit, then written to a
// new file in the attempt's temporary folder and hashed on the way (a helper thread hashes while the caller's thread
// writes, for large blocks). No copy of a large block is made. Not thread-safe.
class StagingWriter {
 public:
  StagingWriter(platform::FileSystem& files, const std::filesystem::path& temporary_folder);
  ~StagingWriter();  // unfinished: removes its file
  StagingWriter(const StagingWriter&) = delete;
  StagingWriter& operator=(const StagingWriter&) = delete;

  // Errors are kept and come from finish().
  void append(Bytes bytes);
  Result<StagedBytes> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Stages a copy of a file. Errors: not_found (names the file), io, busy (it changes while it is copied).
Result<StagedBytes> stage_file(platform::FileSystem& files, const std::filesystem::path& temporary_folder,
                               const std::filesystem::path& file);
// Removes what was staged and will not be stored.
void discard(platform::FileSystem& files, const StagedBytes& staged);

}  // namespace stepcache::execution
