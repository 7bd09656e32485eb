#pragma once

#include <array>

namespace stepcache::metadata::sqlite {

// The statements that speak of a whole table: all columns in the order of schema.sql, the check last.
struct Table {
  const char* name;
  const char* count;
  const char* select;          // every row, in the order of the key
  const char* select_reverse;  // from the other end
  const char* insert;          // replaces a row of the same key
  const char* delete_damaged;  // every row whose check does not hold (needs register_row_functions)
  bool key_is_text;            // the first column, in which a row is named: text, else a number or a digest
};

inline constexpr Table k_settings{
    "settings",
    "SELECT count(*) FROM settings",
    R"(SELECT name, value, "check" FROM settings ORDER BY name)",
    R"(SELECT name, value, "check" FROM settings ORDER BY name DESC)",
    R"(INSERT OR REPLACE INTO settings (name, value, "check") VALUES (?, ?, ?))",
    R"(DELETE FROM settings WHERE NOT row_holds('settings', name, value, "check"))",
    true,
};

inline constexpr Table k_runs{
    "runs",
    "SELECT count(*) FROM runs",
    R"(SELECT id, pipeline, status, started_ns, ended_ns, duration_ns, saved_ns, program, arguments, folder, process,
              parameters, graph, steps, cached, completed, failed, skipped, tags, note, pinned, first_execution,
              last_execution, "check"
       FROM runs ORDER BY id)",
    R"(SELECT id, pipeline, status, started_ns, ended_ns, duration_ns, saved_ns, program, arguments, folder, process,
              parameters, graph, steps, cached, completed, failed, skipped, tags, note, pinned, first_execution,
              last_execution, "check"
       FROM runs ORDER BY id DESC)",
    R"(INSERT OR REPLACE INTO runs
         (id, pipeline, status, started_ns, ended_ns, duration_ns, saved_ns, program, arguments, folder, process,
          parameters, graph, steps, cached, completed, failed, skipped, tags, note, pinned, first_execution,
              last_execution, "check")
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))",
    R"(DELETE FROM runs WHERE NOT row_holds('runs', id, pipeline, status, started_ns, ended_ns, duration_ns, saved_ns,
         program, arguments, folder, process, parameters, graph, steps, cached, completed, failed, skipped, tags, note,
         pinned, first_execution,
              last_execution, "check"))",
    false,
};

inline constexpr Table k_graphs{
    "graphs",
    "SELECT count(*) FROM graphs",
    R"(SELECT digest, blob, "check" FROM graphs ORDER BY digest)",
    R"(SELECT digest, blob, "check" FROM graphs ORDER BY digest DESC)",
    R"(INSERT OR REPLACE INTO graphs (digest, blob, "check") VALUES (?, ?, ?))",
    R"(DELETE FROM graphs WHERE NOT row_holds('graphs', digest, blob, "check"))",
    false,
};

inline constexpr Table k_run_steps{
    "run_steps",
    "SELECT count(*) FROM run_steps",
    R"(SELECT digest, blob, "check" FROM run_steps ORDER BY digest)",
    R"(SELECT digest, blob, "check" FROM run_steps ORDER BY digest DESC)",
    R"(INSERT OR REPLACE INTO run_steps (digest, blob, "check") VALUES (?, ?, ?))",
    R"(DELETE FROM run_steps WHERE NOT row_holds('run_steps', digest, blob, "check"))",
    false,
};

inline constexpr Table k_cache_entries{
    "cache_entries",
    "SELECT count(*) FROM cache_entries",
    R"(SELECT key, observed, execution, run, duration_ns, outputs, "check" FROM cache_entries ORDER BY key, observed)",
    R"(SELECT key, observed, execution, run, duration_ns, outputs, "check" FROM cache_entries
       ORDER BY key DESC, observed DESC)",
    R"(INSERT OR REPLACE INTO cache_entries (key, observed, execution, run, duration_ns, outputs, "check")
       VALUES (?, ?, ?, ?, ?, ?, ?))",
    R"(DELETE FROM cache_entries WHERE NOT row_holds('cache_entries', key, observed, execution, run, duration_ns, outputs,
         "check"))",
    false,
};

