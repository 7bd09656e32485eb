#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Pieces of code as a person says them.
namespace stepcache::report {

// "1 function", "3 libraries", "2 data objects": the count and the kind of part.
std::string counted_parts(std::uint64_t count, std::string_view kind);
// "a, b and c".
std::string listed(const std::vector<std::string>& words);
// "features.cpp:41"; empty when it is not known.
std::string place_text(std::string_view file, std::uint32_t line);

}  // namespace stepcache::report
