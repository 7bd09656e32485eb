#include <elf.h>

#include "code_signature/elf/address_field.h"

// The relocation types of "ELF for the Arm 64-bit Architecture (AArch64)". Instructions are 4 bytes; the fields are
// those of the "Arm Architecture Reference Manual": which bits of the instruction hold the address.
namespace stepcache::code_signature {
namespace {

constexpr std::uint32_t k_adr = 0x60ffffe0;    // immlo, immhi of ADR and ADRP
constexpr std::uint32_t k_imm12 = 0x003ffc00;  // ADD, LDR, STR
constexpr std::uint32_t k_imm14 = 0x0007ffe0;  // TBZ, TBNZ
constexpr std::uint32_t k_imm16 = 0x001fffe0;  // MOVZ, MOVK
constexpr std::uint32_t k_imm19 = 0x00ffffe0;  // B.cond, CBZ, LDR (literal)
constexpr std::uint32_t k_imm26 = 0x03ffffff;  // B, BL
constexpr std::uint32_t k_all = 0xffffffff;

AddressField bits(FieldForm form, std::uint32_t mask) { return {form, 0, 4, mask, 0, 0}; }
AddressField value(FieldForm form, std::uint32_t size) { return {form, 0, size, 0, size, 0}; }

}  // namespace

std::optional<AddressField> aarch64_field(std::uint32_t type) {
  switch (type) {
    case R_AARCH64_NONE:
    case 256:  // R_AARCH64_NONE as withdrawn drafts had it
      return AddressField{};
    case R_AARCH64_ABS64:
      return value(FieldForm::absolute, 8);
    case R_AARCH64_ABS32:
      return value(FieldForm::absolute, 4);
    case R_AARCH64_ABS16:
      return value(FieldForm::absolute, 2);
    case R_AARCH64_PREL64:
      return value(FieldForm::relative, 8);
    case R_AARCH64_PREL32:
      return value(FieldForm::relative, 4);
    case R_AARCH64_PREL16:
      return value(FieldForm::relative, 2);
    case R_AARCH64_CALL26:
    case R_AARCH64_JUMP26:
      return bits(FieldForm::branch, k_imm26);
    case R_AARCH64_CONDBR19:
      return bits(FieldForm::branch, k_imm19);
    case R_AARCH64_TSTBR14:
      return bits(FieldForm::branch, k_imm14);
    case R_AARCH64_ADR_PREL_LO21:
    case R_AARCH64_ADR_PREL_PG_HI21:
    case R_AARCH64_ADR_PREL_PG_HI21_NC:
      return bits(FieldForm::page, k_adr);
    case R_AARCH64_LD_PREL_LO19:
      return bits(FieldForm::page, k_imm19);
    case R_AARCH64_ADD_ABS_LO12_NC:
    case R_AARCH64_LDST8_ABS_LO12_NC:
    case R_AARCH64_LDST16_ABS_LO12_NC:
    case R_AARCH64_LDST32_ABS_LO12_NC:
    case R_AARCH64_LDST64_ABS_LO12_NC:
    case R_AARCH64_LDST128_ABS_LO12_NC:
      return bits(FieldForm::page, k_imm12);
    case R_AARCH64_MOVW_UABS_G0:
    case R_AARCH64_MOVW_UABS_G0_NC:
    case R_AARCH64_MOVW_UABS_G1:
    case R_AARCH64_MOVW_UABS_G1_NC:
    case R_AARCH64_MOVW_UABS_G2:
    case R_AARCH64_MOVW_UABS_G2_NC:
    case R_AARCH64_MOVW_UABS_G3:
      return bits(FieldForm::page, k_imm16);
    // The linker may turn ADRP + LDR of a table's word into ADRP + ADD of the object itself: all of both counts for
    // nothing but the registers, which are in the low bits.
    case R_AARCH64_ADR_GOT_PAGE:
      return bits(FieldForm::linkage, k_adr);
    case R_AARCH64_LD64_GOT_LO12_NC:
    case R_AARCH64_LD64_GOTPAGE_LO15:
      return bits(FieldForm::linkage, k_imm12);
    case R_AARCH64_TLSLE_ADD_TPREL_HI12:
    case R_AARCH64_TLSLE_ADD_TPREL_LO12:
    case R_AARCH64_TLSLE_ADD_TPREL_LO12_NC:
    case R_AARCH64_TLSLE_LDST8_TPREL_LO12:
    case R_AARCH64_TLSLE_LDST8_TPREL_LO12_NC:
    case R_AARCH64_TLSLE_LDST16_TPREL_LO12:
    case R_AARCH64_TLSLE_LDST16_TPREL_LO12_NC:
    case R_AARCH64_TLSLE_LDST32_TPREL_LO12:
    case R_AARCH64_TLSLE_LDST32_TPREL_LO12_NC:
    case R_AARCH64_TLSLE_LDST64_TPREL_LO12:
    case R_AARCH64_TLSLE_LDST64_TPREL_LO12_NC:
      return bits(FieldForm::thread, k_imm12);
    case R_AARCH64_TLSLE_MOVW_TPREL_G2:
    case R_AARCH64_TLSLE_MOVW_TPREL_G1:
    case R_AARCH64_TLSLE_MOVW_TPREL_G1_NC:
    case R_AARCH64_TLSLE_MOVW_TPREL_G0:
    case R_AARCH64_TLSLE_MOVW_TPREL_G0_NC:
      return bits(FieldForm::thread, k_imm16);
    // The sequences that linkers replace whole.
    case R_AARCH64_TLSIE_ADR_GOTTPREL_PAGE21:
    case R_AARCH64_TLSIE_LD64_GOTTPREL_LO12_NC:
    case R_AARCH64_TLSDESC_ADR_PAGE21:
    case R_AARCH64_TLSDESC_LD64_LO12:
    case R_AARCH64_TLSDESC_ADD_LO12:
    case R_AARCH64_TLSDESC_CALL:
      return bits(FieldForm::thread, k_all);
    default:
      return std::nullopt;
  }
}

}  // namespace stepcache::code_signature
