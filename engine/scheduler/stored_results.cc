#include "scheduler/stored_results.h"

#include <fmt/format.h>

#include "artifact_store/local_store.h"
#include "digest/sha256.h"
#include "encoding/tree.h"

namespace stepcache::scheduler {
namespace {

constexpr int k_deepest_tree = 64;

bool is_damage(const Error& error) { return error.code == ErrorCode::damaged || error.code == ErrorCode::not_found; }

}  // namespace

Result<std::optional<std::string>> StoredResults::object_damage(const Digest& digest) {
  if (whole_.contains(digest)) return std::nullopt;
  const auto now = artifacts_.identity(digest);
  if (!now) {
    if (is_damage(now.error())) return fmt::format("object {} is missing", digest.short_hex());
    return fail(now.error());
  }
  STEPCACHE_TRY_ASSIGN(const auto recorded, metadata_.object(digest));
  if (!recorded || !artifact_store::still_verified(*recorded, *now)) {
    const auto verified = artifacts_.verify(digest);
    if (!verified) {
      if (is_damage(verified.error())) return fmt::format("object {} is damaged", digest.short_hex());
      return fail(verified.error());
    }
    to_remember_.push_back(*verified);
  }
  whole_.insert(digest);
  return std::nullopt;
}

Result<std::optional<std::string>> StoredResults::damage(const metadata::OutputRecord& output) {
  if (output.size_bytes > metadata::k_inline_limit) {
    STEPCACHE_TRY_ASSIGN(auto found, object_damage(output.digest));
    if (found) return found;
  }
  if (!output.tree) return std::nullopt;
  const auto loaded = load(output);  // reads the manifests, and looks at each part's object
  if (loaded) return std::nullopt;
  if (is_damage(loaded.error())) return to_string(loaded.error());
  return fail(loaded.error());
}

Result<execution::StoredBytes> StoredResults::load(const metadata::OutputRecord& output) {
  return load_bytes(output.digest, output.size_bytes, output.tree, 0);
}

Result<execution::StoredBytes> StoredResults::load_bytes(const Digest& digest, std::uint64_t size_bytes, bool tree,
                                                         int depth) {
  if (depth > k_deepest_tree) {
    return fail(ErrorCode::damaged, fmt::format("artifact {} is nested too deeply", digest.short_hex()));
  }
  execution::StoredBytes bytes{digest, size_bytes, std::string(), {}};
  if (size_bytes > metadata::k_inline_limit) {
    STEPCACHE_TRY_ASSIGN(const auto damaged, object_damage(digest));
    if (damaged) return fail(ErrorCode::damaged, *damaged);
    bytes.where = artifacts_.path_of(digest);
  } else {
    STEPCACHE_TRY_ASSIGN(auto artifact, metadata_.artifact(digest));
    if (!artifact.content || sha256(*artifact.content) != digest) {
      return fail(ErrorCode::damaged, fmt::format("artifact {} is damaged", digest.short_hex()));
    }
    bytes.where = std::move(*artifact.content);
  }
  if (!tree) return bytes;

  std::string manifest;
  if (const auto* inline_bytes = std::get_if<std::string>(&bytes.where)) {
    manifest = *inline_bytes;
  } else {
    STEPCACHE_TRY_ASSIGN(manifest, artifacts_.read(digest));
  }
  STEPCACHE_TRY_ASSIGN(const auto entries, encoding::decode_tree(as_bytes(manifest)));
  bytes.parts.reserve(entries.size());
  for (const encoding::TreeEntry& entry : entries) {
    STEPCACHE_TRY_ASSIGN(auto part, load_bytes(entry.digest, entry.size_bytes, entry.is_tree, depth + 1));
    bytes.parts.push_back({entry.name, std::move(part)});
  }
  return bytes;
}

Result<metadata::ArtifactRecord> StoredResults::store_bytes(execution::StagedBytes& staged, const std::string& type,
                                                            const std::string& materializer,
                                                            std::vector<metadata::ObjectRecord>& objects) {
  metadata::ArtifactRecord record{staged.digest, type, materializer, staged.size_bytes, std::nullopt, false};
  if (auto* inline_bytes = std::get_if<std::string>(&staged.where)) {
    if (staged.size_bytes <= metadata::k_inline_limit) {
      record.content = std::move(*inline_bytes);
      return record;
    }
    STEPCACHE_TRY_ASSIGN(auto object, artifacts_.put(as_bytes(*inline_bytes)));
    objects.push_back(object);
  } else {
    const auto& temporary = std::get<std::filesystem::path>(staged.where);
    if (staged.size_bytes <= metadata::k_inline_limit) {
      STEPCACHE_TRY_ASSIGN(record.content, platform::read_whole(files_, temporary, metadata::k_inline_limit));
      STEPCACHE_TRY(files_.remove(temporary));
      return record;
    }
    STEPCACHE_TRY_ASSIGN(auto object, artifacts_.adopt(temporary, staged.digest, staged.size_bytes));
    objects.push_back(object);
  }
  whole_.insert(staged.digest);
  return record;
}

Result<metadata::OutputRecord> StoredResults::store(execution::StagedBytes& staged, const std::string& type,
                                                    const std::string& materializer,
                                                    std::vector<metadata::ArtifactRecord>& artifacts,
                                                    std::vector<metadata::ObjectRecord>& objects) {
  // Parts before the tree that names them, with an explicit stack.
  std::vector<std::pair<execution::StagedBytes*, bool>> stack = {{&staged, false}};
  while (!stack.empty()) {
    auto& [bytes, parts_done] = stack.back();
    if (!parts_done && !bytes->parts.empty()) {
      parts_done = true;
      auto* const parent = bytes;
      for (auto& [name, part] : parent->parts) stack.emplace_back(&part, false);
      continue;
    }
    auto* const current = bytes;
    stack.pop_back();
    const bool is_part = current != &staged;
    STEPCACHE_TRY_ASSIGN(auto record,
                         store_bytes(*current, is_part ? "part" : type, is_part ? "part" : materializer, objects));
    artifacts.push_back(std::move(record));
  }
  return metadata::OutputRecord{staged.digest, staged.size_bytes, staged.output_file, staged.is_tree};
}

Result<void> StoredResults::restore(const metadata::OutputRecord& output, const std::filesystem::path& path) {
  constexpr std::uint32_t k_file_mode = 0644;
  constexpr std::uint32_t k_folder_mode = 0755;
  STEPCACHE_TRY_ASSIGN(const auto bytes, load(output));
  if (path.has_parent_path()) STEPCACHE_TRY(files_.make_directories(path.parent_path(), k_folder_mode));
  if (const auto* content = std::get_if<std::string>(&bytes.where)) {
    return platform::replace_file(files_, path, as_bytes(*content), k_file_mode);
  }
  return platform::copy_file(files_, std::get<std::filesystem::path>(bytes.where), path, k_file_mode);
}

void StoredResults::remember_verified() {
  for (const metadata::ObjectRecord& object : to_remember_) {
    if (!metadata_.put_object(object)) break;
  }
  to_remember_.clear();
}

}  // namespace stepcache::scheduler
