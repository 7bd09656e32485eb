#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "digest/digest.h"

namespace stepcache::code_signature {

// What the walk has to know of an instruction, in the few functions that it has to decode.
struct Instruction {
  enum class Kind : std::uint8_t {
    other,
    call,
    jump,
    branch,
    end
  };                         // branch: conditional; end: return, trap, jump away
  std::uint32_t offset = 0;  // in the function
  std::uint32_t size = 0;
  Kind kind = Kind::other;
  bool direct = false;              // call, jump, branch: to `target`; other: takes the address of `target`
  std::int64_t target = 0;          // from the function's start
  std::uint32_t target_offset = 0;  // where in the function the distance to it stands, and how many bytes
  std::uint32_t target_size = 0;
  std::uint32_t read_offset =
      0;  // not 0: where in the function the address of memory stands that it reads, and no more
  // A constant moved into the register of the third argument: the bits that hold it.
  std::uint32_t constant_offset = 0;  // in the function
  std::uint32_t constant_size = 0;    // 0: none
  std::uint32_t constant_mask = 0;    // not 0: only these bits
};

// All instructions of a function, one after the other. Nothing when one of them is not known: such code cannot be
// followed. Padding (zeros, traps) behind the last instruction is taken as such.
std::optional<std::vector<Instruction>> decode_x86_64(Bytes code);
std::optional<std::vector<Instruction>> decode_aarch64(Bytes code);

}  // namespace stepcache::code_signature
