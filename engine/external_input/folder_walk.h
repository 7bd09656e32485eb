#pragma once

#include <filesystem>

#include "external_input/external_input.h"

namespace stepcache::external_input {

// Observes a folder and all below it, as observe() says; `folder` is absolute, without a trailing slash. base_name is not
// filled. Errors as observe()'s, `where` the path of what could not be read.
Result<Observation> observe_folder(const Context& context, const std::filesystem::path& folder);

}  // namespace stepcache::external_input