inline constexpr Table k_executions{
    "executions",
    "SELECT count(*) FROM executions",
    R"(SELECT id, run, pipeline, step, status, key, code, cached_for_later, why_not, started_ns, duration_ns, key_parts,
              outputs, output_names, events, metrics, error, log, "check"
       FROM executions ORDER BY id)",
    R"(SELECT id, run, pipeline, step, status, key, code, cached_for_later, why_not, started_ns, duration_ns, key_parts,
              outputs, output_names, events, metrics, error, log, "check"
       FROM executions ORDER BY id DESC)",
    R"(INSERT OR REPLACE INTO executions
         (id, run, pipeline, step, status, key, code, cached_for_later, why_not, started_ns, duration_ns, key_parts,
          outputs, output_names, events, metrics, error, log, "check")
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))",
    R"(DELETE FROM executions WHERE NOT row_holds('executions', id, run, pipeline, step, status, key, code,
         cached_for_later, why_not, started_ns, duration_ns, key_parts, outputs, output_names, events, metrics, error,
         log, "check"))",
    false,
};

inline constexpr Table k_events{
    "events",
    "SELECT count(*) FROM events",
    R"(SELECT artifact, execution, kind, position, port, "check" FROM events
       ORDER BY artifact, execution, kind, position)",
    R"(SELECT artifact, execution, kind, position, port, "check" FROM events
       ORDER BY artifact DESC, execution DESC, kind DESC, position DESC)",
    R"(INSERT OR REPLACE INTO events (artifact, execution, kind, position, port, "check") VALUES (?, ?, ?, ?, ?, ?))",
    R"(DELETE FROM events WHERE NOT row_holds('events', artifact, execution, kind, position, port, "check"))",
    false,
};

inline constexpr Table k_artifacts{
    "artifacts",
    "SELECT count(*) FROM artifacts",
    R"(SELECT digest, type, materializer, size_bytes, pinned, content, "check" FROM artifacts ORDER BY digest)",
    R"(SELECT digest, type, materializer, size_bytes, pinned, content, "check" FROM artifacts ORDER BY digest DESC)",
    R"(INSERT OR REPLACE INTO artifacts (digest, type, materializer, size_bytes, pinned, content, "check")
       VALUES (?, ?, ?, ?, ?, ?, ?))",
    R"(DELETE FROM artifacts WHERE NOT row_holds('artifacts', digest, type, materializer, size_bytes, pinned, content,
         "check"))",
    false,
};

inline constexpr Table k_objects{
    "objects",
    "SELECT count(*) FROM objects",
    R"(SELECT digest, device, inode, size_bytes, mtime_ns, ctime_ns, verified_ns, "check" FROM objects ORDER BY digest)",
    R"(SELECT digest, device, inode, size_bytes, mtime_ns, ctime_ns, verified_ns, "check" FROM objects
       ORDER BY digest DESC)",
    R"(INSERT OR REPLACE INTO objects (digest, device, inode, size_bytes, mtime_ns, ctime_ns, verified_ns, "check")
       VALUES (?, ?, ?, ?, ?, ?, ?, ?))",
    R"(DELETE FROM objects WHERE NOT row_holds('objects', digest, device, inode, size_bytes, mtime_ns, ctime_ns,
         verified_ns, "check"))",
    false,
};

inline constexpr Table k_file_observations{
    "file_observations",
    "SELECT count(*) FROM file_observations",
    R"(SELECT path, device, inode, size_bytes, mtime_ns, ctime_ns, observed_ns, digest, "check" FROM file_observations
       ORDER BY path)",
    R"(SELECT path, device, inode, size_bytes, mtime_ns, ctime_ns, observed_ns, digest, "check" FROM file_observations
       ORDER BY path DESC)",
    R"(INSERT OR REPLACE INTO file_observations
         (path, device, inode, size_bytes, mtime_ns, ctime_ns, observed_ns, digest, "check")
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?))",
    R"(DELETE FROM file_observations WHERE NOT row_holds('file_observations', path, device, inode, size_bytes, mtime_ns,
         ctime_ns, observed_ns, digest, "check"))",
    true,
};

