#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "digest/field_hasher.h"
#include "metadata/code_blobs.h"
#include "metadata/metadata_store.h"
#include "metadata/sqlite/checked_row.h"
#include "metadata/sqlite/sqlite_connection.h"
#include "metadata/sqlite/tables.h"

namespace stepcache::metadata::sqlite {

// MetadataStore on one connection, given open with its tables made. One .cc file for each group of methods.
class SqliteStore final : public MetadataStore {
 public:
  SqliteStore(Connection connection, bool read_only);

  Result<void> begin_reading() override;
  void end_reading() override;

  // sqlite_runs.cc
  Result<RunId> begin_run(const NewRun& run) override;
  Result<void> finish_run(RunId run, const RunOutcome& outcome) override;
  Result<void> set_run_status(RunId run, RunStatus status, std::int64_t ended_ns) override;
  Result<void> set_run_labels(RunId run, const std::vector<std::string>& tags, const std::string& note,
                              bool pinned) override;
  Result<RunRecord> run(RunId run) override;
  Result<std::vector<RunRecord>> runs(const RunFilter& filter) override;
  Result<std::vector<RunRecord>> running_runs() override;
  Result<std::vector<RunStep>> run_steps(const Digest& steps) override;
  Result<std::string> graph_blob(const Digest& graph) override;

  // sqlite_executions.cc
  Result<std::vector<CacheEntry>> find_entries(const Digest& key) override;
  Result<void> forget_entries(const Digest& key) override;
  Result<ExecutionId> commit_execution(const FinishedExecution& finished) override;
  Result<ExecutionRecord> execution(ExecutionId id) override;
  Result<std::vector<ExecutionRecord>> executions_of_run(RunId run) override;
  Result<void> each_execution(const std::function<bool(const ExecutionRecord&)>& visit) override;
  Result<void> each_entry(const std::function<bool(const CacheEntry&)>& visit) override;

  // sqlite_events.cc
  Result<std::vector<EventRecord>> events_of_execution(ExecutionId id) override;
  Result<std::vector<EventRecord>> events_of_artifact(const Digest& artifact) override;

  // sqlite_artifacts.cc
  Result<ArtifactRecord> artifact(const Digest& digest) override;
  Result<std::vector<ArtifactRecord>> artifacts_with_prefix(std::string_view hex_prefix, std::size_t limit) override;
  Result<void> set_artifact_pinned(const Digest& digest, bool pinned) override;
  Result<void> put_artifact(const ArtifactRecord& artifact) override;
  Result<std::optional<ObjectRecord>> object(const Digest& digest) override;
  Result<void> put_object(const ObjectRecord& object) override;
  Result<std::optional<FileObservation>> file_observation(const std::string& path) override;
  Result<void> put_file_observation(const FileObservation& observation) override;
  Result<void> each_artifact(const std::function<bool(const ArtifactRecord&)>& visit) override;

  // sqlite_code.cc
  Result<bool> has_code(const Digest& signature) override;
  Result<std::vector<CodePart>> code_parts(const Digest& signature) override;
  Result<std::optional<ProgramRecord>> program(const std::string& path) override;
  Result<void> put_program(const ProgramRecord& program) override;

  // sqlite_acceptances.cc
  Result<std::int64_t> add_acceptance(const Acceptance& acceptance) override;
  Result<void> revoke_acceptance(std::int64_t id, std::int64_t revoked_ns) override;
  Result<std::vector<Acceptance>> acceptances() override;
  Result<void> put_nondeterminism(const Nondeterminism& found) override;
  Result<std::vector<Nondeterminism>> nondeterminism_of(const Digest& key) override;

  // sqlite_upkeep.cc
  Result<void> forget(const GarbagePlan& plan) override;
  Result<std::vector<DamagedRecord>> check_records() override;
  Result<void> delete_damaged_records() override;

  std::uint64_t damage_seen() const override { return damage_seen_; }
  Result<void> sync() override;
  Result<std::string> secret() override;

  // In a new database, unless somebody else made them meanwhile.
  Result<void> make_tables();
  // After rows were put there from outside: ids up to these are not given again, events are listed anew, and signatures
  // whose parts are lost are recorded again when their code runs.
  Result<void> adopt_rows(RunId last_run, ExecutionId last_execution);

 private:
  // Reads of one method in one snapshot: the one that is open, or one of its own.
  class Snapshot {
   public:
    static Result<Snapshot> begin(SqliteStore& store);
    ~Snapshot();
    Snapshot(Snapshot&& other) noexcept : store_(other.store_) { other.store_ = nullptr; }
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;
    Snapshot& operator=(Snapshot&&) = delete;

