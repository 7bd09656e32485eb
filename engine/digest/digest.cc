#include "digest/digest.h"

#include <algorithm>

namespace stepcache {
namespace {

int value_of(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return -1;
}

}  // namespace

std::optional<Digest> Digest::from_bytes(Bytes bytes) {
  if (bytes.size() != k_size) return std::nullopt;
  Digest digest;
  std::copy(bytes.begin(), bytes.end(), digest.bytes_.begin());
  return digest;
}

std::optional<Digest> Digest::from_hex(std::string_view hex) {
  if (hex.size() != 2 * k_size) return std::nullopt;
  Digest digest;
  for (std::size_t i = 0; i < k_size; ++i) {
    const int high = value_of(hex[2 * i]);
    const int low = value_of(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest.bytes_[i] = static_cast<std::byte>(high * 16 + low);
  }
  return digest;
}

std::string Digest::hex() const {
  static constexpr char k_digits[] = "0123456789abcdef";
  std::string text(2 * k_size, '0');
  for (std::size_t i = 0; i < k_size; ++i) {
    const auto byte = std::to_integer<unsigned>(bytes_[i]);
    text[2 * i] = k_digits[byte >> 4U];
    text[2 * i + 1] = k_digits[byte & 15U];
  }
  return text;
}

}  // namespace stepcache
