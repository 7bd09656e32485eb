#include "metadata/sqlite/checked_row.h"

#include <sqlite3.h>

namespace stepcache::metadata::sqlite {
namespace {

constexpr std::size_t k_check_size = 8;

using Check = std::array<char, k_check_size>;

Check finish(FieldHasher& hasher) {
  const Digest digest = hasher.end().finish();
  Check check{};
  as_text(digest.bytes()).copy(check.data(), check.size());
  return check;
}

std::string_view view(const Check& check) { return {check.data(), check.size()}; }

std::string_view view_of(sqlite3_value* value) {
  const void* data = sqlite3_value_blob(value);
  const auto size = static_cast<std::size_t>(sqlite3_value_bytes(value));
  return data == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(data), size);
}

// By the type that is there, not by the one that ought to be: a column that changed its type changes the check.
void add_value(FieldHasher& hasher, sqlite3_value* value) {
  switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
      hasher.integer(sqlite3_value_int64(value));
      return;
    case SQLITE_FLOAT:
      hasher.real(sqlite3_value_double(value));
      return;
    case SQLITE_NULL:
      hasher.none();
      return;
    default:
      break;
  }
  const bool is_text = sqlite3_value_type(value) == SQLITE_TEXT;
  const std::string_view bytes = view_of(value);
  if (is_text) {
    hasher.text(bytes);
  } else {
    hasher.bytes(as_bytes(bytes));
  }
}

// Of the table's name and the columns that follow it.
Check check_of(sqlite3_value** values, int count) {
  FieldHasher hasher;
  hasher.begin(view_of(values[0]));
  for (int i = 1; i < count; ++i) add_value(hasher, values[i]);
  return finish(hasher);
}

void row_holds_function(sqlite3_context* context, int count, sqlite3_value** values) {
  if (count < 2) return sqlite3_result_int(context, 0);
  sqlite3_value* check = values[count - 1];
  const bool holds = sqlite3_value_type(check) == SQLITE_BLOB && view_of(check) == view(check_of(values, count - 1));
  sqlite3_result_int(context, holds ? 1 : 0);
}

void row_check_function(sqlite3_context* context, int count, sqlite3_value** values) {
  if (count < 1) return sqlite3_result_null(context);
  const Check check = check_of(values, count);
  sqlite3_result_blob(context, check.data(), static_cast<int>(check.size()), SQLITE_TRANSIENT);
}

}  // namespace

RowWriter::RowWriter(Query query, FieldHasher& hasher, std::string_view table)
    : query_(std::move(query)), hasher_(hasher) {
  hasher_.begin(table);
}

RowWriter& RowWriter::integer(std::int64_t value) {
  query_.integer(value);
  hasher_.integer(value);
  return *this;
}

RowWriter& RowWriter::text(std::string_view value) {
  query_.text(value);
  hasher_.text(value);
  return *this;
}

RowWriter& RowWriter::bytes(std::string_view value) {
  query_.bytes(value);
  hasher_.bytes(as_bytes(value));
  return *this;
}

RowWriter& RowWriter::digest(const Digest& value) {
  return bytes(value.is_zero() ? std::string_view() : as_text(value.bytes()));
}

RowWriter& RowWriter::null() {
  query_.null();
  hasher_.none();
  return *this;
}

Result<void> RowWriter::run() {
  const Check check = finish(hasher_);
  query_.bytes(view(check));
  return query_.run();
}

bool row_holds(const Query& row, FieldHasher& hasher, std::string_view table) {
  const int last = row.columns() - 1;
  if (last < 1) return false;
  hasher.begin(table);
  // Not add_value: a column's value object may only be read through the column's own functions.
  for (int column = 0; column < last; ++column) {
    switch (sqlite3_column_type(row.statement(), column)) {
      case SQLITE_INTEGER:
        hasher.integer(row.column_integer(column));
        break;
      case SQLITE_FLOAT:
        hasher.real(sqlite3_column_double(row.statement(), column));
        break;
      case SQLITE_NULL:
        hasher.none();
        break;
      case SQLITE_TEXT:
        hasher.text(row.column_view(column));
        break;
      default:
        hasher.bytes(as_bytes(row.column_view(column)));
        break;
    }
  }
  const Check check = finish(hasher);
  return sqlite3_column_type(row.statement(), last) == SQLITE_BLOB && row.column_view(last) == view(check);
}

Result<void> register_row_functions(Connection& connection) {
  constexpr int k_any_number = -1;
  constexpr int k_flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
  struct Function {
    const char* name;
    void (*call)(sqlite3_context*, int, sqlite3_value**);
  };
  constexpr std::array k_functions = {Function{"row_holds", row_holds_function},
                                      Function{"row_check", row_check_function}};
  for (const Function& function : k_functions) {
    const int code = sqlite3_create_function_v2(connection.get(), function.name, k_any_number, k_flags, nullptr,
                                                function.call, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return fail(connection.error(code));
  }
  return {};
}

}  // namespace stepcache::metadata::sqlite
