#include "metadata/sqlite/sqlite_connection.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include "platform/system_error.h"

namespace stepcache::metadata::sqlite {

Error error_of(int code, sqlite3* database) {
  const char* file = database == nullptr ? nullptr : sqlite3_db_filename(database, "main");
  std::string where = file == nullptr || *file == '\0' ? "the database in memory" : file;
  const char* what = sqlite3_errstr(code);
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
      return {ErrorCode::damaged,
              fmt::format(
                  "the database cannot be read ({}); run `stepcache verify --repair`, which keeps what is whole", what),
              std::move(where)};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return {ErrorCode::busy, "another process keeps the database locked; try again when it has finished",
              std::move(where)};
    case SQLITE_READONLY:
      return {ErrorCode::io, "the database can be read but not written; check the permissions of it and of its folder",
              std::move(where)};
    case SQLITE_FULL:
      return {ErrorCode::io, "the disk is full; nothing of this was recorded", std::move(where)};
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
      // SQLite keeps what the system said; it says what to do.
      if (const int number = database == nullptr ? 0 : sqlite3_system_errno(database); number != 0) {
        const Error said = platform::system_error(number, "read or write the database", where);
        return {ErrorCode::io, said.message, std::move(where)};
      }
      [[fallthrough]];
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_NOMEM:
    case SQLITE_NOLFS:
    case SQLITE_TOOBIG:
      return {ErrorCode::io, fmt::format("the database cannot be read or written ({}, code {})", what, code),
              std::move(where)};
    default:
      return {ErrorCode::internal, fmt::format("the database refused a statement ({}, code {})", what, code),
              std::move(where)};
  }
}

// --- Statement, Query ---

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Query::~Query() {
  if (statement_ != nullptr) sqlite3_reset(statement_);
}

void Query::note(int code) {
  if (code != SQLITE_OK && failed_ == SQLITE_OK) failed_ = code;
}

Query& Query::integer(std::int64_t value) {
  note(sqlite3_bind_int64(statement_, ++bound_, value));
  return *this;
}

Query& Query::text(std::string_view value) {
  // A null pointer would bind NULL instead of an empty text.
  const char* data = value.data() == nullptr ? "" : value.data();
  note(sqlite3_bind_text64(statement_, ++bound_, data, value.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Query& Query::bytes(std::string_view value) {
  const char* data = value.data() == nullptr ? "" : value.data();
  note(sqlite3_bind_blob64(statement_, ++bound_, data, value.size(), SQLITE_STATIC));
  return *this;
}

Query& Query::digest(const Digest& value) {
  return bytes(value.is_zero() ? std::string_view() : as_text(value.bytes()));
}

Query& Query::null() {
  note(sqlite3_bind_null(statement_, ++bound_));
  return *this;
}

Result<bool> Query::next() {
  if (failed_ != SQLITE_OK) return fail(error_of(failed_, sqlite3_db_handle(statement_)));
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return fail(error_of(code, sqlite3_db_handle(statement_)));
}

Result<void> Query::run() {
  STEPCACHE_TRY_ASSIGN(const bool row, next());
  if (row) return fail(ErrorCode::internal, "a statement without rows gave one");
  return {};
}

int Query::columns() const { return sqlite3_data_count(statement_); }

bool Query::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::int64_t Query::column_integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view Query::column_view(int column) const {
  // Also for texts: the same bytes, without a copy that ends in zero.
  const void* data = sqlite3_column_blob(statement_, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return data == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(data), size);
}

Digest Query::column_digest(int column) const {
  return Digest::from_bytes(as_bytes(column_view(column))).value_or(Digest());
}

// --- Connection ---

void Connection::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

Result<Connection> Connection::open(const std::string& name, const OpenMode& mode, int busy_timeout_ms) {
  // NOMUTEX: a connection belongs to one thread.
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  flags |= mode.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  if (mode.create) flags |= SQLITE_OPEN_CREATE;
  if (mode.uri) flags |= SQLITE_OPEN_URI;
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &opened, flags, nullptr);
  Connection connection;
  connection.database_.reset(opened);
  if (code != SQLITE_OK) {
    Error error = error_of(code, opened);
    error.where = name;
    return fail(std::move(error));
  }
  sqlite3_busy_timeout(opened, busy_timeout_ms);
  return connection;
}

Result<Statement> Connection::prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code == SQLITE_OK) return Statement(statement);
  // The statements are fixed: one that does not compile names a table or column that ought to be there.
  return fail(error(code == SQLITE_ERROR ? SQLITE_CORRUPT : code));
}

Result<void> Connection::execute(const char* sql) {
  const int code = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(error(code));
  return {};
}

Result<std::int64_t> Connection::number(const char* sql) {
  STEPCACHE_TRY_ASSIGN(const Statement statement, prepare(sql));
  Query query(statement.get());
  STEPCACHE_TRY_ASSIGN(const bool row, query.next());
  return row ? query.column_integer(0) : 0;
}

std::int64_t Connection::changes() const { return sqlite3_changes64(database_.get()); }

// --- Prepared, Transaction ---

Result<Query> Prepared::query(Connection& connection) {
  if (statement_.get() == nullptr) {
    STEPCACHE_TRY_ASSIGN(statement_, connection.prepare(sql_));
  }
  return Query(statement_.get());
}

Result<Transaction> Transaction::begin(Connection& connection, TransactionStatements& statements) {
  STEPCACHE_TRY_ASSIGN(Query query, statements.begin.query(connection));
  STEPCACHE_TRY(query.run());
  return Transaction(connection, statements);
}

Transaction::~Transaction() {
  if (connection_ == nullptr) return;
  // Some errors have rolled back already; then there is nothing to undo.
  if (sqlite3_get_autocommit(connection_->get()) != 0) return;
  if (auto query = statements_->rollback.query(*connection_)) (void)query->run();
}

Result<void> Transaction::commit() {
  STEPCACHE_TRY_ASSIGN(Query query, statements_->commit.query(*connection_));
  STEPCACHE_TRY(query.run());
  connection_ = nullptr;
  return {};
}

}  // namespace stepcache::metadata::sqlite
