#include "external_input/external_input.h"

#include <utility>

#include "external_input/kinds.h"

namespace stepcache::external_input {

Result<Observation> observe(const Context& context, const pipeline::ExternalInput& input) {
  if (input.kind == pipeline::ExternalKind::environment) return observe_variable(context, input.name);
  const bool file = input.kind == pipeline::ExternalKind::file;
  if (input.name.empty()) {
    return fail(ErrorCode::invalid_argument, file ? "an input file without a path; give the path of a file"
                                                  : "an input folder without a path; give the path of a folder");
  }
  // The system would take the name up to there.
  if (input.name.find('\0') != std::string::npos) {
    return fail(ErrorCode::invalid_argument, "the path of an input holds a NUL byte; give another path", input.name);
  }
  std::filesystem::path path = (context.working_directory / std::filesystem::path(input.name)).lexically_normal();
  // "data/" is the folder "data", and has its name.
  if (!file && path.has_relative_path() && !path.has_filename()) path = path.parent_path();
  STEPCACHE_TRY_ASSIGN(Observation seen, file ? observe_file(context, path) : observe_folder(context, path));
  seen.base_name = path.filename().native();
  return seen;
}

}  // namespace stepcache::external_input
