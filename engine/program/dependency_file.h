#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stepcache::program {

// The files that a compiler (-MD -MF) says it read: one make rule, in which spaces, tabs and '#' are escaped by '\' and
// '$' by '$'. A newline in a name is not escaped: one that no backslash precedes belongs to a name. Each file once, in
// order. What is no rule gives an empty list.
std::vector<std::string> parse_compiler_dependencies(std::string_view text);

// The files that a linker (--dependency-file) says it read: the first rule, one file a line. GNU ld escapes nothing.
std::vector<std::string> parse_linker_dependencies(std::string_view text);

}  // namespace stepcache::program
