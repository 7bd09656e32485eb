#include "code_signature/elf/instructions.h"
#include "code_signature/elf/zydis.h"

namespace stepcache::code_signature {
namespace {

Instruction::Kind kind_of(const ZydisDecodedInstruction& decoded) {
  switch (decoded.meta.category) {
    case ZYDIS_CATEGORY_CALL:
      return Instruction::Kind::call;
    case ZYDIS_CATEGORY_COND_BR:
      return Instruction::Kind::branch;
    case ZYDIS_CATEGORY_UNCOND_BR:
      return Instruction::Kind::jump;
    case ZYDIS_CATEGORY_RET:
      return Instruction::Kind::end;
    default:
      return decoded.mnemonic == ZYDIS_MNEMONIC_UD2 ? Instruction::Kind::end : Instruction::Kind::other;
  }
}

bool is_third_argument(const ZydisDecodedOperand& operand) {
  return operand.type == ZYDIS_OPERAND_TYPE_REGISTER &&
         (operand.reg.value == ZYDIS_REGISTER_EDX || operand.reg.value == ZYDIS_REGISTER_RDX);
}

// Whether it uses memory at an address that stands in it, and writes none.
bool only_reads(const ZydisDecodedInstruction& decoded, const ZydisDecodedOperand* operands) {
  bool reads = false;
  for (std::size_t i = 0; i < decoded.operand_count; ++i) {
    if (operands[i].type != ZYDIS_OPERAND_TYPE_MEMORY) continue;
    if (operands[i].mem.type != ZYDIS_MEMOP_TYPE_MEM) return false;
    if ((operands[i].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0) return false;
    reads = true;
  }
  return reads && decoded.raw.disp.size > 0;
}

}  // namespace

std::optional<std::vector<Instruction>> decode_x86_64(Bytes code) {
  const Zydis* const library = zydis();
  if (library == nullptr) return std::nullopt;
  ZydisDecoder decoder;
  if (ZYAN_FAILED(library->decoder_init(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)))
    return std::nullopt;
  std::vector<Instruction> instructions;
  std::size_t at = 0;
  while (at < code.size()) {
    ZydisDecodedInstruction decoded;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    if (ZYAN_FAILED(library->decode_full(&decoder, code.data() + at, code.size() - at, &decoded, operands))) {
      return std::nullopt;
    }
    Instruction instruction;
    instruction.offset = static_cast<std::uint32_t>(at);
    instruction.size = decoded.length;
    instruction.kind = kind_of(decoded);
    const auto& immediate = decoded.raw.imm[0];
    if (decoded.operand_count_visible > 0 && immediate.is_relative) {
      instruction.direct = true;
      instruction.target = static_cast<std::int64_t>(at) + decoded.length + immediate.value.s;
      instruction.target_offset = static_cast<std::uint32_t>(at) + immediate.offset;
      instruction.target_size = immediate.size / 8U;
    } else if (decoded.mnemonic == ZYDIS_MNEMONIC_LEA && operands[1].mem.base == ZYDIS_REGISTER_RIP) {
      instruction.direct = true;
      instruction.target = static_cast<std::int64_t>(at) + decoded.length + decoded.raw.disp.value;
      instruction.target_offset = static_cast<std::uint32_t>(at) + decoded.raw.disp.offset;
      instruction.target_size = decoded.raw.disp.size / 8U;
    }
    if (decoded.mnemonic == ZYDIS_MNEMONIC_MOV && decoded.operand_count_visible == 2 &&
        is_third_argument(operands[0]) && operands[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
      instruction.constant_offset = static_cast<std::uint32_t>(at) + immediate.offset;
      instruction.constant_size = immediate.size / 8U;
    }
    if (only_reads(decoded, operands))
      instruction.read_offset = static_cast<std::uint32_t>(at) + decoded.raw.disp.offset;
    instructions.push_back(instruction);
    at += decoded.length;
  }
  return instructions;
}

}  // namespace stepcache::code_signature
