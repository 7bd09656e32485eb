#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "digest/digest.h"

namespace stepcache::metadata {

// Writes the binary lists that a record keeps in one column. docs/formats/metadata.md gives the layout: numbers in
// groups of seven bits (LEB128), texts and bytes after their length, digests as 32 bytes.
class BlobWriter {
 public:
  void byte(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void number(std::uint64_t value);
  // Small for small magnitudes of either sign: 0, -1, 1, -2 ... are written as 0, 1, 2, 3 ...
  void signed_number(std::int64_t value);
  void real(double value);  // 8 bytes, little-endian IEEE 754 bits
  void text(std::string_view value);
  void digest(const Digest& value);
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

// Reads them again. Never reads past the end: after the first thing that is not there all reads give zero or nothing,
// and done() is false.
class BlobReader {
 public:
  // `blob` must outlive the reader.
  explicit BlobReader(std::string_view blob) : rest_(blob) {}
  std::uint8_t byte();
  std::uint64_t number();
  std::int64_t signed_number();
  double real();
  std::string text();
  Digest digest();
  // A number of things that take at least one byte each: a damaged one cannot ask for more memory than there is.
  std::size_t count();
  void break_off() { ok_ = false; }
  bool ok() const { return ok_; }
  // All was read, and all of it was there.
  bool done() const { return ok_ && rest_.empty(); }

 private:
  std::string_view take(std::size_t size);

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace stepcache::metadata
