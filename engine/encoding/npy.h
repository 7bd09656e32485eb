#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "digest/digest.h"
#include "result/result.h"

namespace stepcache::encoding {

// An element's type: IEEE 754 floats of 2, 4 or 8 bytes ('f'), signed ('i') and unsigned ('u') integers of 1, 2, 4 or
// 8, booleans of 1 byte, 0 or 1 ('b'). Little-endian.
struct ArrayType {
  char kind = 'f';
  std::uint32_t size_bytes = 8;
  friend bool operator==(const ArrayType&, const ArrayType&) = default;
};
bool is_valid(const ArrayType& type);
// As in type tags: "float64", "int32", "uint8", "bool".
std::string name(const ArrayType& type);

struct ArrayShape {
  std::vector<std::uint64_t> dimensions;  // none: a single number
  bool fortran_order = false;             // the first index moves fastest
  friend bool operator==(const ArrayShape&, const ArrayShape&) = default;
};
constexpr std::size_t k_most_dimensions = 64;
// As Python writes it: "()", "(3,)", "(404, 13)".
std::string to_text(const ArrayShape& shape);

// 1 without dimensions. Errors: damaged when the count, or the elements' size in bytes, exceeds 2^63 - 1.
Result<std::uint64_t> element_count(const ArrayShape& shape);
Result<std::uint64_t> data_size_bytes(const ArrayType& type, const ArrayShape& shape);

struct NpyHeader {
  ArrayType type;
  ArrayShape shape;
  std::uint64_t data_offset = 0;  // from the start of the file; set by decode_npy_header, not looked at by encode
  friend bool operator==(const NpyHeader&, const NpyHeader&) = default;
};

// What comes before the data in a .npy file, format 1.0, byte for byte as NumPy writes it; a multiple of 64 bytes long.
// The data follow: all elements, little-endian, without gaps. Precondition: a valid type, at most k_most_dimensions.
std::string encode_npy_header(const NpyHeader& header);

// Reads the header; `bytes` is the file, or at least its first k_most_npy_header_bytes. Whether the data are all there
// is the caller's to check, against data_size_bytes (which cannot fail for a header that was read). Errors: damaged for
// bytes that are no header; unsupported_format for another version, byte order or element type.
Result<NpyHeader> decode_npy_header(Bytes bytes);
constexpr std::size_t k_most_npy_header_bytes = 10 + 65535;

}  // namespace stepcache::encoding
