#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace stepcache {

using Bytes = std::span<const std::byte>;

inline Bytes as_bytes(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }
inline std::string_view as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// A SHA-256: names an artifact, a cache key, a code signature. 32 bytes; ordered as bytes.
class Digest {
 public:
  static constexpr std::size_t k_size = 32;

  Digest() = default;
  explicit Digest(const std::array<std::byte, k_size>& bytes) : bytes_(bytes) {}

  // From exactly 32 bytes, or nothing.
  static std::optional<Digest> from_bytes(Bytes bytes);
  // From exactly 64 hexadecimal digits, lower case, or nothing.
  static std::optional<Digest> from_hex(std::string_view hex);

  const std::array<std::byte, k_size>& bytes() const { return bytes_; }
  // 64 lower-case hexadecimal digits.
  std::string hex() const;
  // The first 12 digits, for people.
  std::string short_hex() const { return hex().substr(0, 12); }
  bool is_zero() const { return *this == Digest(); }

  friend auto operator<=>(const Digest&, const Digest&) = default;

 private:
  std::array<std::byte, k_size> bytes_{};
};

}  // namespace stepcache

template <>
struct std::hash<stepcache::Digest> {
  std::size_t operator()(const stepcache::Digest& digest) const noexcept {
    std::size_t word = 0;
    std::memcpy(&word, digest.bytes().data(), sizeof word);
    return word;
  }
};
