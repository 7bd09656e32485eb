#pragma once

#include <string_view>

namespace stepcache {

// Records a number with the step that is running on this thread, in the order of the calls: a loss, an accuracy, a
// count. Shown with the run; no part of any result. Outside a step it does nothing.
void log_metric(std::string_view name, double value);

}  // namespace stepcache
