#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "digest/digest.h"
#include "result/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace stepcache::metadata::sqlite {

// SQLite's result code as an error for people; `where` is the database's file. By code, never by SQLite's text:
// damaged (not a database, malformed, a row that breaks a constraint that all our rows keep), busy (locked for longer
// than the timeout), io (permission, full disk, device), internal (anything else).
Error error_of(int code, sqlite3* database);

// A compiled statement, kept for reuse. Empty until Connection::prepare fills it.
class Statement {
 public:
  Statement() = default;
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  sqlite3_stmt* get() const { return statement_.get(); }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// One use of a statement: bind in order, step through the rows, and on destruction the statement is ready for its next
// use. What is bound by view must outlive the query. Only one query of a statement at a time.
class Query {
 public:
  explicit Query(sqlite3_stmt* statement) : statement_(statement) {}
  ~Query();
  Query(Query&& other) noexcept : statement_(other.statement_), bound_(other.bound_), failed_(other.failed_) {
    other.statement_ = nullptr;
  }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  Query& operator=(Query&&) = delete;

  Query& integer(std::int64_t value);
  Query& text(std::string_view value);
  Query& bytes(std::string_view value);
  Query& digest(const Digest& value);  // a zero digest as a blob of no bytes
  Query& null();

  // To the next row; false at the end.
  Result<bool> next();
  // To the end, for a statement that gives no rows.
  Result<void> run();

  // The present row, columns from 0. Views hold until the next step.
  int columns() const;
  bool is_null(int column) const;
  std::int64_t column_integer(int column) const;
  std::string_view column_view(int column) const;
  std::string column_string(int column) const { return std::string(column_view(column)); }
  Digest column_digest(int column) const;  // zero when the column holds no digest

  sqlite3_stmt* statement() const { return statement_; }

 private:
  void note(int code);

  sqlite3_stmt* statement_;
  int bound_ = 0;
  int failed_ = 0;  // the first code of a failed bind
};

struct OpenMode {
  bool read_only = false;
  bool create = false;
  bool uri = false;  // the name is a file: URI
};

// An open database. Not thread-safe.
class Connection {
 public:
  Connection() = default;
  // `name` is a path, ":memory:", or a URI. Opening reads nothing yet: a damaged file shows at the first statement.
  static Result<Connection> open(const std::string& name, const OpenMode& mode, int busy_timeout_ms);

  // A statement that does not compile means that the tables are not ours: damaged.
  Result<Statement> prepare(const char* sql);
  // Runs statements that give no rows.
  Result<void> execute(const char* sql);
  // The first column of the first row.
  Result<std::int64_t> number(const char* sql);
  // Rows changed by the last statement that changed any.
  std::int64_t changes() const;
  Error error(int code) const { return error_of(code, database_.get()); }
  sqlite3* get() const { return database_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  std::unique_ptr<sqlite3, Close> database_;
};

// A statement by its text, compiled at first use.
class Prepared {
 public:
  explicit Prepared(const char* sql) : sql_(sql) {}
  Result<Query> query(Connection& connection);

 private:
  const char* sql_;
  Statement statement_;
};

// The statements with which transactions begin and end, compiled once.
struct TransactionStatements {
  Prepared begin{"BEGIN IMMEDIATE"};
  Prepared commit{"COMMIT"};
  Prepared rollback{"ROLLBACK"};
};

// A write transaction: everything until commit, or nothing. Destroyed uncommitted it rolls back.
class Transaction {
 public:
  // Waits for other writers up to the connection's timeout (busy). No other transaction may be open.
  static Result<Transaction> begin(Connection& connection, TransactionStatements& statements);
  ~Transaction();
  Transaction(Transaction&& other) noexcept : connection_(other.connection_), statements_(other.statements_) {
    other.connection_ = nullptr;
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  Transaction& operator=(Transaction&&) = delete;

  Result<void> commit();

 private:
  Transaction(Connection& connection, TransactionStatements& statements)
      : connection_(&connection), statements_(&statements) {}

  Connection* connection_;
  TransactionStatements* statements_;
};

}  // namespace stepcache::metadata::sqlite
