#include "metadata/sqlite/migration.h"

#include <sqlite3.h>

#include "metadata/sqlite/checked_row.h"
#include "metadata/sqlite/schema.h"

namespace stepcache::metadata::sqlite {

Result<void> migrate(Connection& connection) {
  STEPCACHE_TRY(register_row_functions(connection));
  TransactionStatements statements;
  STEPCACHE_TRY_ASSIGN(Transaction transaction, Transaction::begin(connection, statements));
  STEPCACHE_TRY_ASSIGN(const std::int64_t format, connection.number("PRAGMA user_version"));
  if (format >= k_format_version) return {};
  STEPCACHE_TRY(connection.execute(migrate_1_to_2_sql()));
  return transaction.commit();
}

Result<Connection> migrated_copy(Connection& original) {
  STEPCACHE_TRY_ASSIGN(Connection copy, Connection::open(":memory:", {.create = true}, 0));
  sqlite3_backup* backup = sqlite3_backup_init(copy.get(), "main", original.get(), "main");
  if (backup == nullptr) return fail(copy.error(sqlite3_extended_errcode(copy.get())));
  constexpr int k_all_pages = -1;
  const int stepped = sqlite3_backup_step(backup, k_all_pages);
  (void)sqlite3_backup_finish(backup);
  if (stepped != SQLITE_DONE) return fail(original.error(stepped));
  STEPCACHE_TRY(migrate(copy));
  return copy;
}

}  // namespace stepcache::metadata::sqlite
