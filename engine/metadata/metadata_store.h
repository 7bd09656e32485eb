#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metadata/records.h"
#include "result/result.h"

namespace stepcache::metadata {

struct NewRun {
  RunRecord run;           // id is ignored
  std::string graph_blob;  // kept once by run.graph
};

struct RunOutcome {
  RunStatus status = RunStatus::completed;
  std::int64_t ended_ns = 0, duration_ns = 0, saved_ns = 0;
  std::uint64_t cached = 0, completed = 0, failed = 0, skipped = 0;
  std::vector<RunStep> steps;  // by step id
};

// All that one finished step leaves behind, recorded in one transaction.
struct FinishedExecution {
  ExecutionRecord execution;  // id is ignored
  std::vector<ArtifactRecord>
      artifacts;  // the outputs, and the parts of trees; those that are known already stay as they are
  std::vector<EventRecord> events;  // their execution id is ignored
  bool make_entry = false;
  Digest observed;
  std::vector<CodePart> code_parts;   // of execution.code; empty when they are recorded already (has_code) or not known
  std::vector<ObjectRecord> objects;  // identities of newly stored objects
};

struct RunFilter {
  std::string pipeline;  // empty: all
  std::size_t limit = 50;
  RunId before = 0;  // 0: from the newest
};

// One row that is not what was written: found by check_records, or met by a read.
struct DamagedRecord {
  std::string table;
  std::string row;
  std::string what;
};

struct GarbagePlan {
  std::vector<RunId> runs;              // to forget
  std::vector<ExecutionId> executions;  // to forget, with their events and cache entries
  std::vector<Digest> artifacts;        // to forget
};

// What ran. Each method is one atomic operation. Not thread-safe: one store object per thread; several stores, also of
// other processes, may be open on one workspace. Errors of every method: damaged (the database cannot be read),
// busy (others kept it locked for longer than the timeout), io. Rows whose check does not hold are never returned as if
// whole: a lookup treats them as absent and counts them (damage_seen); a lookup of one by its id is `damaged`.
class MetadataStore {
 public:
  virtual ~MetadataStore() = default;

  // --- Reading in one snapshot. Between begin_reading and end_reading reads see one state of the store and are cheap
  // (no transaction each). A write ends it. Calling end_reading without begin_reading is allowed.
  virtual Result<void> begin_reading() = 0;
  virtual void end_reading() = 0;

  // --- Runs
  virtual Result<RunId> begin_run(const NewRun& run) = 0;
  virtual Result<void> finish_run(RunId run, const RunOutcome& outcome) = 0;
  virtual Result<void> set_run_status(RunId run, RunStatus status, std::int64_t ended_ns) = 0;
  virtual Result<void> set_run_labels(RunId run, const std::vector<std::string>& tags, const std::string& note,
                                      bool pinned) = 0;
  virtual Result<RunRecord> run(RunId run) = 0;                              // not_found
  virtual Result<std::vector<RunRecord>> runs(const RunFilter& filter) = 0;  // newest first
  virtual Result<std::vector<RunRecord>> running_runs() = 0;
  virtual Result<std::vector<RunStep>> run_steps(const Digest& steps) = 0;  // not_found, damaged
  virtual Result<std::string> graph_blob(const Digest& graph) = 0;          // not_found, damaged

  // --- The cache
  // Entries of a key, newest first.
  virtual Result<std::vector<CacheEntry>> find_entries(const Digest& key) = 0;
  virtual Result<void> forget_entries(const Digest& key) = 0;

  // --- Executions and lineage
  virtual Result<ExecutionId> commit_execution(const FinishedExecution& finished) = 0;
  virtual Result<ExecutionRecord> execution(ExecutionId id) = 0;                  // not_found, damaged
  virtual Result<std::vector<ExecutionRecord>> executions_of_run(RunId run) = 0;  // those that ran in it, by id
  virtual Result<std::vector<EventRecord>> events_of_execution(ExecutionId id) = 0;
  virtual Result<std::vector<EventRecord>> events_of_artifact(const Digest& artifact) = 0;

  // --- Artifacts and objects
  virtual Result<ArtifactRecord> artifact(const Digest& digest) = 0;  // not_found, damaged
  virtual Result<std::vector<ArtifactRecord>> artifacts_with_prefix(std::string_view hex_prefix, std::size_t limit) = 0;
  virtual Result<void> set_artifact_pinned(const Digest& digest, bool pinned) = 0;
  // Replaces the inline content of an artifact that was found damaged or missing.
  virtual Result<void> put_artifact(const ArtifactRecord& artifact) = 0;
  virtual Result<std::optional<ObjectRecord>> object(const Digest& digest) = 0;
  virtual Result<void> put_object(const ObjectRecord& object) = 0;

  // --- Observations of files outside the store
  virtual Result<std::optional<FileObservation>> file_observation(const std::string& path) = 0;
  virtual Result<void> put_file_observation(const FileObservation& observation) = 0;

  // --- Code
  virtual Result<bool> has_code(const Digest& signature) = 0;
  virtual Result<std::vector<CodePart>> code_parts(const Digest& signature) = 0;  // not_found, damaged
  virtual Result<std::optional<ProgramRecord>> program(const std::string& path) = 0;
  virtual Result<void> put_program(const ProgramRecord& program) = 0;             // replaces that of the same path
  virtual Result<std::int64_t> add_acceptance(const Acceptance& acceptance) = 0;  // gives its id
  virtual Result<void> revoke_acceptance(std::int64_t id, std::int64_t revoked_ns) = 0;  // not_found
  virtual Result<std::vector<Acceptance>> acceptances() = 0;  // all, by id; also those that were revoked

  // --- Nondeterminism
  virtual Result<void> put_nondeterminism(const Nondeterminism& found) = 0;  // replaces that of the same key and output
  virtual Result<std::vector<Nondeterminism>> nondeterminism_of(const Digest& key) = 0;

  // --- Upkeep
  // Every artifact / execution / entry, in order of id or digest; the visitor returns false to stop.
  virtual Result<void> each_artifact(const std::function<bool(const ArtifactRecord&)>& visit) = 0;
  virtual Result<void> each_execution(const std::function<bool(const ExecutionRecord&)>& visit) = 0;
  virtual Result<void> each_entry(const std::function<bool(const CacheEntry&)>& visit) = 0;
  virtual Result<void> forget(const GarbagePlan& plan) = 0;  // then returns free pages to the file system
  // Every row of every table against its check.
  virtual Result<std::vector<DamagedRecord>> check_records() = 0;
  // Deletes the rows that check_records reports. A run whose steps are gone shows without them.
  virtual Result<void> delete_damaged_records() = 0;
  // Rows met by reads whose check did not hold, since opening.
  virtual std::uint64_t damage_seen() const = 0;
  // On return everything recorded so far is on the medium.
  virtual Result<void> sync() = 0;
  // A random 32 bytes made with the store and kept in it: digests of environment variables are made under it.
  virtual Result<std::string> secret() = 0;
};

}  // namespace stepcache::metadata
