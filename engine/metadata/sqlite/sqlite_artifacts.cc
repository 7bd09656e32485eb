#include <fmt/format.h>

#include "metadata/sqlite/sqlite_store.h"

namespace stepcache::metadata::sqlite {
namespace {

std::optional<std::string_view> content_of(const ArtifactRecord& artifact) {
  if (!artifact.content) return std::nullopt;
  return std::string_view(*artifact.content);
}

Result<void> write(Query query, FieldHasher& hasher, const ArtifactRecord& artifact) {
  RowWriter row(std::move(query), hasher, k_artifacts.name);
  row.digest(artifact.digest)
      .text(artifact.type)
      .text(artifact.materializer)
      .unsigned_integer(artifact.size_bytes)
      .integer(artifact.pinned ? 1 : 0);
  if (const auto content = content_of(artifact)) {
    row.bytes(*content);
  } else {
    row.null();
  }
  return row.run();
}

}  // namespace

// --- Artifacts ---

std::optional<ArtifactRecord> SqliteStore::artifact_of(const Query& row) {
  if (!holds(row, k_artifacts)) return std::nullopt;
  ArtifactRecord artifact;
  artifact.digest = row.column_digest(0);
  artifact.type = row.column_string(1);
  artifact.materializer = row.column_string(2);
  artifact.size_bytes = static_cast<std::uint64_t>(row.column_integer(3));
  artifact.pinned = row.column_integer(4) != 0;
  if (!row.is_null(5)) artifact.content = row.column_string(5);
  return artifact;
}

Result<void> SqliteStore::write_artifact(const ArtifactRecord& artifact) {
  STEPCACHE_TRY_ASSIGN(Query query, insert_artifact_.query(connection_));
  return write(std::move(query), hasher_, artifact);
}

Result<void> SqliteStore::add_artifact(const ArtifactRecord& artifact) {
  {
    STEPCACHE_TRY_ASSIGN(Query query, insert_new_artifact_.query(connection_));
    STEPCACHE_TRY(write(std::move(query), hasher_, artifact));
    if (connection_.changes() > 0) return {};
  }
  // It is known; but a row that is damaged, or says less than is known now, would make its producer run for ever.
  bool whole = false;
  {
    STEPCACHE_TRY_ASSIGN(Query query, find_artifact_.query(connection_));
    query.digest(artifact.digest);
    STEPCACHE_TRY_ASSIGN(const bool found, query.next());
    whole = found && holds(query, k_artifacts) && (!query.is_null(5) || !artifact.content);
  }
  if (whole) return {};
  return write_artifact(artifact);
}

Result<ArtifactRecord> SqliteStore::artifact(const Digest& digest) {
  STEPCACHE_TRY_ASSIGN(Query query, find_artifact_.query(connection_));
  query.digest(digest);
  STEPCACHE_TRY_ASSIGN(const bool found, query.next());
  if (!found) return fail(ErrorCode::not_found, fmt::format("there is no artifact {}", digest.short_hex()));
  auto artifact = artifact_of(query);
  if (!artifact) return fail(damaged_record(fmt::format("artifact {}", digest.short_hex())));
  return std::move(*artifact);
}

Result<std::vector<ArtifactRecord>> SqliteStore::artifacts_with_prefix(std::string_view hex_prefix, std::size_t limit) {
  constexpr std::size_t k_hex_size = 2 * Digest::k_size;
  std::vector<ArtifactRecord> found;
  if (hex_prefix.size() > k_hex_size) return found;
  const std::string open(k_hex_size - hex_prefix.size(), '0');
  const std::string close(k_hex_size - hex_prefix.size(), 'f');
  const auto first = Digest::from_hex(std::string(hex_prefix) + open);
  const auto last = Digest::from_hex(std::string(hex_prefix) + close);
  if (!first || !last) return found;
  STEPCACHE_TRY_ASSIGN(Query query, artifacts_between_.query(connection_));
  query.bytes(as_text(first->bytes())).bytes(as_text(last->bytes()));
  while (found.size() < limit) {
    STEPCACHE_TRY_ASSIGN(const bool row, query.next());
    if (!row) break;
    if (auto artifact = artifact_of(query)) found.push_back(std::move(*artifact));
  }
  return found;
}

Result<void> SqliteStore::set_artifact_pinned(const Digest& digest, bool pinned) {
  STEPCACHE_TRY_ASSIGN(Transaction transaction, begin_write());
  STEPCACHE_TRY_ASSIGN(ArtifactRecord record, artifact(digest));
  record.pinned = pinned;
  STEPCACHE_TRY(write_artifact(record));
  return transaction.commit();
}

Result<void> SqliteStore::put_artifact(const ArtifactRecord& artifact_record) {
  STEPCACHE_TRY_ASSIGN(Transaction transaction, begin_write());
  ArtifactRecord record = artifact_record;
  // New content takes no pin away.
  const auto known = artifact(record.digest);
  if (known && known->pinned) record.pinned = true;
  STEPCACHE_TRY(write_artifact(record));
  return transaction.commit();
}

Result<void> SqliteStore::each_artifact(const std::function<bool(const ArtifactRecord&)>& visit) {
  STEPCACHE_TRY_ASSIGN(const Statement statement, connection_.prepare(k_artifacts.select));
  Query query(statement.get());
  while (true) {
    STEPCACHE_TRY_ASSIGN(const bool row, query.next());
    if (!row) return {};
    const auto artifact = artifact_of(query);
    if (artifact && !visit(*artifact)) return {};
  }
}

// --- Objects ---

Result<std::optional<ObjectRecord>> SqliteStore::object(const Digest& digest) {
  STEPCACHE_TRY_ASSIGN(Query query, find_object_.query(connection_));
  query.digest(digest);
  STEPCACHE_TRY_ASSIGN(const bool found, query.next());
  if (!found || !holds(query, k_objects)) return std::nullopt;
  ObjectRecord object;
  object.digest = digest;
  object.device = static_cast<std::uint64_t>(query.column_integer(1));
  object.inode = static_cast<std::uint64_t>(query.column_integer(2));
  object.size_bytes = static_cast<std::uint64_t>(query.column_integer(3));
  object.mtime_ns = query.column_integer(4);
  object.ctime_ns = query.column_integer(5);
  object.verified_ns = query.column_integer(6);
  return object;
}

Result<void> SqliteStore::write_object(const ObjectRecord& object) {
  STEPCACHE_TRY_ASSIGN(Query query, insert_object_.query(connection_));
  return RowWriter(std::move(query), hasher_, k_objects.name)
      .digest(object.digest)
      .unsigned_integer(object.device)
      .unsigned_integer(object.inode)
      .unsigned_integer(object.size_bytes)
      .integer(object.mtime_ns)
      .integer(object.ctime_ns)
      .integer(object.verified_ns)
      .run();
}

Result<void> SqliteStore::put_object(const ObjectRecord& object) {
  STEPCACHE_TRY_ASSIGN(Transaction transaction, begin_write());
  STEPCACHE_TRY(write_object(object));
  return transaction.commit();
}

// --- Observations of files outside the store ---

Result<std::optional<FileObservation>> SqliteStore::file_observation(const std::string& path) {
  STEPCACHE_TRY_ASSIGN(Query query, find_file_.query(connection_));
  query.bytes(path);
  STEPCACHE_TRY_ASSIGN(const bool found, query.next());
  if (!found || !holds(query, k_file_observations)) return std::nullopt;
  FileObservation file;
  file.path = path;
  file.device = static_cast<std::uint64_t>(query.column_integer(1));
  file.inode = static_cast<std::uint64_t>(query.column_integer(2));
  file.size_bytes = static_cast<std::uint64_t>(query.column_integer(3));
  file.mtime_ns = query.column_integer(4);
  file.ctime_ns = query.column_integer(5);
  file.observed_ns = query.column_integer(6);
  file.digest = query.column_digest(7);
  return file;
}

Result<void> SqliteStore::put_file_observation(const FileObservation& file) {
  STEPCACHE_TRY_ASSIGN(Transaction transaction, begin_write());
  {
    STEPCACHE_TRY_ASSIGN(Query query, insert_file_.query(connection_));
    STEPCACHE_TRY(RowWriter(std::move(query), hasher_, k_file_observations.name)
                      .bytes(file.path)
                      .unsigned_integer(file.device)
                      .unsigned_integer(file.inode)
                      .unsigned_integer(file.size_bytes)
                      .integer(file.mtime_ns)
                      .integer(file.ctime_ns)
                      .integer(file.observed_ns)
                      .digest(file.digest)
                      .run());
  }
  return transaction.commit();
}

}  // namespace stepcache::metadata::sqlite
