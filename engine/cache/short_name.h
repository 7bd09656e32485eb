#pragma once

#include <string>
#include <string_view>

namespace stepcache::cache {

// A demangled C++ name as a sentence can hold it: what stands between `<` and `>` is `...` where it is long, as in
// "fit<...>(std::vector<double>&)".
std::string short_name(std::string_view name);

}  // namespace stepcache::cache
