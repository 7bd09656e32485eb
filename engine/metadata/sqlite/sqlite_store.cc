#include "metadata/sqlite/sqlite_store.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <random>

#include "metadata/blob.h"
#include "metadata/sqlite/schema.h"

namespace stepcache::metadata::sqlite {
namespace {

constexpr std::size_t k_secret_size = 32;

std::string random_secret() {
  std::random_device device;
  std::string secret;
  while (secret.size() < k_secret_size) {
    const auto word = static_cast<std::uint32_t>(device());
    for (unsigned shift = 0; shift < 32; shift += 8) secret.push_back(static_cast<char>((word >> shift) & 0xffU));
  }
  return secret;
}

// fsync of the write-ahead log, by SQLite's own file so that a faulting VFS sees it too.
int sync_log(sqlite3* database) {
  sqlite3_file* log = nullptr;
  const int code = sqlite3_file_control(database, "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&log));
  if (code != SQLITE_OK || log == nullptr || log->pMethods == nullptr) return code;
  return log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
}

}  // namespace

SqliteStore::SqliteStore(Connection connection, bool read_only)
    : connection_(std::move(connection)), read_only_(read_only) {}

// --- Snapshots and transactions ---

Result<void> SqliteStore::begin_reading() {
  if (reading_) return {};
  {
    STEPCACHE_TRY_ASSIGN(Query begin, begin_snapshot_.query(connection_));
    STEPCACHE_TRY(begin.run());
  }
  reading_ = true;
  // SQLite takes its snapshot at the first read.
  auto pin = pin_snapshot_.query(connection_);
  auto read = pin ? pin->next() : Result<bool>(fail(pin.error()));
  if (!read) {
    end_reading();
    return fail(read.error());
  }
  return {};
}

void SqliteStore::end_reading() {
  if (!reading_) return;
  reading_ = false;
  // Nothing was written: whether it ends by one or the other is the same.
  if (auto query = transactions_.commit.query(connection_); query && query->run()) return;
  if (auto query = transactions_.rollback.query(connection_)) (void)query->run();
}

Result<SqliteStore::Snapshot> SqliteStore::Snapshot::begin(SqliteStore& store) {
  if (store.reading_) return Snapshot(nullptr);
  STEPCACHE_TRY(store.begin_reading());
  return Snapshot(&store);
}

SqliteStore::Snapshot::~Snapshot() {
  if (store_ != nullptr) store_->end_reading();
}

Result<Transaction> SqliteStore::begin_write() {
  if (read_only_) return fail(connection_.error(SQLITE_READONLY));
  end_reading();
  recent_events_version_ = 0;  // the database's own count sees the writes of others only
  return Transaction::begin(connection_, transactions_);
}

bool SqliteStore::holds(const Query& row, const Table& table) {
  if (row_holds(row, hasher_, table.name)) return true;
  ++damage_seen_;
  return false;
}

Error SqliteStore::damaged_record(std::string_view what) const {
  return {ErrorCode::damaged,
          fmt::format("the record of {} is not what was written; `stepcache verify --repair` removes it", what),
          connection_.error(SQLITE_CORRUPT).where};
}

Result<void> SqliteStore::sync() {
  end_reading();
  if (read_only_) return {};
  // A whole checkpoint leaves everything in the database, synced. Readers and other checkpoints may stand in its way;
  // what is left is then in the log, which no checkpoint of ours need have synced.
  int in_log = 0;
  int moved = 0;
  const int code = sqlite3_wal_checkpoint_v2(connection_.get(), "main", SQLITE_CHECKPOINT_PASSIVE, &in_log, &moved);
  if (code == SQLITE_OK && in_log == moved) return {};
  const int primary = code & 0xff;
  if (code != SQLITE_OK && primary != SQLITE_BUSY && primary != SQLITE_LOCKED) return fail(connection_.error(code));
  if (const int synced = sync_log(connection_.get()); synced != SQLITE_OK) return fail(connection_.error(synced));
  return {};
}

// --- Settings ---

Result<std::optional<std::string>> SqliteStore::setting(std::string_view name) {
  STEPCACHE_TRY_ASSIGN(Query query, find_setting_.query(connection_));
  query.text(name);
  STEPCACHE_TRY_ASSIGN(const bool found, query.next());
  if (!found || !holds(query, k_settings)) return std::nullopt;
  return query.column_string(1);
}

Result<void> SqliteStore::put_setting(std::string_view name, std::string_view value) {
  STEPCACHE_TRY_ASSIGN(Query query, insert_setting_.query(connection_));
  return RowWriter(std::move(query), hasher_, k_settings.name).text(name).bytes(value).run();
}

Result<std::int64_t> SqliteStore::id_setting(std::string_view name) {
  STEPCACHE_TRY_ASSIGN(const auto blob, setting(name));
  return blob ? static_cast<std::int64_t>(BlobReader(*blob).number()) : 0;
}

Result<std::int64_t> SqliteStore::next_id(Prepared& highest, std::string_view setting_name) {
  STEPCACHE_TRY_ASSIGN(const std::int64_t given, id_setting(setting_name));
  STEPCACHE_TRY_ASSIGN(Query query, highest.query(connection_));
  STEPCACHE_TRY_ASSIGN(const bool found, query.next());
  return std::max(given, found ? query.column_integer(0) : 0) + 1;
}

Result<void> SqliteStore::keep_present_ids_from_reuse() {
  STEPCACHE_TRY_ASSIGN(const RunId next_run, next_id(highest_run_, "last_run"));
  STEPCACHE_TRY_ASSIGN(const ExecutionId next_execution, next_id(highest_execution_, "last_execution"));
  STEPCACHE_TRY_ASSIGN(const std::int64_t next_acceptance, next_id(highest_acceptance_, "last_acceptance"));
  BlobWriter acceptance;
  acceptance.number(static_cast<std::uint64_t>(next_acceptance - 1));
  STEPCACHE_TRY(put_setting("last_acceptance", acceptance.take()));
  return raise_last_ids(next_run - 1, next_execution - 1);
}

Result<void> SqliteStore::raise_last_ids(RunId last_run, ExecutionId last_execution) {
  STEPCACHE_TRY_ASSIGN(const RunId given_run, id_setting("last_run"));
  BlobWriter run;
  run.number(static_cast<std::uint64_t>(std::max(last_run, given_run)));
  STEPCACHE_TRY(put_setting("last_run", run.take()));
  STEPCACHE_TRY_ASSIGN(const ExecutionId given_execution, id_setting("last_execution"));
  BlobWriter execution;
  execution.number(static_cast<std::uint64_t>(std::max(last_execution, given_execution)));
  return put_setting("last_execution", execution.take());
}

Result<void> SqliteStore::adopt_rows(RunId last_run, ExecutionId last_execution) {
  STEPCACHE_TRY_ASSIGN(Transaction transaction, begin_write());
  STEPCACHE_TRY(raise_last_ids(last_run, last_execution));
  STEPCACHE_TRY(list_events_anew());
  STEPCACHE_TRY(delete_signatures_without_parts());
  return transaction.commit();
}

Result<void> SqliteStore::make_tables() {
  STEPCACHE_TRY_ASSIGN(Transaction transaction, begin_write());
  STEPCACHE_TRY_ASSIGN(const std::int64_t application, connection_.number("PRAGMA application_id"));
  if (application == k_application_id) return {};
  STEPCACHE_TRY(connection_.execute(schema_sql()));
  STEPCACHE_TRY(put_setting("secret", random_secret()));
  return transaction.commit();
}

Result<std::string> SqliteStore::secret() {
  STEPCACHE_TRY_ASSIGN(auto kept, setting("secret"));
  if (kept) return std::move(*kept);
  if (read_only_) return fail(damaged_record("the secret of environment variables"));
  // It is gone. A new one changes the digests of environment variables: their steps run again, nothing is wrong.
  STEPCACHE_TRY_ASSIGN(Transaction transaction, begin_write());
  STEPCACHE_TRY_ASSIGN(auto made_meanwhile, setting("secret"));
  if (made_meanwhile) return std::move(*made_meanwhile);
  std::string secret = random_secret();
  STEPCACHE_TRY(put_setting("secret", secret));
  STEPCACHE_TRY(transaction.commit());
  return secret;
}

}  // namespace stepcache::metadata::sqlite
