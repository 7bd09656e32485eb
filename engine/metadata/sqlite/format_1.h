#pragma once

#include <array>

#include "metadata/sqlite/tables.h"

// How rows are salvaged from a database of format 1: its executions name no code.
namespace stepcache::metadata::sqlite {

// Selects rows as they were, check and all; inserts them as rows of the present format (needs register_row_functions).
inline constexpr Table k_executions_of_format_1{
    "executions",
    "SELECT count(*) FROM executions",
    R"(SELECT id, run, pipeline, step, status, key, cached_for_later, why_not, started_ns, duration_ns, key_parts,
              outputs, output_names, events, metrics, error, log, "check"
       FROM executions ORDER BY id)",
    R"(SELECT id, run, pipeline, step, status, key, cached_for_later, why_not, started_ns, duration_ns, key_parts,
              outputs, output_names, events, metrics, error, log, "check"
       FROM executions ORDER BY id DESC)",
    R"(INSERT OR REPLACE INTO executions
         (id, run, pipeline, step, status, key, code, cached_for_later, why_not, started_ns, duration_ns, key_parts,
          outputs, output_names, events, metrics, error, log, "check")
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, x'', ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
              row_check('executions', ?1, ?2, ?3, ?4, ?5, ?6, x'', ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
       WHERE ?18 IS NOT NULL)",
    nullptr,
    false,
};

inline constexpr std::array<const Table*, 10> k_tables_of_format_1 = {
    &k_settings, &k_runs,      &k_graphs,  &k_run_steps,         &k_cache_entries, &k_executions_of_format_1,
    &k_events,   &k_artifacts, &k_objects, &k_file_observations,
};

}  // namespace stepcache::metadata::sqlite
