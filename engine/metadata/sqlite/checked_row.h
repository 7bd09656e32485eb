#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "digest/field_hasher.h"
#include "metadata/sqlite/sqlite_connection.h"

// The check of a row: the first 8 bytes of a SHA-256 over the table's name and all columns but the last, each with its
// type and length (docs/formats/metadata.md). It is the last column of every table.
namespace stepcache::metadata::sqlite {

// Inserts one row: give all columns but the check in the table's order, then run(). Texts and bytes must outlive it.
class RowWriter {
 public:
  RowWriter(Query query, FieldHasher& hasher, std::string_view table);

  RowWriter& integer(std::int64_t value);
  RowWriter& unsigned_integer(std::uint64_t value) { return integer(static_cast<std::int64_t>(value)); }
  RowWriter& text(std::string_view value);
  RowWriter& bytes(std::string_view value);
  RowWriter& digest(const Digest& value);
  RowWriter& null();
  Result<void> run();

 private:
  Query query_;
  FieldHasher& hasher_;
};

// Whether the present row, all columns of `table` in its order, is what was written.
bool row_holds(const Query& row, FieldHasher& hasher, std::string_view table);

// Makes two SQL functions known to a connection, for statements that go through a whole table:
//   row_holds('table', column..., "check")  the same question
//   row_check('table', column...)           the check of a row with these columns
Result<void> register_row_functions(Connection& connection);

}  // namespace stepcache::metadata::sqlite
