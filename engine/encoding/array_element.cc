#include "encoding/array_element.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstring>

namespace stepcache::encoding {
namespace {

template <class T>
T load(Bytes bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

double half_to_double(std::uint16_t bits) {
  constexpr int k_mantissa_bits = 10;
  const int exponent = bits >> k_mantissa_bits & 0x1f;
  const int mantissa = bits & 0x3ff;
  double value = 0;
  if (exponent == 0x1f) {
    value = mantissa == 0 ? HUGE_VAL : std::nan("");
  } else if (exponent == 0) {
    value = std::ldexp(mantissa, -24);
  } else {
    value = std::ldexp(mantissa + 1024, exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -value : value;
}

template <class T>
std::string float_text(T value, Digits digits) {
  return digits == Digits::all ? fmt::format("{}", value) : fmt::format("{:.6g}", value);
}

}  // namespace

std::string element_text(const ArrayType& type, Bytes bytes, Digits digits) {
  static_assert(std::endian::native == std::endian::little);
  const auto whole = [&]<class Signed, class Unsigned>(Signed, Unsigned) {
    return type.kind == 'i' ? fmt::format("{:d}", load<Signed>(bytes)) : fmt::format("{:d}", load<Unsigned>(bytes));
  };
  if (type.kind == 'b') return bytes[0] == std::byte{0} ? "false" : "true";
  if (type.kind == 'f') {
    if (type.size_bytes == 2) return float_text(half_to_double(load<std::uint16_t>(bytes)), digits);
    if (type.size_bytes == 4) return float_text(load<float>(bytes), digits);
    return float_text(load<double>(bytes), digits);
  }
  switch (type.size_bytes) {
    case 1:
      return whole(std::int8_t{}, std::uint8_t{});
    case 2:
      return whole(std::int16_t{}, std::uint16_t{});
    case 4:
      return whole(std::int32_t{}, std::uint32_t{});
    default:
      return whole(std::int64_t{}, std::uint64_t{});
  }
}

}  // namespace stepcache::encoding
