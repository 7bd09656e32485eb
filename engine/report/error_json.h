#pragma once

#include <string>

#include "result/error.h"

namespace stepcache::report {

// docs/formats/error.schema.json: what --json prints when there is nothing else to print.
std::string error_json(const Error& error);

}  // namespace stepcache::report
