#pragma once

#include <string>
#include <string_view>

#include "metadata/records.h"
#include "platform/file_system.h"
#include "scheduler/stored_results.h"

namespace stepcache::scheduler {

// Where two results of one output first differ, for people: "element 17: 0.123 -> 0.124"; of multi-part values with the
// part's name before it. Reads at most the first few megabytes of both. When the bytes of one are no longer in the
// store: says so. Precondition: their digests differ.
std::string output_difference(StoredResults& results, platform::FileSystem& files, std::string_view type_tag,
                              const metadata::OutputRecord& before, const metadata::OutputRecord& now);

}  // namespace stepcache::scheduler
