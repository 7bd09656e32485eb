#include <fmt/format.h>

#include "metadata/sqlite/sqlite_store.h"

// What people, or running again, found out about keys: acceptances and nondeterminism.
namespace stepcache::metadata::sqlite {

// --- Acceptances ---

Acceptance SqliteStore::acceptance_of(const Query& row) {
  Acceptance acceptance;
  acceptance.id = row.column_integer(0);
  acceptance.pipeline = row.column_string(1);
  acceptance.step = row.column_string(2);
  acceptance.now = row.column_digest(3);
  acceptance.before = row.column_digest(4);
  acceptance.by = row.column_string(5);
  acceptance.note = row.column_string(6);
  acceptance.accepted_ns = row.column_integer(7);
  acceptance.revoked_ns = row.column_integer(8);
  return acceptance;
}

Result<void> SqliteStore::write_acceptance(const Acceptance& acceptance) {
  STEPCACHE_TRY_ASSIGN(Query query, insert_acceptance_.query(connection_));
  return RowWriter(std::move(query), hasher_, k_acceptances.name)
      .integer(acceptance.id)
      .text(acceptance.pipeline)
      .text(acceptance.step)
      .digest(acceptance.now)
      .digest(acceptance.before)
      .text(acceptance.by)
      .text(acceptance.note)
      .integer(acceptance.accepted_ns)
      .integer(acceptance.revoked_ns)
      .run();
}

Result<std::int64_t> SqliteStore::add_acceptance(const Acceptance& acceptance) {
  STEPCACHE_TRY_ASSIGN(Transaction transaction, begin_write());
  Acceptance added = acceptance;
  STEPCACHE_TRY_ASSIGN(added.id, next_id(highest_acceptance_, "last_acceptance"));
  STEPCACHE_TRY(write_acceptance(added));
  STEPCACHE_TRY(transaction.commit());
  return added.id;
}

Result<void> SqliteStore::revoke_acceptance(std::int64_t id, std::int64_t revoked_ns) {
  STEPCACHE_TRY_ASSIGN(Transaction transaction, begin_write());
  Acceptance revoked;
  {
    STEPCACHE_TRY_ASSIGN(Query query, find_acceptance_.query(connection_));
    query.integer(id);
    STEPCACHE_TRY_ASSIGN(const bool found, query.next());
    if (!found) return fail(ErrorCode::not_found, fmt::format("there is no acceptance {}", id));
    if (!holds(query, k_acceptances)) return fail(damaged_record(fmt::format("acceptance {}", id)));
    revoked = acceptance_of(query);
  }
  revoked.revoked_ns = revoked_ns;
  STEPCACHE_TRY(write_acceptance(revoked));
  return transaction.commit();
}

Result<std::vector<Acceptance>> SqliteStore::acceptances() {
  STEPCACHE_TRY_ASSIGN(Query query, all_acceptances_.query(connection_));
  std::vector<Acceptance> found;
  while (true) {
    STEPCACHE_TRY_ASSIGN(const bool row, query.next());
    if (!row) return found;
    if (holds(query, k_acceptances)) found.push_back(acceptance_of(query));
  }
}

// --- Nondeterminism ---

Result<void> SqliteStore::put_nondeterminism(const Nondeterminism& found) {
  STEPCACHE_TRY_ASSIGN(Transaction transaction, begin_write());
  {
    STEPCACHE_TRY_ASSIGN(Query query, insert_nondeterminism_.query(connection_));
    STEPCACHE_TRY(RowWriter(std::move(query), hasher_, k_nondeterminism.name)
                      .digest(found.key)
                      .text(found.output)
                      .integer(found.first_execution)
                      .integer(found.other_execution)
                      .text(found.difference)
                      .run());
  }
  return transaction.commit();
}

Result<std::vector<Nondeterminism>> SqliteStore::nondeterminism_of(const Digest& key) {
  STEPCACHE_TRY_ASSIGN(Query query, find_nondeterminism_.query(connection_));
  query.digest(key);
  std::vector<Nondeterminism> found;
  while (true) {
    STEPCACHE_TRY_ASSIGN(const bool row, query.next());
    if (!row) return found;
    if (!holds(query, k_nondeterminism)) continue;
    found.push_back(
        {key, query.column_string(1), query.column_integer(2), query.column_integer(3), query.column_string(4)});
  }
}

}  // namespace stepcache::metadata::sqlite
