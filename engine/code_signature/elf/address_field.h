#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "digest/digest.h"

namespace stepcache::code_signature {

// How the linker filled the place of a relocation.
enum class FieldForm : std::uint8_t {
  plain,     // no address: its bytes count as they are
  absolute,  // the address itself
  relative,  // the distance from the place to the address
  branch,    // the same, of a call or jump that may go through a linkage table
  linkage,   // the address of a linkage table's word, or of the object itself where the linker relaxed it
  thread,    // where a thread's variable lies, in whichever of the access sequences the linker left
  page,      // AArch64: the 4 KiB page of the address, or its low 12 bits: named by the relocation alone
};

// One such place, in the linked file.
struct AddressField {
  FieldForm form = FieldForm::plain;
  std::int32_t begin = 0;        // of the bytes that do not count, from the relocation's own offset
  std::uint32_t size = 0;        // of these bytes
  std::uint32_t mask = 0;        // not 0: only these bits of the 4-byte instruction at `begin` do not count
  std::uint32_t value_size = 0;  // absolute, relative, branch: bytes of the value at `begin`
  std::uint32_t to_end = 0;      // relative: from the place to the end of an instruction that ends with it
};

// The place of a relocation of `type` (R_X86_64_*, R_AARCH64_*), `at` bytes into `code`, the unit's bytes as linked.
// Nothing for a type that is not known: then the file cannot be followed.
std::optional<AddressField> x86_64_field(std::uint32_t type, Bytes code, std::uint64_t at);
std::optional<AddressField> aarch64_field(std::uint32_t type);

}  // namespace stepcache::code_signature
