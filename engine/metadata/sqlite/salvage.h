#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "result/result.h"

namespace stepcache::metadata {

struct SalvagedTable {
  std::string table;
  std::uint64_t kept = 0;
  std::uint64_t lost = 0;  // rows that could be read and are not what was written
  bool whole = true;       // false: a part of the table could not be read; how many rows it had is not known
};
struct SalvageReport {
  std::vector<SalvagedTable> tables;
  std::uint64_t kept() const;
  std::uint64_t lost() const;
  bool whole() const;
};

// Copies what can be read in a damaged metadata.db of this or an older format, and checks, into a new one at
// `fresh_path`, which must not exist. The damaged file is only read; its metadata.db-wal, if there is one, must lie
// beside it under the same name with -wal. Ids that the damaged database gave are not given
// again by the new one. Returns when the new database is on the medium. A file of which nothing can be read gives a
// new, empty database. Errors: not_found (no damaged file), invalid_argument (fresh_path exists), io, busy.
Result<SalvageReport> salvage(const std::filesystem::path& damaged_path, const std::filesystem::path& fresh_path);

}  // namespace stepcache::metadata
