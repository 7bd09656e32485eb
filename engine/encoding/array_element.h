#pragma once

#include <string>

#include "digest/digest.h"
#include "encoding/npy.h"

namespace stepcache::encoding {

enum class Digits : std::uint8_t {
  readable,  // six significant ones
  all,       // as many as tell the number from every other of its type
};

// One element of an array, for people: "0.123", "-7", "true". `bytes` begins with it. Preconditions: a valid type, at
// least its size in bytes.
std::string element_text(const ArrayType& type, Bytes bytes, Digits digits = Digits::readable);

}  // namespace stepcache::encoding
