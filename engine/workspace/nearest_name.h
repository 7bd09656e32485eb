#pragma once

#include <span>
#include <string>
#include <string_view>

namespace stepcache::workspace {

// For error messages: the name most like `wanted` (by edit distance, at most a third of its length), or empty.
std::string nearest_name(std::string_view wanted, std::span<const std::string> names);
// ": did you mean `NAME`?", or empty.
std::string did_you_mean(std::string_view wanted, std::span<const std::string> names);

}  // namespace stepcache::workspace
