#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "digest/digest.h"

namespace stepcache {

// Builds the bytes of which a key or a signature is the SHA-256: typed, length-delimited fields, so that no two
// different sequences of fields give the same bytes. The only way in this project to make a key.
//
// A field is: one byte for its type, then
//   'n' (none)         nothing                      'b' (boolean)   one byte, 0 or 1
//   'i' (integer)      sign byte '+' or '-', one length byte, the magnitude's bytes, big-endian, none for zero
//   'f' (float)        8 bytes, big-endian IEEE 754 bits; every NaN as 0x7ff8000000000000
//   's' (text) 'y' (bytes)   length as 8 bytes big-endian, then the bytes
//   'd' (digest)       32 bytes
//   '(' ... ')'        a group: its name as text, then its fields, then ')'
class FieldHasher {
 public:
  FieldHasher& none();
  FieldHasher& boolean(bool value);
  FieldHasher& integer(std::int64_t value);
  FieldHasher& unsigned_integer(std::uint64_t value);
  FieldHasher& real(double value);
  FieldHasher& text(std::string_view value);
  FieldHasher& bytes(Bytes value);
  FieldHasher& digest(const Digest& value);
  FieldHasher& begin(std::string_view group);
  FieldHasher& end();

  // The SHA-256 of the fields so far; the hasher is empty afterwards and keeps its memory.
  Digest finish();
  // The fields so far, as they would be hashed.
  std::string_view fields() const { return buffer_; }

 private:
  void magnitude(char sign, std::uint64_t value);
  void length(std::size_t size);

  std::string buffer_;
};

}  // namespace stepcache
