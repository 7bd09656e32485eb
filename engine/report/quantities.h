#pragma once

#include <cstdint>
#include <string>

// Quantities as a person says them.
namespace stepcache::report {

// "0 ms", "338 us", "840 ms", "1.2 s", "59.9 s", "4 min 3 s", "2 h 5 min", "3 d 4 h".
std::string duration_text(std::int64_t nanoseconds);
// Powers of 1000: "8 B", "1.3 MB", "400 MB".
std::string size_text(std::uint64_t bytes);
// "1,234,567".
std::string count_text(std::uint64_t count);
// "1 run", "3 runs": the count and the noun, with an s unless it is one.
std::string counted(std::uint64_t count, const char* noun);
// When it was, seen from `now`: "just now", "2 min ago", "3 h ago"; from a day on the local date and time,
// "2026-11-25 10:17". In the future (a clock moved): the date and time.
std::string when_text(std::int64_t wall_ns, std::int64_t now_wall_ns);
// Local date and time to the second, "2026-11-25 10:17:34".
std::string time_text(std::int64_t wall_ns);

}  // namespace stepcache::report
