#pragma once

#include <filesystem>
#include <memory>

#include "metadata/metadata_store.h"
#include "result/result.h"

namespace stepcache::metadata {

struct SqliteOptions {
  std::filesystem::path path{};  // metadata.db; SQLite puts metadata.db-wal and metadata.db-shm beside it
  bool read_only = false;        // works on a read-only folder; every write is an io error
  bool in_memory = false;        // a new, empty store that ends with the object; `path` is ignored
  int busy_timeout_ms = 10'000;  // how long to wait for other writers
};

// Opens the store in an SQLite database, and makes it where there is none (not with read_only). Two at once may make
// it. A database of an older format is brought to the present one, in one transaction, by the first who opens it to
// write; until then those who only read have a migrated copy in memory, as the records were when they opened it.
// Errors: not_found (read_only, and nothing was ever recorded there), damaged (not a database, cut off, malformed; see
// salvage.h), unsupported_format (of a newer Stepcache, or another program's database), busy, io.
Result<std::unique_ptr<MetadataStore>> open_sqlite_store(const SqliteOptions& options);

}  // namespace stepcache::metadata
