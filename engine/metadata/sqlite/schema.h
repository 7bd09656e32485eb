#pragma once

#include <cstdint>

namespace stepcache::metadata::sqlite {

// The statements of schema.sql, embedded when building. They make a new database of format k_format_version.
const char* schema_sql();

// Written by schema.sql into the header of the database file.
constexpr std::int64_t k_application_id = 0x53434d44;  // "SCMD"
constexpr std::int64_t k_format_version = 1;

}  // namespace stepcache::metadata::sqlite
