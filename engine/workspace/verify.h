#pragma once

#include <string>
#include <vector>

#include "workspace/workspace.h"

namespace stepcache::workspace {

struct Finding {
  std::string what;    // "object", "artifact", "record", "database"
  std::string name;    // digest, table and row, file
  std::string text;    // what is wrong
  std::string repair;  // what was done, or what would be; empty: nothing can be
};
struct VerifyResult {
  std::uint64_t objects = 0, bytes = 0, artifacts = 0, records = 0;
  std::vector<Finding> findings;
  bool repaired = false;
};
// Re-hashes every object and inline artifact, checks every record. With `repair` damaged objects and rows are removed
// (they are recomputed when needed); a database that cannot be read is moved to metadata.db.damaged-N and what checks
// in it is salvaged; all whole objects are kept. Takes the folder: an unreadable database cannot be opened as a
// Workspace.
Result<VerifyResult> verify(const std::filesystem::path& folder, bool repair, const Settings& settings = {});

}  // namespace stepcache::workspace
