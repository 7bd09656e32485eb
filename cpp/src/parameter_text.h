#pragma once

#include <string>
#include <string_view>

#include "pipeline/pipeline.h"
#include "result/result.h"
#include "stepcache/handle.h"

namespace stepcache::detail {

// A parameter's value from the command line, checked against its type and its range. `option` is what the user wrote,
// for the message. Errors: invalid_argument, which names the option and what is allowed.
Result<pipeline::Argument> parse_argument(const pipeline::Parameter& parameter, ParameterType type,
                                          std::string_view text, const std::string& option);

// Whether the default lies within the parameter's range.
bool default_in_range(const pipeline::Parameter& parameter);

// "an integer from 1 to 100": what the parameter takes, for people.
std::string allowed_text(const pipeline::Parameter& parameter, ParameterType type);
// "INTEGER", "FILE": the value's place in --help.
std::string_view placeholder(ParameterType type);
// The default, as the command line takes it.
std::string default_text(const pipeline::Parameter& parameter);

}  // namespace stepcache::detail
