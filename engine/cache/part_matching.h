#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "code_signature/parts.h"

namespace stepcache::cache {

constexpr std::size_t k_no_part = std::numeric_limits<std::size_t>::max();

// Which part of one signature is which of another: positions, k_no_part where there is none.
struct PartMatching {
  std::vector<std::size_t> now_of;     // by position before
  std::vector<std::size_t> before_of;  // by position now
};

// By the rule of compare_code.
PartMatching match_parts(std::span<const code_signature::Part> before, std::span<const code_signature::Part> now);

}  // namespace stepcache::cache
