#include "digest/field_hasher.h"

#include <bit>
#include <cmath>

#include "digest/sha256.h"

namespace stepcache {
namespace {

void append_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>((value >> (8 * i)) & 0xffU));
}

}  // namespace

FieldHasher& FieldHasher::none() {
  buffer_.push_back('n');
  return *this;
}

FieldHasher& FieldHasher::boolean(bool value) {
  buffer_.push_back('b');
  buffer_.push_back(value ? '\1' : '\0');
  return *this;
}

FieldHasher& FieldHasher::integer(std::int64_t value) {
  if (value < 0) {
    magnitude('-', ~static_cast<std::uint64_t>(value) + 1);
  } else {
    magnitude('+', static_cast<std::uint64_t>(value));
  }
  return *this;
}

FieldHasher& FieldHasher::unsigned_integer(std::uint64_t value) {
  magnitude('+', value);
  return *this;
}

FieldHasher& FieldHasher::real(double value) {
  constexpr std::uint64_t k_nan = 0x7ff8000000000000U;
  buffer_.push_back('f');
  append_big_endian(buffer_, std::isnan(value) ? k_nan : std::bit_cast<std::uint64_t>(value), 8);
  return *this;
}

FieldHasher& FieldHasher::text(std::string_view value) {
  buffer_.push_back('s');
  length(value.size());
  buffer_.append(value);
  return *this;
}

FieldHasher& FieldHasher::bytes(Bytes value) {
  buffer_.push_back('y');
  length(value.size());
  buffer_.append(as_text(value));
  return *this;
}

FieldHasher& FieldHasher::digest(const Digest& value) {
  buffer_.push_back('d');
  buffer_.append(as_text(value.bytes()));
  return *this;
}

FieldHasher& FieldHasher::begin(std::string_view group) {
  buffer_.push_back('(');
  length(group.size());
  buffer_.append(group);
  return *this;
}

FieldHasher& FieldHasher::end() {
  buffer_.push_back(')');
  return *this;
}

Digest FieldHasher::finish() {
  const Digest digest = sha256(buffer_);
  buffer_.clear();
  return digest;
}

void FieldHasher::magnitude(char sign, std::uint64_t value) {
  buffer_.push_back('i');
  buffer_.push_back(sign);
  const int size = static_cast<int>((std::bit_width(value) + 7) / 8);
  buffer_.push_back(static_cast<char>(size));
  append_big_endian(buffer_, value, size);
}

void FieldHasher::length(std::size_t size) { append_big_endian(buffer_, size, 8); }

}  // namespace stepcache
