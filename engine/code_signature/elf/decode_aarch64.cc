#include <cstring>

#include "code_signature/elf/instructions.h"

// Encodings of the "Arm Architecture Reference Manual for A-profile", section C4. Every word counts as an instruction:
// what does not branch needs no name.
namespace stepcache::code_signature {
namespace {

std::int64_t signed_bits(std::uint32_t word, unsigned low, unsigned count) {
  const std::uint32_t value = (word >> low) & ((1U << count) - 1U);
  const std::uint32_t sign = 1U << (count - 1U);
  return (static_cast<std::int64_t>(value ^ sign) - static_cast<std::int64_t>(sign)) * 4;
}

struct Branch {
  Instruction::Kind kind = Instruction::Kind::other;
  bool direct = false;
  std::int64_t distance = 0;
};

Branch branch_of(std::uint32_t word) {
  using Kind = Instruction::Kind;
  if ((word & 0xfc000000U) == 0x94000000U) return {Kind::call, true, signed_bits(word, 0, 26)};    // BL
  if ((word & 0xfc000000U) == 0x14000000U) return {Kind::jump, true, signed_bits(word, 0, 26)};    // B
  if ((word & 0xff000000U) == 0x54000000U) return {Kind::branch, true, signed_bits(word, 5, 19)};  // B.cond, BC.cond
  if ((word & 0x7e000000U) == 0x34000000U) return {Kind::branch, true, signed_bits(word, 5, 19)};  // CBZ, CBNZ
  if ((word & 0x7e000000U) == 0x36000000U) return {Kind::branch, true, signed_bits(word, 5, 14)};  // TBZ, TBNZ
  if ((word & 0xfffff000U) == 0xd63f0000U) return {Kind::call, false, 0};                          // BLR and its kin
  if ((word & 0xfffff000U) == 0xd61f0000U) return {Kind::jump, false, 0};                          // BR
  if ((word & 0xfffff000U) == 0xd65f0000U) return {Kind::end, false, 0};                           // RET
  if ((word & 0xffff0000U) == 0) return {Kind::end, false, 0};                                     // UDF
  return {};
}

}  // namespace

std::optional<std::vector<Instruction>> decode_aarch64(Bytes code) {
  if (code.size() % 4 != 0) return std::nullopt;
  std::vector<Instruction> instructions;
  instructions.reserve(code.size() / 4);
  for (std::size_t at = 0; at < code.size(); at += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, code.data() + at, sizeof word);
    const Branch branch = branch_of(word);
    Instruction instruction;
    instruction.offset = static_cast<std::uint32_t>(at);
    instruction.size = 4;
    instruction.kind = branch.kind;
    instruction.direct = branch.direct;
    instruction.target = static_cast<std::int64_t>(at) + branch.distance;
    instruction.target_offset = instruction.offset;
    instruction.target_size = branch.direct ? 4 : 0;
    if ((word & 0x7fe0001fU) == 0x52800002U) {  // MOVZ of w2 or x2
      instruction.constant_offset = instruction.offset;
      instruction.constant_size = 4;
      instruction.constant_mask = 0x001fffe0U;
    }
    instructions.push_back(instruction);
  }
  return instructions;
}

}  // namespace stepcache::code_signature
