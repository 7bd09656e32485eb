#include "metadata/sqlite/salvage.h"

#include <sqlite3.h>

#include <algorithm>
#include <span>
#include <system_error>

#include "metadata/record_blobs.h"
#include "metadata/sqlite/checked_row.h"
#include "metadata/sqlite/format_1.h"
#include "metadata/sqlite/sqlite_metadata_store.h"
#include "metadata/sqlite/sqlite_store.h"
#include "metadata/sqlite/tables.h"

namespace stepcache::metadata {
namespace {

using sqlite::Connection;
using sqlite::Query;
using sqlite::Statement;
using sqlite::Table;

constexpr int k_busy_timeout_ms = 10'000;

// Highest ids that the rows which were kept speak of, also as those of rows that are gone.
struct Ids {
  RunId run = 0;
  ExecutionId execution = 0;
};

class Salvage {
 public:
  Salvage(Connection& damaged, Connection& fresh) : damaged_(damaged), fresh_(fresh) {}

  Result<SalvagedTable> copy(const Table& table) {
    SalvagedTable result{table.name};
    STEPCACHE_TRY_ASSIGN(result.whole, copy(table, table.select, result));
    // What lies behind an unreadable page may be reached from the other end.
    if (!result.whole) STEPCACHE_TRY(copy(table, table.select_reverse, result));
    STEPCACHE_TRY_ASSIGN(const std::int64_t kept, fresh_.number(table.count));
    result.kept = static_cast<std::uint64_t>(kept);
    return result;
  }

 private:
  // Whether it came to the end. Damage only ends the reading; everything else is an error.
  Result<bool> copy(const Table& table, const char* select, SalvagedTable& result) {
    const auto broken_off = [](const Error& error) -> Result<bool> {
      if (error.code == ErrorCode::busy) return fail(error);
      return false;
    };
    const auto statement = damaged_.prepare(select);
    if (!statement) return broken_off(statement.error());
    STEPCACHE_TRY_ASSIGN(const Statement insert, fresh_.prepare(table.insert));
    Query from(statement->get());
    while (true) {
      const auto row = from.next();
      if (!row) return broken_off(row.error());
      if (!*row) return true;
      if (!sqlite::row_holds(from, hasher_, table.name)) {
        ++result.lost;
        continue;
      }
      Query to(insert.get());
      for (int column = 0; column < from.columns(); ++column) {
        const int code = sqlite3_bind_value(to.statement(), column + 1, sqlite3_column_value(from.statement(), column));
        if (code != SQLITE_OK) return fail(fresh_.error(code));
      }
      STEPCACHE_TRY(to.run());
    }
  }

  Connection& damaged_;
  Connection& fresh_;
  FieldHasher hasher_;
};

Result<Ids> ids_spoken_of(Connection& fresh) {
  Ids ids;
  STEPCACHE_TRY_ASSIGN(ids.run, fresh.number(R"(SELECT max(id) FROM (SELECT max(id) AS id FROM runs
      UNION ALL SELECT max(run) FROM executions UNION ALL SELECT max(run) FROM cache_entries))"));
  STEPCACHE_TRY_ASSIGN(ids.execution, fresh.number(R"(SELECT max(id) FROM (SELECT max(id) AS id FROM executions
      UNION ALL SELECT max(execution) FROM events UNION ALL SELECT max(execution) FROM cache_entries
      UNION ALL SELECT max(max(first_execution), max(other_execution)) FROM nondeterminism))"));
  STEPCACHE_TRY_ASSIGN(const Statement statement, fresh.prepare(sqlite::k_run_steps.select));
  Query query(statement.get());
  while (true) {
    STEPCACHE_TRY_ASSIGN(const bool row, query.next());
    if (!row) return ids;
    const auto steps = decode_run_steps(query.column_view(1));
    if (!steps) continue;
    for (const RunStep& step : *steps) ids.execution = std::max(ids.execution, step.execution);
  }
}

Result<Connection> open_damaged(const std::filesystem::path& path) {
  STEPCACHE_TRY_ASSIGN(Connection damaged, Connection::open(path.native(), {.read_only = true}, k_busy_timeout_ms));
  // With this flag SQLite reads a file that is shorter than its header says, as far as it goes.
  sqlite3_db_config(damaged.get(), SQLITE_DBCONFIG_WRITABLE_SCHEMA, 1, nullptr);
  return damaged;
}

// A header that cannot be read says nothing: then no table can be read either.
std::span<const Table* const> tables_of(Connection& damaged) {
  const auto format = damaged.number("PRAGMA user_version");
  if (format && *format == 1) return sqlite::k_tables_of_format_1;
  return sqlite::k_tables;
}

}  // namespace

std::uint64_t SalvageReport::kept() const {
  std::uint64_t sum = 0;
  for (const SalvagedTable& table : tables) sum += table.kept;
  return sum;
}

std::uint64_t SalvageReport::lost() const {
  std::uint64_t sum = 0;
  for (const SalvagedTable& table : tables) sum += table.lost;
  return sum;
}

bool SalvageReport::whole() const {
  return std::all_of(tables.begin(), tables.end(), [](const SalvagedTable& table) { return table.whole; });
}

Result<SalvageReport> salvage(const std::filesystem::path& damaged_path, const std::filesystem::path& fresh_path) {
  std::error_code error;
  if (!std::filesystem::exists(damaged_path, error)) {
    return fail(ErrorCode::not_found, "there is no such file", damaged_path.native());
  }
  if (std::filesystem::exists(fresh_path, error)) {
    return fail(ErrorCode::invalid_argument, "this file exists already; what is salvaged goes to a new one",
                fresh_path.native());
  }
  STEPCACHE_TRY_ASSIGN(Connection damaged, open_damaged(damaged_path));
  STEPCACHE_TRY_ASSIGN(auto store, open_sqlite_store({.path = fresh_path}));

  SalvageReport report;
  Ids ids;
  {
    STEPCACHE_TRY_ASSIGN(Connection fresh, Connection::open(fresh_path.native(), {}, k_busy_timeout_ms));
    sqlite::TransactionStatements statements;
    STEPCACHE_TRY_ASSIGN(sqlite::Transaction transaction, sqlite::Transaction::begin(fresh, statements));
    // The new database's own secret gives way to the old one.
    STEPCACHE_TRY(fresh.execute("DELETE FROM settings"));
    Salvage work(damaged, fresh);
    STEPCACHE_TRY(sqlite::register_row_functions(fresh));
    for (const Table* table : tables_of(damaged)) {
      STEPCACHE_TRY_ASSIGN(SalvagedTable salvaged, work.copy(*table));
      report.tables.push_back(std::move(salvaged));
    }
    STEPCACHE_TRY_ASSIGN(ids, ids_spoken_of(fresh));
    STEPCACHE_TRY(transaction.commit());
  }
  STEPCACHE_TRY(static_cast<sqlite::SqliteStore&>(*store).adopt_rows(ids.run, ids.execution));
  STEPCACHE_TRY(store->secret());  // makes one where the old one is lost
  STEPCACHE_TRY(store->sync());
  return report;
}

}  // namespace stepcache::metadata
