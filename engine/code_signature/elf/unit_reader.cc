#include "code_signature/elf/unit_reader.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace stepcache::code_signature {
namespace {

// A class's table of virtual functions, and those that stand in for it while it is built.
bool is_vtable(std::string_view name) { return name.starts_with("_ZTV") || name.starts_with("_ZTC"); }

std::int32_t signed_word(std::string_view bytes, std::uint64_t at) {
  std::int32_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

}  // namespace

UnitReader::Work UnitReader::begin(UnitId id) const {
  Work work;
  work.unit = units_[id];
  Unit& unit = work.unit;
  work.section = &image_.sections()[unit.section];
  const ImageSection& section = *work.section;
  // Code is read to its end, since an instruction that is cut in two cannot be decoded; only its last bytes do not count.
  if (section.kind != SectionKind::code) unit.size -= std::min(unit.size, sources_.shrink_units_by);
  if (!section.bytes.empty()) {
    work.linked = std::string_view(section.bytes).substr(unit.address - section.header.address, unit.size);
    work.bytes = work.linked;
  }
  return work;
}

Result<UnitContent> UnitReader::read(UnitId id, bool keep_constants) {
  Work work = begin(id);
  work.keep_constants = keep_constants;
  const Unit& unit = work.unit;
  const ImageSection& section = *work.section;
  hasher_.begin("unit").integer(static_cast<int>(section.kind));
  STEPCACHE_TRY(add_relocations(work));
  if (section.kind == SectionKind::code) {
    if (sources_.unrelocated_branches) STEPCACHE_TRY(add_unrelocated_branches(work));
    if (sources_.exception_tables) STEPCACHE_TRY(add_exceptions(work));
    STEPCACHE_TRY(mask_assertion_lines(work));
    work.bytes.resize(work.bytes.size() - std::min<std::size_t>(work.bytes.size(), sources_.shrink_units_by));
  }
  hasher_.unsigned_integer(unit.size);
  if (sources_.constants || section.kind != SectionKind::constant) hasher_.bytes(as_bytes(work.bytes));
  work.content.digest = hasher_.end().finish();
  return std::move(work.content);
}

void UnitReader::add_reference(Work& work, const Reference& reference) {
  switch (reference.kind) {
    case Reference::Kind::number:
      hasher_.text("number").integer(reference.offset);
      break;
    case Reference::Kind::constant:
      hasher_.text("constant").bytes(as_bytes(reference.constant)).integer(reference.offset);
      if (work.keep_constants) work.content.constants.push_back({std::string(reference.constant), reference.text});
      break;
    case Reference::Kind::import:
      hasher_.text("edge").integer(reference.offset);
      work.content.edges.push_back({reference.name, 0, UnitContent::k_elsewhere});
      break;
    case Reference::Kind::unit:
      hasher_.text("edge").integer(reference.offset);
      work.content.edges.push_back({{}, reference.unit, UnitContent::k_elsewhere});
      break;
  }
}

void UnitReader::mask(Work& work, const AddressField& field, std::uint64_t at) const {
  const std::int64_t begin = static_cast<std::int64_t>(at) + field.begin;
  for (std::int64_t i = std::max<std::int64_t>(0, begin);
       i < begin + field.size && i < static_cast<std::int64_t>(work.bytes.size()); ++i) {
    const auto shift = static_cast<unsigned>(i - begin) * 8U;
    const unsigned left = field.mask == 0 ? 0U : ~(field.mask >> shift) & 0xffU;
    char& byte = work.bytes[static_cast<std::size_t>(i)];
    byte = static_cast<char>(static_cast<unsigned char>(byte) & left);
  }
}

Result<void> UnitReader::add_relocations(Work& work) {
  const Unit unit = work.unit;
  if (!sources_.jump_tables && unit.symbol == Unit::k_no_symbol && work.section->kind == SectionKind::constant) {
    work.bytes.clear();  // they say the same as the relocations
    return {};
  }
  const bool hole =
      !sources_.vtables && unit.symbol != Unit::k_no_symbol && is_vtable(image_.symbols()[unit.symbol].name);
  const std::vector<ImageRelocation>& all = image_.relocations(unit.section);
  auto at = std::lower_bound(all.begin(), all.end(), unit.address,
                             [](const ImageRelocation& a, std::uint64_t address) { return a.address < address; });
  std::uint64_t sequence_end = 0;  // of an access sequence that counts as a whole
  for (; at != all.end() && at->address < unit.address + unit.size; ++at) {
    const std::uint64_t place = at->address - unit.address;
    if (at->address < sequence_end) continue;
    const auto field =
        image_.machine() == EM_AARCH64 ? aarch64_field(at->type) : x86_64_field(at->type, as_bytes(work.linked), place);
    if (!field) {
      return fail(image_.unsupported(fmt::format("it has a relocation of a type that is not known ({})", at->type)));
    }
    if (field->form == FieldForm::plain) continue;
    mask(work, *field, place);
    work.fields.emplace_back(place, place + std::max<std::uint64_t>(1, field->size));
    if (field->form == FieldForm::thread && field->size > sizeof(std::uint64_t)) {
      sequence_end = at->address + field->size - static_cast<std::uint64_t>(-field->begin);
    }
    if (hole || sources_.left_out_types.contains(at->type)) continue;
    STEPCACHE_TRY_ASSIGN(const Reference reference, references_.read(unit, *at, *field));
    hasher_.unsigned_integer(place);
    add_reference(work, reference);
    const bool stands_here = field->form == FieldForm::absolute || field->form == FieldForm::relative;
    if (reference.kind == Reference::Kind::unit && stands_here) work.content.edges.back().place = place;
    if (reference.kind == Reference::Kind::import && reference.name == "__assert_fail") {
      work.assertions.push_back(place);
    }
  }
  return {};
}

Result<void> UnitReader::decode(Work& work) {
  if (work.instructions) return {};
  const auto start = std::chrono::steady_clock::now();
  work.instructions =
      image_.machine() == EM_AARCH64 ? decode_aarch64(as_bytes(work.linked)) : decode_x86_64(as_bytes(work.linked));
  ++decoded_;
  decode_seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (work.instructions) return {};
  const std::string_view name =
      work.unit.symbol == Unit::k_no_symbol ? "code without a name" : image_.symbols()[work.unit.symbol].name;
  return fail(image_.unsupported(fmt::format(
      "{} has an instruction that is not known, or the decoder is not installed (Debian's package libzydis4.0)",
      name)));
}

Result<std::vector<std::uint64_t>> UnitReader::places_read(UnitId id) {
  std::vector<std::uint64_t> places;
  Work work = begin(id);
  STEPCACHE_TRY(decode(work));
  for (const Instruction& instruction : *work.instructions) {
    if (instruction.read_offset != 0) places.push_back(instruction.read_offset);
  }
  return places;
}

bool UnitReader::has_relocation(const Work& work, std::uint64_t at) const {
  const auto after = std::upper_bound(work.fields.begin(), work.fields.end(), std::pair(at, UINT64_MAX));
  return after != work.fields.begin() && at < std::prev(after)->second;
}

// Whether some bytes look like a branch to, or the address of, another function of the same section. They may be no
// instruction at all: only decoding tells.
bool UnitReader::may_branch_out(const Work& work) const {
  if (image_.machine() == EM_AARCH64) return true;  // as quick to decode
  const std::string_view code = work.linked;
  // Counted from the section's start.
  const std::uint64_t begin = work.unit.address - work.section->header.address;
  const std::uint64_t end = begin + work.unit.size;
  const auto leaves = [&](std::uint64_t field, std::uint64_t size, std::int64_t distance) {
    const std::uint64_t target = begin + field + size + static_cast<std::uint64_t>(distance);
    return (target < begin || target >= end) && units_.function_starts_at(work.unit.section, target) &&
           !has_relocation(work, field);
  };
  for (std::uint64_t i = 0; i + 1 < code.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(code[i]);
    std::uint64_t field = 0;
    if (byte == 0xe8 || byte == 0xe9) {  // call, jmp
      field = i + 1;
    } else if (byte == 0x8d) {  // lea
      field = i + 2;
    } else if (byte == 0x0f && (static_cast<std::uint8_t>(code[i + 1]) & 0xf0U) == 0x80) {  // jcc
      field = i + 2;
    } else if (byte == 0xeb || (byte & 0xf0U) == 0x70) {  // the short ones
      if (leaves(i + 1, 1, static_cast<std::int8_t>(code[i + 1]))) return true;
      continue;
    } else {
      continue;
    }
    if (field + 4 <= code.size() && leaves(field, 4, signed_word(code, field))) return true;
  }
  return false;
}

Result<void> UnitReader::add_unrelocated_branches(Work& work) {
  if (!may_branch_out(work)) return {};
  STEPCACHE_TRY(decode(work));
  const Unit unit = work.unit;
  for (const Instruction& instruction : *work.instructions) {
    if (!instruction.direct) continue;
    const bool inside = instruction.target >= 0 && static_cast<std::uint64_t>(instruction.target) < unit.size;
    if (inside || has_relocation(work, instruction.target_offset)) continue;
    hasher_.unsigned_integer(instruction.offset);
    add_reference(work, references_.at_address(unit.address + static_cast<std::uint64_t>(instruction.target)));
    const std::uint32_t mask_bits = image_.machine() == EM_AARCH64 ? 0x03ffffe0U : 0U;
    mask(work, {FieldForm::branch, 0, instruction.target_size, mask_bits, 0, 0}, instruction.target_offset);
  }
  return {};
}

void UnitReader::add_type(Work& work, std::uint64_t address, bool indirect) {
  add_reference(work, indirect ? references_.through_word(address) : references_.at_address(address));
}

// Where each call goes on when it throws. By call, not by range of bytes: where ranges begin and end depends on what
// else the compiler was asked to keep.
Result<void> UnitReader::add_exceptions(Work& work) {
  const std::uint64_t begin = work.unit.address;
  const std::uint64_t end = begin + work.unit.size;
  if (!exceptions_.has_table(begin, end)) return {};
  STEPCACHE_TRY_ASSIGN(auto sites, exceptions_.call_sites(begin, end));
  const auto by_begin = [](const CallSite& a, const CallSite& b) { return a.begin < b.begin; };
  if (!std::is_sorted(sites.begin(), sites.end(), by_begin)) std::stable_sort(sites.begin(), sites.end(), by_begin);
  STEPCACHE_TRY(decode(work));
  hasher_.begin("exceptions");
  for (const Instruction& instruction : *work.instructions) {
    if (instruction.kind != Instruction::Kind::call) continue;
    const std::uint64_t last = begin + instruction.offset + instruction.size - 1;
    const auto after = std::upper_bound(sites.begin(), sites.end(), last,
                                        [](std::uint64_t at, const CallSite& one) { return at < one.begin; });
    const auto site = after == sites.begin() ? sites.end() : std::prev(after);
    if (site == sites.end() || last - site->begin >= site->size) {
      hasher_.none();
      continue;
    }
    hasher_.boolean(site->landing_pad != 0);
    if (site->landing_pad == 0) continue;
    add_reference(work, references_.at_address(site->landing_pad));
    hasher_.unsigned_integer(site->actions.size());
    for (const CallSite::Action& action : site->actions) {
      hasher_.integer(static_cast<int>(action.kind)).unsigned_integer(action.types.size());
      for (const std::uint64_t type : action.types) add_type(work, type, action.indirect);
    }
  }
  hasher_.end();
  return {};
}

// The line that an assertion prints before it aborts cannot change a result.
Result<void> UnitReader::mask_assertion_lines(Work& work) {
  if (work.assertions.empty()) return {};
  STEPCACHE_TRY(decode(work));
  const std::vector<Instruction>& all = *work.instructions;
  for (const std::uint64_t place : work.assertions) {
    const auto after = std::upper_bound(all.begin(), all.end(), place,
                                        [](std::uint64_t at, const Instruction& one) { return at < one.offset; });
    if (after == all.begin()) continue;
    for (auto at = std::prev(after); at != all.begin();) {
      --at;
      if (at->kind != Instruction::Kind::other) break;
      if (at->constant_size == 0) continue;
      mask(work, {FieldForm::absolute, 0, at->constant_size, at->constant_mask, 0, 0}, at->constant_offset);
      break;
    }
  }
  return {};
}

}  // namespace stepcache::code_signature