inline constexpr Table k_code_parts{
    "code_parts",
    "SELECT count(*) FROM code_parts",
    R"(SELECT id, digest, blob, "check" FROM code_parts ORDER BY id)",
    R"(SELECT id, digest, blob, "check" FROM code_parts ORDER BY id DESC)",
    R"(INSERT OR REPLACE INTO code_parts (id, digest, blob, "check") VALUES (?, ?, ?, ?))",
    R"(DELETE FROM code_parts WHERE NOT row_holds('code_parts', id, digest, blob, "check"))",
    false,
};

inline constexpr Table k_code_signatures{
    "code_signatures",
    "SELECT count(*) FROM code_signatures",
    R"(SELECT digest, blob, "check" FROM code_signatures ORDER BY digest)",
    R"(SELECT digest, blob, "check" FROM code_signatures ORDER BY digest DESC)",
    R"(INSERT OR REPLACE INTO code_signatures (digest, blob, "check") VALUES (?, ?, ?))",
    R"(DELETE FROM code_signatures WHERE NOT row_holds('code_signatures', digest, blob, "check"))",
    false,
};

inline constexpr Table k_programs{
    "programs",
    "SELECT count(*) FROM programs",
    R"(SELECT path, identity, signatures, "check" FROM programs ORDER BY path)",
    R"(SELECT path, identity, signatures, "check" FROM programs ORDER BY path DESC)",
    R"(INSERT OR REPLACE INTO programs (path, identity, signatures, "check") VALUES (?, ?, ?, ?))",
    R"(DELETE FROM programs WHERE NOT row_holds('programs', path, identity, signatures, "check"))",
    true,
};

inline constexpr Table k_acceptances{
    "acceptances",
    "SELECT count(*) FROM acceptances",
    R"(SELECT id, pipeline, step, code_now, code_before, accepted_by, note, accepted_ns, revoked_ns, "check"
       FROM acceptances ORDER BY id)",
    R"(SELECT id, pipeline, step, code_now, code_before, accepted_by, note, accepted_ns, revoked_ns, "check"
       FROM acceptances ORDER BY id DESC)",
    R"(INSERT OR REPLACE INTO acceptances
         (id, pipeline, step, code_now, code_before, accepted_by, note, accepted_ns, revoked_ns, "check")
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?))",
    R"(DELETE FROM acceptances WHERE NOT row_holds('acceptances', id, pipeline, step, code_now, code_before,
         accepted_by, note, accepted_ns, revoked_ns, "check"))",
    false,
};

inline constexpr Table k_nondeterminism{
    "nondeterminism",
    "SELECT count(*) FROM nondeterminism",
    R"(SELECT key, output, first_execution, other_execution, difference, "check" FROM nondeterminism
       ORDER BY key, output)",
    R"(SELECT key, output, first_execution, other_execution, difference, "check" FROM nondeterminism
       ORDER BY key DESC, output DESC)",
    R"(INSERT OR REPLACE INTO nondeterminism (key, output, first_execution, other_execution, difference, "check")
       VALUES (?, ?, ?, ?, ?, ?))",
    R"(DELETE FROM nondeterminism WHERE NOT row_holds('nondeterminism', key, output, first_execution, other_execution,
         difference, "check"))",
    false,
};

inline constexpr std::array<const Table*, 15> k_tables = {
    &k_settings, &k_runs,        &k_graphs,         &k_run_steps,         &k_cache_entries, &k_executions,
    &k_events,   &k_artifacts,   &k_objects,        &k_file_observations, &k_code_parts,    &k_code_signatures,
    &k_programs, &k_acceptances, &k_nondeterminism,
};

}  // namespace stepcache::metadata::sqlite