   private:
    explicit Snapshot(SqliteStore* store) : store_(store) {}
    SqliteStore* store_;  // null: not ours to end
  };

  // Ends an open snapshot first: one that is older than the last write of others could not become a writer.
  Result<Transaction> begin_write();
  // Whether the present row of `table` is what was written; counts it when it is not.
  bool holds(const Query& row, const Table& table);
  Error damaged_record(std::string_view what) const;

  // Inside a transaction.
  Result<void> keep_present_ids_from_reuse();
  Result<void> raise_last_ids(RunId last_run, ExecutionId last_execution);
  Result<void> write_run(const RunRecord& run);
  Result<RunRecord> read_run(RunId id);
  Result<void> put_blob(Prepared& find, Prepared& insert, const Table& table, const Digest& digest,
                        std::string_view blob);
  Result<std::string> read_blob(Prepared& find, const Table& table, const Digest& digest, std::string_view what);
  Result<void> write_artifact(const ArtifactRecord& artifact);
  Result<void> add_artifact(const ArtifactRecord& artifact);
  Result<void> write_object(const ObjectRecord& object);
  // The signature with its parts, unless it is there.
  Result<void> add_code(const Digest& signature, const std::vector<CodePart>& parts);
  // Gives the id under which the part is kept.
  Result<std::int64_t> put_code_part(const Digest& digest, std::string_view blob);
  // What is in the rows, whether their checks hold or not; nothing where it cannot be read.
  Result<void> each_signature(
      const std::function<Result<void>(const Digest&, const std::optional<SignatureContent>&)>& visit);
  Result<void> forget_unused_code();
  Result<void> delete_signatures_without_parts();
  Result<void> write_acceptance(const Acceptance& acceptance);
  // All executions are added to `events` when it is next needed.
  Result<void> list_events_anew();
  Result<std::int64_t> next_id(Prepared& highest, std::string_view setting);

  Result<bool> events_are_behind(ExecutionId mark);
  Result<void> add_to_events();
  Result<void> visit_events_after(ExecutionId mark, const std::function<Result<void>(EventRecord&&)>& visit);
  Result<void> list_recent_events(ExecutionId mark);
  Result<std::vector<EventRecord>> read_events(const Digest& artifact);

  Result<std::optional<std::string>> setting(std::string_view name);
  Result<void> put_setting(std::string_view name, std::string_view value);
  Result<std::int64_t> id_setting(std::string_view name);
  void return_free_pages();

  // The present row of a query that gives all columns of the table; nothing when it does not hold.
  std::optional<RunRecord> run_of(const Query& row);
  std::optional<ExecutionRecord> execution_of(const Query& row);
  std::optional<CacheEntry> entry_of(const Query& row);
  std::optional<ArtifactRecord> artifact_of(const Query& row);
  // The present row, which holds.
  static Acceptance acceptance_of(const Query& row);

  Connection connection_;  // before the statements: they end first
  bool read_only_;
  bool reading_ = false;
  std::uint64_t damage_seen_ = 0;
  FieldHasher hasher_;  // keeps its memory from row to row
  TransactionStatements transactions_;

  // Events that the table does not list yet, and the state of the database (0: none) in which they were read.
  std::unordered_multimap<Digest, EventRecord> recent_events_;
  std::int64_t recent_events_version_ = 0;

  Prepared begin_snapshot_{"BEGIN"};
  Prepared pin_snapshot_{"SELECT 1 FROM settings LIMIT 1"};

  Prepared find_setting_{R"(SELECT name, value, "check" FROM settings WHERE name = ?)"};
  Prepared insert_setting_{k_settings.insert};

  Prepared find_run_{R"(SELECT id, pipeline, status, started_ns, ended_ns, duration_ns, saved_ns, program, arguments,
      folder, process, parameters, graph, steps, cached, completed, failed, skipped, tags, note, pinned, first_execution,
              last_execution, "check"
    FROM runs WHERE id = ?)"};
  Prepared runs_before_{R"(SELECT id, pipeline, status, started_ns, ended_ns, duration_ns, saved_ns, program, arguments,
      folder, process, parameters, graph, steps, cached, completed, failed, skipped, tags, note, pinned, first_execution,
              last_execution, "check"
    FROM runs WHERE id < ? ORDER BY id DESC)"};
  Prepared running_runs_{
      R"(SELECT id, pipeline, status, started_ns, ended_ns, duration_ns, saved_ns, program, arguments,
      folder, process, parameters, graph, steps, cached, completed, failed, skipped, tags, note, pinned, first_execution,
              last_execution, "check"
    FROM runs WHERE status = 1 ORDER BY id DESC)"};
  Prepared highest_run_{"SELECT max(id) FROM runs"};
  Prepared insert_run_{k_runs.insert};
  Prepared find_graph_{R"(SELECT digest, blob, "check" FROM graphs WHERE digest = ?)"};
  Prepared insert_graph_{k_graphs.insert};
  Prepared find_run_steps_{R"(SELECT digest, blob, "check" FROM run_steps WHERE digest = ?)"};
  Prepared insert_run_steps_{k_run_steps.insert};

