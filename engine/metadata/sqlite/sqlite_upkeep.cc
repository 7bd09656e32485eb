#include <sqlite3.h>

#include "metadata/sqlite/sqlite_store.h"

namespace stepcache::metadata::sqlite {
namespace {

// How a row is named to people: by its first column.
std::string row_name(const Query& row, const Table& table) {
  if (sqlite3_column_type(row.statement(), 0) == SQLITE_INTEGER) return std::to_string(row.column_integer(0));
  const std::string_view key = row.column_view(0);
  if (table.key_is_text) return std::string(key);
  constexpr std::string_view k_digits = "0123456789abcdef";
  std::string hex;
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    hex.push_back(k_digits[byte >> 4U]);
    hex.push_back(k_digits[byte & 0xfU]);
  }
  return hex;
}

// With the flag that tolerates it, deleting a row that an index does not list, or lists otherwise, is no error. Off
// again at the end, whatever happens.
class ToleratedIndexDamage {
 public:
  explicit ToleratedIndexDamage(Connection& connection) : connection_(connection) { set(1); }
  ~ToleratedIndexDamage() { set(0); }
  ToleratedIndexDamage(const ToleratedIndexDamage&) = delete;
  ToleratedIndexDamage& operator=(const ToleratedIndexDamage&) = delete;

 private:
  void set(int on) { sqlite3_db_config(connection_.get(), SQLITE_DBCONFIG_WRITABLE_SCHEMA, on, nullptr); }
  Connection& connection_;
};

}  // namespace

Result<void> SqliteStore::forget(const GarbagePlan& plan) {
  {
    STEPCACHE_TRY_ASSIGN(Transaction transaction, begin_write());
    STEPCACHE_TRY(keep_present_ids_from_reuse());
    STEPCACHE_TRY(
        connection_.execute("CREATE TEMP TABLE IF NOT EXISTS forgotten (id INTEGER PRIMARY KEY);"
                            "DELETE FROM temp.forgotten"));
    Prepared note_execution("INSERT OR IGNORE INTO temp.forgotten (id) VALUES (?)");
    for (const ExecutionId id : plan.executions) {
      STEPCACHE_TRY_ASSIGN(Query query, note_execution.query(connection_));
      STEPCACHE_TRY(query.integer(id).run());
    }
    // Entries and events are scanned: an index by execution would cost each finished step more than this costs gc.
    STEPCACHE_TRY(connection_.execute(R"(
      DELETE FROM executions WHERE id IN (SELECT id FROM temp.forgotten);
      DELETE FROM cache_entries WHERE execution IN (SELECT id FROM temp.forgotten);
      DELETE FROM events WHERE execution IN (SELECT id FROM temp.forgotten);
      DELETE FROM nondeterminism WHERE key NOT IN (SELECT key FROM executions);
      DELETE FROM temp.forgotten)"));
    STEPCACHE_TRY(forget_unused_code());

    Prepared delete_run("DELETE FROM runs WHERE id = ?");
    for (const RunId id : plan.runs) {
      STEPCACHE_TRY_ASSIGN(Query query, delete_run.query(connection_));
      STEPCACHE_TRY(query.integer(id).run());
    }
    STEPCACHE_TRY(connection_.execute(R"(
      DELETE FROM run_steps WHERE digest NOT IN (SELECT steps FROM runs);
      DELETE FROM graphs WHERE digest NOT IN (SELECT graph FROM runs))"));

    Prepared delete_artifact("DELETE FROM artifacts WHERE digest = ?");
    Prepared delete_object("DELETE FROM objects WHERE digest = ?");
    for (const Digest& digest : plan.artifacts) {
      STEPCACHE_TRY_ASSIGN(Query artifact, delete_artifact.query(connection_));
      STEPCACHE_TRY(artifact.digest(digest).run());
      STEPCACHE_TRY_ASSIGN(Query object, delete_object.query(connection_));
      STEPCACHE_TRY(object.digest(digest).run());
    }
    STEPCACHE_TRY(transaction.commit());
  }
  return_free_pages();
  return {};
}

void SqliteStore::return_free_pages() {
  // Rebuilding takes as long as reading and writing the whole file, so it must pay. Free pages that stay are used by
  // the next records: a failure (no room for a second copy, somebody reading) loses nothing.
  constexpr std::int64_t k_worth_it = 10;
  const auto free = connection_.number("PRAGMA freelist_count");
  const auto pages = connection_.number("PRAGMA page_count");
  if (!free || !pages || *free == 0 || *free < *pages / k_worth_it) return;
  if (!connection_.execute("VACUUM")) return;
  (void)sqlite3_wal_checkpoint_v2(connection_.get(), "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
}

Result<std::vector<DamagedRecord>> SqliteStore::check_records() {
  STEPCACHE_TRY_ASSIGN(const Snapshot snapshot, Snapshot::begin(*this));
  std::vector<DamagedRecord> damaged;
  for (const Table* table : k_tables) {
    STEPCACHE_TRY_ASSIGN(const Statement statement, connection_.prepare(table->select));
    Query query(statement.get());
    while (true) {
      STEPCACHE_TRY_ASSIGN(const bool row, query.next());
      if (!row) break;
      if (row_holds(query, hasher_, table->name)) continue;
      damaged.push_back({table->name, row_name(query, *table), "is not what was written"});
    }
  }
  return damaged;
}

Result<void> SqliteStore::delete_damaged_records() {
  STEPCACHE_TRY(register_row_functions(connection_));
  STEPCACHE_TRY_ASSIGN(Transaction transaction, begin_write());
  STEPCACHE_TRY(keep_present_ids_from_reuse());
  {
    const ToleratedIndexDamage tolerated(connection_);
    for (const Table* table : k_tables) STEPCACHE_TRY(connection_.execute(table->delete_damaged));
    STEPCACHE_TRY(list_events_anew());
    STEPCACHE_TRY(connection_.execute("REINDEX"));
    STEPCACHE_TRY(delete_signatures_without_parts());
  }
  return transaction.commit();
}

}  // namespace stepcache::metadata::sqlite
