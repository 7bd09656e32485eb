#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "code_signature/elf/image.h"

namespace stepcache::code_signature {

// Reads the numbers and pointers of exception tables, one after the other. Reading outside of the section makes it
// fail: then every later read gives 0.
class EncodedReader {
 public:
  EncodedReader(const Image& image, std::uint64_t address) : image_(&image), address_(address) {}

  bool failed() const { return failed_; }
  std::uint64_t address() const { return address_; }
  void move_to(std::uint64_t address) { address_ = address; }
  void skip(std::uint64_t bytes) { address_ += bytes; }

  std::uint64_t fixed(std::size_t size) {
    const auto value = image_->word(address_, size);
    if (!value) failed_ = true;
    address_ += size;
    return value.value_or(0);
  }
  std::uint8_t byte() { return static_cast<std::uint8_t>(fixed(1)); }

  // LEB128.
  std::uint64_t unsigned_number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !failed_; shift += 7) {
      const std::uint8_t next = byte();
      value |= std::uint64_t{next & 0x7fU} << shift;
      if ((next & 0x80U) == 0) break;
    }
    return value;
  }
  std::int64_t signed_number() {
    std::uint64_t value = 0;
    unsigned shift = 0;
    std::uint8_t next = 0x80;
    while ((next & 0x80U) != 0 && shift < 64 && !failed_) {
      next = byte();
      value |= std::uint64_t{next & 0x7fU} << shift;
      shift += 7;
    }
    if (shift < 64 && (next & 0x40U) != 0) value |= ~std::uint64_t{0} << shift;
    return static_cast<std::int64_t>(value);
  }

  // A pointer as DW_EH_PE_* says (LSB, "DWARF Exception Header Encoding"); fails for a form that is not known. An
  // indirect one is the address of the word that holds it. A null one is 0.
  std::uint64_t pointer(std::uint8_t encoding) {
    const std::uint64_t place = address_;
    std::uint64_t value = 0;
    switch (encoding & 0x0fU) {
      case 0x00:  // absptr
      case 0x04:  // udata8
      case 0x0c:  // sdata8
        value = fixed(8);
        break;
      case 0x01:
        value = unsigned_number();
        break;
      case 0x02:
        value = fixed(2);
        break;
      case 0x03:
        value = fixed(4);
        break;
      case 0x09:
        value = static_cast<std::uint64_t>(signed_number());
        break;
      case 0x0a:
        value = static_cast<std::uint64_t>(static_cast<std::int16_t>(fixed(2)));
        break;
      case 0x0b:
        value = static_cast<std::uint64_t>(static_cast<std::int32_t>(fixed(4)));
        break;
      default:
        failed_ = true;
    }
    if (const LoaderWord* word = image_->loader_word(place); word != nullptr && word->import.empty())
      return word->value;
    if (value == 0) return 0;
    switch (encoding & 0x70U) {
      case 0x00:
        return value;
      case 0x10:  // relative to its own place
        return place + value;
      default:
        failed_ = true;
        return 0;
    }
  }

 private:
  const Image* image_;
  std::uint64_t address_;
  bool failed_ = false;
};

}  // namespace stepcache::code_signature
