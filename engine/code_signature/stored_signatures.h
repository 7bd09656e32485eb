#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "code_signature/exact.h"

namespace stepcache::code_signature {

// The signatures of a program's steps as one blob, to be kept for the program's next start:
// docs/formats/code_signature.md.
std::string encode_signatures(const std::vector<StepCode>& steps);
// Nothing for a blob of another version, or one that is not whole: then they are computed again.
std::optional<std::vector<StepCode>> decode_signatures(std::string_view blob);

}  // namespace stepcache::code_signature
