#include <fmt/format.h>

#include <limits>

#include "digest/sha256.h"
#include "metadata/record_blobs.h"
#include "metadata/sqlite/sqlite_store.h"

namespace stepcache::metadata::sqlite {

std::optional<RunRecord> SqliteStore::run_of(const Query& row) {
  if (!holds(row, k_runs)) return std::nullopt;
  auto arguments = decode_texts(row.column_view(8));
  auto tags = decode_texts(row.column_view(18));
  if (!arguments || !tags) return std::nullopt;
  RunRecord run;
  run.id = row.column_integer(0);
  run.pipeline = row.column_string(1);
  run.status = static_cast<RunStatus>(row.column_integer(2));
  run.started_ns = row.column_integer(3);
  run.ended_ns = row.column_integer(4);
  run.duration_ns = row.column_integer(5);
  run.saved_ns = row.column_integer(6);
  run.program = row.column_string(7);
  run.arguments = std::move(*arguments);
  run.folder = row.column_string(9);
  run.process = row.column_integer(10);
  run.parameters = row.column_string(11);
  run.graph = row.column_digest(12);
  run.steps = row.column_digest(13);
  run.cached = static_cast<std::uint64_t>(row.column_integer(14));
  run.completed = static_cast<std::uint64_t>(row.column_integer(15));
  run.failed = static_cast<std::uint64_t>(row.column_integer(16));
  run.skipped = static_cast<std::uint64_t>(row.column_integer(17));
  run.tags = std::move(*tags);
  run.note = row.column_string(19);
  run.pinned = row.column_integer(20) != 0;
  run.first_execution = row.column_integer(21);
  run.last_execution = row.column_integer(22);
  return run;
}

Result<void> SqliteStore::write_run(const RunRecord& run) {
  const std::string arguments = encode_texts(run.arguments);
  const std::string tags = encode_texts(run.tags);
  STEPCACHE_TRY_ASSIGN(Query query, insert_run_.query(connection_));
  return RowWriter(std::move(query), hasher_, k_runs.name)
      .integer(run.id)
      .text(run.pipeline)
      .integer(static_cast<std::int64_t>(run.status))
      .integer(run.started_ns)
      .integer(run.ended_ns)
      .integer(run.duration_ns)
      .integer(run.saved_ns)
      .bytes(run.program)
      .bytes(arguments)
      .bytes(run.folder)
      .integer(run.process)
      .text(run.parameters)
      .digest(run.graph)
      .digest(run.steps)
      .unsigned_integer(run.cached)
      .unsigned_integer(run.completed)
      .unsigned_integer(run.failed)
      .unsigned_integer(run.skipped)
      .bytes(tags)
      .text(run.note)
      .integer(run.pinned ? 1 : 0)
      .integer(run.first_execution)
      .integer(run.last_execution)
      .run();
}

Result<RunRecord> SqliteStore::read_run(RunId id) {
  STEPCACHE_TRY_ASSIGN(Query query, find_run_.query(connection_));
  query.integer(id);
  STEPCACHE_TRY_ASSIGN(const bool found, query.next());
  if (!found) return fail(ErrorCode::not_found, fmt::format("there is no run {}", id));
  auto run = run_of(query);
  if (!run) return fail(damaged_record(fmt::format("run {}", id)));
  return std::move(*run);
}

// --- Blobs named by a digest, kept once ---

Result<void> SqliteStore::put_blob(Prepared& find, Prepared& insert, const Table& table, const Digest& digest,
                                   std::string_view blob) {
  {
    STEPCACHE_TRY_ASSIGN(Query query, find.query(connection_));
    query.digest(digest);
    STEPCACHE_TRY_ASSIGN(const bool found, query.next());
    // Comparing the bytes is cheaper than their check, and heals a damaged blob as well.
    if (found && query.column_view(1) == blob) return {};
  }
  STEPCACHE_TRY_ASSIGN(Query query, insert.query(connection_));
  return RowWriter(std::move(query), hasher_, table.name).digest(digest).bytes(blob).run();
}

Result<std::string> SqliteStore::read_blob(Prepared& find, const Table& table, const Digest& digest,
                                           std::string_view what) {
  STEPCACHE_TRY_ASSIGN(Query query, find.query(connection_));
  query.digest(digest);
  STEPCACHE_TRY_ASSIGN(const bool found, query.next());
  if (!found) return fail(ErrorCode::not_found, fmt::format("there is no record of {} {}", what, digest.short_hex()));
  if (!holds(query, table)) return fail(damaged_record(fmt::format("{} {}", what, digest.short_hex())));
  return query.column_string(1);
}

Result<std::vector<RunStep>> SqliteStore::run_steps(const Digest& steps) {
  constexpr std::string_view k_what = "the steps of a run,";
  STEPCACHE_TRY_ASSIGN(const std::string blob, read_blob(find_run_steps_, k_run_steps, steps, k_what));
  auto decoded = decode_run_steps(blob);
  if (!decoded) return fail(damaged_record(fmt::format("{} {}", k_what, steps.short_hex())));
  return std::move(*decoded);
}

Result<std::string> SqliteStore::graph_blob(const Digest& graph) {
  return read_blob(find_graph_, k_graphs, graph, "the shape of a pipeline,");
}

// --- Runs ---

Result<RunId> SqliteStore::begin_run(const NewRun& run) {
  STEPCACHE_TRY_ASSIGN(Transaction transaction, begin_write());
  RunRecord record = run.run;
  STEPCACHE_TRY_ASSIGN(record.id, next_id(highest_run_, "last_run"));
  STEPCACHE_TRY_ASSIGN(record.first_execution, next_id(highest_execution_, "last_execution"));
  record.last_execution = 0;
  if (!record.graph.is_zero()) {
    STEPCACHE_TRY(put_blob(find_graph_, insert_graph_, k_graphs, record.graph, run.graph_blob));
  }
  STEPCACHE_TRY(write_run(record));
  STEPCACHE_TRY(transaction.commit());
  return record.id;
}

Result<void> SqliteStore::finish_run(RunId run, const RunOutcome& outcome) {
  const std::string steps = encode_run_steps(outcome.steps);
  STEPCACHE_TRY_ASSIGN(Transaction transaction, begin_write());
  STEPCACHE_TRY_ASSIGN(RunRecord record, read_run(run));
  record.status = outcome.status;
  record.ended_ns = outcome.ended_ns;
  record.duration_ns = outcome.duration_ns;
  record.saved_ns = outcome.saved_ns;
  record.cached = outcome.cached;
  record.completed = outcome.completed;
  record.failed = outcome.failed;
  record.skipped = outcome.skipped;
  record.steps = sha256(steps);
  STEPCACHE_TRY_ASSIGN(const ExecutionId next_execution, next_id(highest_execution_, "last_execution"));
  record.last_execution = next_execution - 1;
  STEPCACHE_TRY(put_blob(find_run_steps_, insert_run_steps_, k_run_steps, record.steps, steps));
  STEPCACHE_TRY(write_run(record));
  return transaction.commit();
}

Result<void> SqliteStore::set_run_status(RunId run, RunStatus status, std::int64_t ended_ns) {
  STEPCACHE_TRY_ASSIGN(Transaction transaction, begin_write());
  STEPCACHE_TRY_ASSIGN(RunRecord record, read_run(run));
  record.status = status;
  record.ended_ns = ended_ns;
  STEPCACHE_TRY_ASSIGN(const ExecutionId next_execution, next_id(highest_execution_, "last_execution"));
  record.last_execution = status == RunStatus::running ? 0 : next_execution - 1;
  STEPCACHE_TRY(write_run(record));
  return transaction.commit();
}

Result<void> SqliteStore::set_run_labels(RunId run, const std::vector<std::string>& tags, const std::string& note,
                                         bool pinned) {
  STEPCACHE_TRY_ASSIGN(Transaction transaction, begin_write());
  STEPCACHE_TRY_ASSIGN(RunRecord record, read_run(run));
  record.tags = tags;
  record.note = note;
  record.pinned = pinned;
  STEPCACHE_TRY(write_run(record));
  return transaction.commit();
}

Result<RunRecord> SqliteStore::run(RunId run) { return read_run(run); }

Result<std::vector<RunRecord>> SqliteStore::runs(const RunFilter& filter) {
  STEPCACHE_TRY_ASSIGN(Query query, runs_before_.query(connection_));
  query.integer(filter.before > 0 ? filter.before : std::numeric_limits<RunId>::max());
  std::vector<RunRecord> found;
  while (found.size() < filter.limit) {
    STEPCACHE_TRY_ASSIGN(const bool row, query.next());
    if (!row) break;
    if (!filter.pipeline.empty() && query.column_view(1) != filter.pipeline) continue;
    if (auto run = run_of(query)) found.push_back(std::move(*run));
  }
  return found;
}

Result<std::vector<RunRecord>> SqliteStore::running_runs() {
  STEPCACHE_TRY_ASSIGN(Query query, running_runs_.query(connection_));
  std::vector<RunRecord> found;
  while (true) {
    STEPCACHE_TRY_ASSIGN(const bool row, query.next());
    if (!row) return found;
    if (auto run = run_of(query)) found.push_back(std::move(*run));
  }
}

}  // namespace stepcache::metadata::sqlite
