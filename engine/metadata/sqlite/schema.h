#pragma once

#include <cstdint>

namespace stepcache::metadata::sqlite {

// The statements of schema.sql, embedded when building. They make a new database of format k_format_version.
const char* schema_sql();
// Those of migrate_1_to_2.sql, which need row_holds and row_check (checked_row.h).
const char* migrate_1_to_2_sql();

// Written by schema.sql into the header of the database file.
constexpr std::int64_t k_application_id = 0x53434d44;  // "SCMD"
constexpr std::int64_t k_format_version = 2;
// From here on databases are migrated (migration.h).
constexpr std::int64_t k_oldest_format = 1;

}  // namespace stepcache::metadata::sqlite
