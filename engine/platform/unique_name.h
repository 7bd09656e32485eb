#pragma once

#include <string>

namespace stepcache::platform {

// A file name that no other process, thread or fork has been given: this process's id, a counter and 64 random bits,
// all hexadecimal, as "1f3a-7-9c0e...". At most 50 characters. Thread-safe.
std::string unique_name();

}  // namespace stepcache::platform
