#pragma once

#include "metadata/sqlite/sqlite_connection.h"
#include "result/result.h"

// Databases of an older format, of k_oldest_format or later (schema.h).
namespace stepcache::metadata::sqlite {

// Makes it one of the present format, in one transaction; nothing when somebody else did so meanwhile. Rows whose check
// does not hold stay damaged. Waits for other writers (busy). Errors: damaged, busy, io.
Result<void> migrate(Connection& connection);

// A migrated copy in memory, for those who may only read: it shows the state of the moment at which it was made.
Result<Connection> migrated_copy(Connection& original);

}  // namespace stepcache::metadata::sqlite
