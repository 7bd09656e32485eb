#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "metadata/record_blobs.h"
#include "metadata/sqlite/sqlite_store.h"

namespace stepcache::metadata::sqlite {

// --- The cache ---

std::optional<CacheEntry> SqliteStore::entry_of(const Query& row) {
  if (!holds(row, k_cache_entries)) return std::nullopt;
  auto outputs = decode_outputs(row.column_view(5));
  if (!outputs) return std::nullopt;
  CacheEntry entry;
  entry.key = row.column_digest(0);
  entry.observed = row.column_digest(1);
  entry.execution = row.column_integer(2);
  entry.run = row.column_integer(3);
  entry.duration_ns = row.column_integer(4);
  entry.outputs = std::move(*outputs);
  return entry;
}

Result<std::vector<CacheEntry>> SqliteStore::find_entries(const Digest& key) {
  STEPCACHE_TRY_ASSIGN(Query query, find_entries_.query(connection_));
  query.digest(key);
  std::vector<CacheEntry> entries;
  while (true) {
    STEPCACHE_TRY_ASSIGN(const bool row, query.next());
    if (!row) break;
    if (auto entry = entry_of(query)) entries.push_back(std::move(*entry));
  }
  std::sort(entries.begin(), entries.end(),
            [](const CacheEntry& a, const CacheEntry& b) { return a.execution > b.execution; });
  return entries;
}

Result<void> SqliteStore::forget_entries(const Digest& key) {
  STEPCACHE_TRY_ASSIGN(Transaction transaction, begin_write());
  {
    STEPCACHE_TRY_ASSIGN(Query query, delete_entries_.query(connection_));
    query.digest(key);
    STEPCACHE_TRY(query.run());
  }
  return transaction.commit();
}

// --- Executions ---

std::optional<ExecutionRecord> SqliteStore::execution_of(const Query& row) {
  if (!holds(row, k_executions)) return std::nullopt;
  auto key_parts = decode_key_parts(row.column_view(11));
  auto outputs = decode_outputs(row.column_view(12));
  auto output_names = decode_texts(row.column_view(13));
  auto metrics = decode_metrics(row.column_view(15));
  if (!key_parts || !outputs || !output_names || !metrics) return std::nullopt;
  ExecutionRecord execution;
  execution.id = row.column_integer(0);
  execution.run = row.column_integer(1);
  execution.pipeline = row.column_string(2);
  execution.step = row.column_string(3);
  execution.status = static_cast<StepStatus>(row.column_integer(4));
  execution.key = row.column_digest(5);
  execution.code = row.column_digest(6);
  execution.cached_for_later = row.column_integer(7) != 0;
  execution.why_not = row.column_string(8);
  execution.started_ns = row.column_integer(9);
  execution.duration_ns = row.column_integer(10);
  execution.key_parts = std::move(*key_parts);
  execution.outputs = std::move(*outputs);
  execution.output_names = std::move(*output_names);
  execution.metrics = std::move(*metrics);
  execution.error = row.column_string(16);
  execution.log = row.column_string(17);
  return execution;
}

Result<ExecutionId> SqliteStore::commit_execution(const FinishedExecution& finished) {
  const ExecutionRecord& execution = finished.execution;
  const std::string key_parts = encode_key_parts(execution.key_parts);
  const std::string outputs = encode_outputs(execution.outputs);
  const std::string output_names = encode_texts(execution.output_names);
  const std::string events = encode_events(finished.events);
  const std::string metrics = encode_metrics(execution.metrics);

  STEPCACHE_TRY_ASSIGN(Transaction transaction, begin_write());
  STEPCACHE_TRY_ASSIGN(const ExecutionId id, next_id(highest_execution_, "last_execution"));
  {
    STEPCACHE_TRY_ASSIGN(Query query, insert_execution_.query(connection_));
    STEPCACHE_TRY(RowWriter(std::move(query), hasher_, k_executions.name)
                      .integer(id)
                      .integer(execution.run)
                      .text(execution.pipeline)
                      .text(execution.step)
                      .integer(static_cast<std::int64_t>(execution.status))
                      .digest(execution.key)
                      .digest(execution.code)
                      .integer(execution.cached_for_later ? 1 : 0)
                      .text(execution.why_not)
                      .integer(execution.started_ns)
                      .integer(execution.duration_ns)
                      .bytes(key_parts)
                      .bytes(outputs)
                      .bytes(output_names)
                      .bytes(events)
                      .bytes(metrics)
                      .text(execution.error)
                      .bytes(execution.log)
                      .run());
  }
  for (const ArtifactRecord& artifact : finished.artifacts) STEPCACHE_TRY(add_artifact(artifact));
  for (const ObjectRecord& object : finished.objects) STEPCACHE_TRY(write_object(object));
  if (!finished.code_parts.empty()) STEPCACHE_TRY(add_code(execution.code, finished.code_parts));
  if (finished.make_entry) {
    STEPCACHE_TRY_ASSIGN(Query query, insert_entry_.query(connection_));
    STEPCACHE_TRY(RowWriter(std::move(query), hasher_, k_cache_entries.name)
                      .digest(execution.key)
                      .digest(finished.observed)
                      .integer(id)
                      .integer(execution.run)
                      .integer(execution.duration_ns)
                      .bytes(outputs)
                      .run());
  }
  STEPCACHE_TRY(transaction.commit());
  return id;
}

Result<ExecutionRecord> SqliteStore::execution(ExecutionId id) {
  STEPCACHE_TRY_ASSIGN(Query query, find_execution_.query(connection_));
  query.integer(id);
  STEPCACHE_TRY_ASSIGN(const bool found, query.next());
  if (!found) return fail(ErrorCode::not_found, fmt::format("there is no execution {}", id));
  auto execution = execution_of(query);
  if (!execution) return fail(damaged_record(fmt::format("execution {}", id)));
  return std::move(*execution);
}

Result<std::vector<ExecutionRecord>> SqliteStore::executions_of_run(RunId run) {
  // No index by run: it would cost every commit a page. The run's own record narrows the search; without it all are
  // read.
  const auto record = read_run(run);
  if (!record && record.error().code != ErrorCode::not_found && record.error().code != ErrorCode::damaged) {
    return fail(record.error());
  }
  const ExecutionId first = record ? record->first_execution : 0;
  const bool is_over = record && record->last_execution != 0;
  STEPCACHE_TRY_ASSIGN(Query query, executions_of_run_.query(connection_));
  query.integer(first).integer(is_over ? record->last_execution : std::numeric_limits<ExecutionId>::max()).integer(run);
  std::vector<ExecutionRecord> found;
  while (true) {
    STEPCACHE_TRY_ASSIGN(const bool row, query.next());
    if (!row) return found;
    if (auto execution = execution_of(query)) found.push_back(std::move(*execution));
  }
}

// --- All of them. Statements of their own: a visitor may read. ---

Result<void> SqliteStore::each_execution(const std::function<bool(const ExecutionRecord&)>& visit) {
  STEPCACHE_TRY_ASSIGN(const Statement statement, connection_.prepare(k_executions.select));
  Query query(statement.get());
  while (true) {
    STEPCACHE_TRY_ASSIGN(const bool row, query.next());
    if (!row) return {};
    const auto execution = execution_of(query);
    if (execution && !visit(*execution)) return {};
  }
}

Result<void> SqliteStore::each_entry(const std::function<bool(const CacheEntry&)>& visit) {
  STEPCACHE_TRY_ASSIGN(const Statement statement, connection_.prepare(k_cache_entries.select));
  Query query(statement.get());
  while (true) {
    STEPCACHE_TRY_ASSIGN(const bool row, query.next());
    if (!row) return {};
    const auto entry = entry_of(query);
    if (entry && !visit(*entry)) return {};
  }
}

}  // namespace stepcache::metadata::sqlite
