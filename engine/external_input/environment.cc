#include <cstdlib>

#include "digest/field_hasher.h"
#include "external_input/kinds.h"

namespace stepcache::external_input {

Result<Observation> observe_variable(const Context& context, const std::string& name) {
  if (name.empty() || name.find_first_of(std::string_view("=\0", 2)) != std::string::npos) {
    return fail(ErrorCode::invalid_argument,
                "no environment variable can have this name; it is not empty and holds no '='", name);
  }
  // Without a secret, whoever reads the records could try values until one fits.
  if (context.secret.empty()) {
    return fail(ErrorCode::internal, "an environment variable was to be observed without the workspace's secret", name);
  }
  Observation seen;
  // The process sets no variables itself, so the text cannot change under this call.
  if (const char* const value = std::getenv(name.c_str())) seen.value = value;
  FieldHasher hasher;
  hasher.begin("environment").bytes(as_bytes(context.secret)).text(name);
  if (seen.value) {
    hasher.text(*seen.value);
  } else {
    hasher.none();
  }
  seen.digest = hasher.end().finish();
  return seen;
}

}  // namespace stepcache::external_input