  Prepared find_entries_{R"(SELECT key, observed, execution, run, duration_ns, outputs, "check" FROM cache_entries
    WHERE key = ?)"};
  Prepared delete_entries_{"DELETE FROM cache_entries WHERE key = ?"};
  Prepared insert_entry_{k_cache_entries.insert};

  Prepared find_execution_{R"(SELECT id, run, pipeline, step, status, key, code, cached_for_later, why_not,
      started_ns, duration_ns, key_parts, outputs, output_names, events, metrics, error, log, "check"
    FROM executions WHERE id = ?)"};
  Prepared executions_of_run_{R"(SELECT id, run, pipeline, step, status, key, code, cached_for_later, why_not,
      started_ns, duration_ns, key_parts, outputs, output_names, events, metrics, error, log, "check"
    FROM executions WHERE id BETWEEN ? AND ? AND run = ? ORDER BY id)"};
  Prepared highest_execution_{"SELECT max(id) FROM executions"};
  Prepared insert_execution_{k_executions.insert};
  Prepared find_events_{R"(SELECT artifact, execution, kind, position, port, "check" FROM events WHERE artifact = ?)"};
  Prepared executions_after_{R"(SELECT id, run, pipeline, step, status, key, code, cached_for_later, why_not,
      started_ns, duration_ns, key_parts, outputs, output_names, events, metrics, error, log, "check"
    FROM executions WHERE id > ? ORDER BY id)"};
  Prepared data_version_{"PRAGMA data_version"};
  Prepared insert_event_{k_events.insert};

  Prepared find_artifact_{R"(SELECT digest, type, materializer, size_bytes, pinned, content, "check" FROM artifacts
    WHERE digest = ?)"};
  Prepared artifacts_between_{R"(SELECT digest, type, materializer, size_bytes, pinned, content, "check" FROM artifacts
    WHERE digest BETWEEN ? AND ? ORDER BY digest)"};
  Prepared insert_artifact_{k_artifacts.insert};
  Prepared insert_new_artifact_{R"(INSERT OR IGNORE INTO artifacts
      (digest, type, materializer, size_bytes, pinned, content, "check") VALUES (?, ?, ?, ?, ?, ?, ?))"};
  Prepared find_object_{R"(SELECT digest, device, inode, size_bytes, mtime_ns, ctime_ns, verified_ns, "check"
    FROM objects WHERE digest = ?)"};
  Prepared insert_object_{k_objects.insert};
  Prepared find_file_{R"(SELECT path, device, inode, size_bytes, mtime_ns, ctime_ns, observed_ns, digest, "check"
    FROM file_observations WHERE path = ?)"};
  Prepared insert_file_{k_file_observations.insert};

  Prepared find_signature_{R"(SELECT digest, blob, "check" FROM code_signatures WHERE digest = ?)"};
  Prepared insert_signature_{k_code_signatures.insert};
  Prepared code_part_by_id_{R"(SELECT id, digest, blob, "check" FROM code_parts WHERE id = ?)"};
  Prepared code_part_by_digest_{R"(SELECT id, digest, blob, "check" FROM code_parts WHERE digest = ?)"};
  Prepared highest_code_part_{"SELECT max(id) FROM code_parts"};
  Prepared insert_code_part_{k_code_parts.insert};
  Prepared find_program_{R"(SELECT path, identity, signatures, "check" FROM programs WHERE path = ?)"};
  Prepared insert_program_{k_programs.insert};
  Prepared find_acceptance_{R"(SELECT id, pipeline, step, code_now, code_before, accepted_by, note, accepted_ns,
      revoked_ns, "check" FROM acceptances WHERE id = ?)"};
  Prepared all_acceptances_{k_acceptances.select};
  Prepared highest_acceptance_{"SELECT max(id) FROM acceptances"};
  Prepared insert_acceptance_{k_acceptances.insert};
  Prepared find_nondeterminism_{R"(SELECT key, output, first_execution, other_execution, difference, "check"
    FROM nondeterminism WHERE key = ? ORDER BY output)"};
  Prepared insert_nondeterminism_{k_nondeterminism.insert};
};

}  // namespace stepcache::metadata::sqlite
