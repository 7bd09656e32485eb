#include <elf.h>

#include "code_signature/elf/address_field.h"

// The relocation types of the "System V Application Binary Interface, AMD64 Architecture Processor Supplement".
namespace stepcache::code_signature {
namespace {

std::uint8_t byte_at(Bytes code, std::uint64_t at) {
  return at < code.size() ? std::to_integer<std::uint8_t>(code[static_cast<std::size_t>(at)]) : std::uint8_t{0};
}

// jmp *name@GOTPCREL(%rip) became jmp name; nop: one byte shorter, so that its field moved by one.
bool is_relaxed_jump(Bytes code, std::uint64_t at) {
  constexpr std::uint8_t k_jmp = 0xe9;
  constexpr std::uint8_t k_nop = 0x90;
  return at >= 2 && byte_at(code, at - 2) == k_jmp && byte_at(code, at + 3) == k_nop;
}

AddressField value(FieldForm form, std::uint32_t size) {
  return {form, 0, size, 0, size, form == FieldForm::absolute ? 0 : size};
}

AddressField masked(FieldForm form, std::int32_t begin, std::uint32_t size) { return {form, begin, size, 0, 0, 0}; }

}  // namespace

std::optional<AddressField> x86_64_field(std::uint32_t type, Bytes code, std::uint64_t at) {
  switch (type) {
    case R_X86_64_NONE:
    case R_X86_64_SIZE32:
    case R_X86_64_SIZE64:
      return AddressField{};
    case R_X86_64_64:
      return value(FieldForm::absolute, 8);
    case R_X86_64_32:
    case R_X86_64_32S:
      return value(FieldForm::absolute, 4);
    case R_X86_64_16:
      return value(FieldForm::absolute, 2);
    case R_X86_64_8:
      return value(FieldForm::absolute, 1);
    case R_X86_64_PC64:
      return value(FieldForm::relative, 8);
    case R_X86_64_PC32:
      return value(FieldForm::relative, 4);
    case R_X86_64_PLT32:
      return value(FieldForm::branch, 4);
    case R_X86_64_GOTPCREL:
    case R_X86_64_GOTPCRELX:
    case R_X86_64_REX_GOTPCRELX: {
      AddressField field = value(FieldForm::linkage, 4);
      if (is_relaxed_jump(code, at)) field.begin = -1;
      return field;
    }
    case R_X86_64_DTPOFF32:
    case R_X86_64_GOTTPOFF:
    case R_X86_64_TPOFF32:
      return masked(FieldForm::thread, 0, 4);
    case R_X86_64_DTPMOD64:
    case R_X86_64_DTPOFF64:
    case R_X86_64_TPOFF64:
      return masked(FieldForm::thread, 0, 8);
    // The general and local dynamic sequences are 16 and 12 bytes (ABI, "TLS code sequences"); a linker that knows
    // where the variable lies writes other instructions over all of them.
    case R_X86_64_TLSGD:
      return masked(FieldForm::thread, -4, 16);
    case R_X86_64_TLSLD:
      return masked(FieldForm::thread, -3, 12);
    case R_X86_64_GOTPC32_TLSDESC:
      return masked(FieldForm::thread, -3, 7);
    case R_X86_64_TLSDESC_CALL:
      return masked(FieldForm::thread, 0, 2);
    default:
      return std::nullopt;
  }
}

}  // namespace stepcache::code_signature
