#include "metadata/blob.h"

#include <bit>

namespace stepcache::metadata {

void BlobWriter::number(std::uint64_t value) {
  while (value >= 0x80U) {
    byte(static_cast<std::uint8_t>((value & 0x7fU) | 0x80U));
    value >>= 7U;
  }
  byte(static_cast<std::uint8_t>(value));
}

void BlobWriter::signed_number(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value) << 1U;
  number(value < 0 ? ~bits : bits);
}

void BlobWriter::real(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  for (unsigned shift = 0; shift < 64; shift += 8) byte(static_cast<std::uint8_t>(bits >> shift));
}

void BlobWriter::text(std::string_view value) {
  number(value.size());
  out_.append(value);
}

void BlobWriter::digest(const Digest& value) { out_.append(as_text(value.bytes())); }

std::string_view BlobReader::take(std::size_t size) {
  if (size > rest_.size()) ok_ = false;
  if (!ok_) return {};
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

std::uint8_t BlobReader::byte() {
  const std::string_view taken = take(1);
  return taken.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(taken.front());
}

std::uint64_t BlobReader::number() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint8_t group = byte();
    value |= std::uint64_t{group & 0x7fU} << shift;
    if (group < 0x80U) return ok_ ? value : 0;
  }
  ok_ = false;
  return 0;
}

std::int64_t BlobReader::signed_number() {
  const std::uint64_t bits = number();
  return static_cast<std::int64_t>((bits & 1U) != 0 ? ~(bits >> 1U) : bits >> 1U);
}

double BlobReader::real() {
  std::uint64_t bits = 0;
  for (unsigned shift = 0; shift < 64; shift += 8) bits |= std::uint64_t{byte()} << shift;
  return std::bit_cast<double>(bits);
}

std::string BlobReader::text() { return std::string(take(number())); }

Digest BlobReader::digest() { return Digest::from_bytes(as_bytes(take(Digest::k_size))).value_or(Digest()); }

std::size_t BlobReader::count() {
  const std::uint64_t value = number();
  if (value > rest_.size()) ok_ = false;
  return ok_ ? static_cast<std::size_t>(value) : 0;
}

}  // namespace stepcache::metadata
