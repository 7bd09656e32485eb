#include "execution/staging.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "digest/sha256.h"
#include "execution/block_hasher.h"
#include "platform/unique_name.h"

namespace stepcache::execution {
namespace {

constexpr std::size_t k_block_bytes = std::size_t{4} << 20U;
constexpr std::size_t k_buffer_bytes = std::size_t{64} << 10U;
// Handing a block over costs about as long as hashing a few KiB.
constexpr std::size_t k_least_overlap_bytes = std::size_t{256} << 10U;
// Other users read nothing of it, also before the store takes it.
constexpr std::uint32_t k_mode = 0600;

}  // namespace

struct StagingWriter::State {
  platform::FileSystem& files;
  std::filesystem::path folder;
  std::string buffer;  // all bytes so far while there is no file; then those not yet written
  std::uint64_t size_bytes = 0;
  std::filesystem::path path;
  std::unique_ptr<platform::WritableFile> file;
  BlockHasher hasher;
  std::optional<Error> error;

  Result<void> open() {
    path = folder / platform::unique_name();
    STEPCACHE_TRY_ASSIGN(file, files.create(path, k_mode));
    return {};
  }

  Result<void> flush() {
    hasher.update(as_bytes(buffer));
    auto written = file->append(as_bytes(buffer));
    buffer.clear();
    return written;
  }

  Result<void> write_through(Bytes bytes) {
    while (!bytes.empty()) {
      const Bytes block = bytes.first(std::min(bytes.size(), k_block_bytes));
      const bool overlap = block.size() >= k_least_overlap_bytes;
      if (overlap) {
        hasher.begin(block);
      } else {
        hasher.update(block);
      }
      auto written = file->append(block);
      // Also after an error: the memory is the caller's again when this returns.
      if (overlap) hasher.wait();
      STEPCACHE_TRY(std::move(written));
      bytes = bytes.subspan(block.size());
    }
    return {};
  }

  Result<void> append(Bytes bytes) {
    const std::size_t room = (file ? k_buffer_bytes : metadata::k_inline_limit) - buffer.size();
    if (bytes.size() <= room) {
      buffer.append(as_text(bytes));
      return {};
    }
    if (!file) STEPCACHE_TRY(open());
    if (bytes.size() < k_buffer_bytes) {
      if (bytes.size() > k_buffer_bytes - buffer.size()) STEPCACHE_TRY(flush());
      buffer.append(as_text(bytes));
      return {};
    }
    STEPCACHE_TRY(flush());
    return write_through(bytes);
  }

  Result<StagedBytes> finish() {
    StagedBytes staged;
    staged.size_bytes = size_bytes;
    if (!file) {
      staged.digest = sha256(buffer);
      staged.where = std::move(buffer);
      return staged;
    }
    STEPCACHE_TRY(flush());
    STEPCACHE_TRY(file->close());
    file.reset();
    staged.digest = hasher.finish();
    staged.where = std::exchange(path, {});
    return staged;
  }

  void remove() {
    file.reset();
    if (!path.empty()) (void)files.remove(path);
    path.clear();
  }
};

StagingWriter::StagingWriter(platform::FileSystem& files, const std::filesystem::path& temporary_folder)
    : state_(new State{files, temporary_folder, {}, 0, {}, nullptr, {}, {}}) {}

StagingWriter::~StagingWriter() { state_->remove(); }

void StagingWriter::append(Bytes bytes) {
  if (state_->error) return;
  state_->size_bytes += bytes.size();
  if (auto appended = state_->append(bytes); !appended) state_->error = std::move(appended).error();
}

Result<StagedBytes> StagingWriter::finish() {
  auto staged = state_->error ? Result<StagedBytes>(fail(*state_->error)) : state_->finish();
  if (!staged) state_->remove();
  return staged;
}

// --- Files

namespace {

// The file's bytes, or nothing when it changed meanwhile.
Result<std::optional<StagedBytes>> stage_once(platform::FileSystem& files,
                                              const std::filesystem::path& temporary_folder,
                                              const std::filesystem::path& name) {
  STEPCACHE_TRY_ASSIGN(const auto source, files.open(name));
  STEPCACHE_TRY_ASSIGN(const platform::FileInfo before, source->info());
  const std::uint64_t size_bytes = before.identity.size_bytes;
  // One byte more, so that most files end within the first block, and a file that grows shows.
  std::vector<std::byte> block(static_cast<std::size_t>(std::min<std::uint64_t>(size_bytes, k_block_bytes - 1) + 1));
  StagingWriter writer(files, temporary_folder);
  std::uint64_t offset = 0;
  while (true) {
    STEPCACHE_TRY_ASSIGN(const std::size_t got, source->read_at(block, offset));
    if (got == 0) break;
    writer.append(Bytes(block).first(got));
    offset += got;
    if (offset > size_bytes) return std::optional<StagedBytes>();
  }
  STEPCACHE_TRY_ASSIGN(auto staged, writer.finish());
  auto after = source->info();
  if (!after || after->identity != before.identity || offset != size_bytes) {
    discard(files, staged);
    if (!after) return fail(std::move(after).error());
    return std::optional<StagedBytes>();
  }
  return std::optional<StagedBytes>(std::move(staged));
}

}  // namespace

Result<StagedBytes> stage_file(platform::FileSystem& files, const std::filesystem::path& temporary_folder,
                               const std::filesystem::path& name) {
  constexpr int k_attempts = 3;
  for (int attempt = 0; attempt < k_attempts; ++attempt) {
    STEPCACHE_TRY_ASSIGN(auto staged, stage_once(files, temporary_folder, name));
    if (staged) return std::move(*staged);
  }
  return fail(
      ErrorCode::busy,
      "the file changed while it was copied, three times in a row; let the step close it, and end what writes to "
      "it, before it returns",
      name.native());
}

void discard(platform::FileSystem& files, const StagedBytes& staged) {
  std::vector<const StagedBytes*> stack = {&staged};
  while (!stack.empty()) {
    const StagedBytes& current = *stack.back();
    stack.pop_back();
    if (const auto* path = std::get_if<std::filesystem::path>(&current.where)) (void)files.remove(*path);
    for (const auto& [name, part] : current.parts) stack.push_back(&part);
  }
}

}  // namespace stepcache::execution
