#pragma once

#include <cstdint>
#include <string>

#include "result/result.h"

// Values of options. Errors: invalid_argument, naming the option and showing an example.
namespace stepcache::cli {

// A whole number: "20".
Result<std::uint64_t> parse_count(const std::string& option, const std::string& text);
// "30s", "30m", "12h", "7d", "2w" in nanoseconds.
Result<std::int64_t> parse_age(const std::string& option, const std::string& text);
// "500MB" (powers of 1000), "2GiB" (powers of 1024), "4096" or "4096B" in bytes.
Result<std::uint64_t> parse_size(const std::string& option, const std::string& text);

}  // namespace stepcache::cli
