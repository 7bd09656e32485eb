#include "testing/temporary_folder.h"

#include <cstdlib>
#include <string>
#include <system_error>

namespace stepcache::testing {

TemporaryFolder::TemporaryFolder() {
  std::error_code code;
  std::string name = (std::filesystem::temp_directory_path(code) / "stepcache-test-XXXXXX").native();
  if (code || ::mkdtemp(name.data()) == nullptr) std::abort();
  path_ = std::filesystem::canonical(name, code);
  if (code) std::abort();
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace stepcache::testing
