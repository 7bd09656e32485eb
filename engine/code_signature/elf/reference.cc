#include "code_signature/elf/reference.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>

namespace stepcache::code_signature {
namespace {

std::int64_t sign_extended(std::uint64_t value, std::uint32_t size) {
  if (size >= sizeof value) return static_cast<std::int64_t>(value);
  const unsigned shift = 64U - 8U * size;
  return static_cast<std::int64_t>(value << shift) >> shift;
}

Reference import_of(std::string_view name) {
  Reference reference;
  reference.kind = Reference::Kind::import;
  reference.name = name.substr(0, name.find('@'));
  return reference;
}

// What each file has for its own start and end: no result depends on it.
bool is_start_up(std::string_view name) { return name == "__dso_handle" || name == "__TMC_END__"; }

}  // namespace

Result<Reference> ReferenceReader::read(const Unit& from, const ImageRelocation& relocation,
                                        const AddressField& field) {
  const SectionKind kind = image_.sections()[from.section].kind;
  Place place{from, relocation, field, image_.symbols()[relocation.symbol], kind == SectionKind::code, 0};
  const std::uint64_t at = relocation.address + static_cast<std::uint64_t>(static_cast<std::int64_t>(field.begin));
  if (field.value_size > 0) {
    const LoaderWord* const word = field.form == FieldForm::absolute ? image_.loader_word(at) : nullptr;
    if (word != nullptr && !word->import.empty()) {
      Reference reference = import_of(word->import);
      reference.offset = static_cast<std::int64_t>(word->value);
      return reference;
    }
    const auto bytes = image_.word(at, field.value_size);
    if (!bytes && kind != SectionKind::thread)
      return fail(image_.unsupported("a relocation lies outside of its section"));
    const auto value = static_cast<std::uint64_t>(sign_extended(bytes.value_or(0), field.value_size));
    place.final_address = word != nullptr ? word->value : value;
    if (field.form != FieldForm::absolute) place.final_address = at + value;
  }
  return place.symbol.type == STT_SECTION ? to_section(place) : to_name(place);
}

Reference ReferenceReader::to_unit(UnitId unit, std::uint64_t address) const {
  Reference reference;
  reference.kind = Reference::Kind::unit;
  reference.unit = unit;
  reference.offset = static_cast<std::int64_t>(address - units_[unit].address);
  return reference;
}

// The object is the one that the symbol names, wherever the address seems to fall.
Reference ReferenceReader::to_name(const Place& place) {
  const ImageSymbol& symbol = place.symbol;
  const FieldForm form = place.field.form;
  Reference reference;
  if (place.relocation.symbol == 0) {  // no symbol: an address by itself
    if (form == FieldForm::absolute) return at_address(place.final_address);
    return reference;
  }
  if (symbol.absolute) {
    reference.offset = static_cast<std::int64_t>(symbol.value) + place.relocation.addend;
    return reference;
  }
  const SectionKind kind = image_.sections()[symbol.section].kind;
  if (symbol.section == 0 || is_start_up(symbol.name)) return import_of(symbol.name);
  if (const std::string_view copied = image_.copied_import(symbol.value); !copied.empty()) return import_of(copied);
  const bool by_bytes = form == FieldForm::absolute || form == FieldForm::relative;
  switch (kind) {
    case SectionKind::none:
    case SectionKind::linkage:
    case SectionKind::start:
    case SectionKind::exception:
      return import_of(symbol.name);  // what the linker itself defines
    case SectionKind::merged: {
      const std::int64_t offset =
          by_bytes ? static_cast<std::int64_t>(place.final_address - symbol.value) : place.relocation.addend;
      return to_constant(symbol.section, symbol.value, offset);
    }
    default:
      break;
  }
  // A name of a shared object to which others may give another meaning is reached through a linkage table.
  if (!image_.is_program() && (form == FieldForm::branch || form == FieldForm::linkage)) {
    const std::uint64_t target = place.final_address + place.field.to_end;
    const bool through_table =
        place.field.value_size == 0 || image_.sections()[image_.section_at(target)].kind == SectionKind::linkage;
    if (through_table && symbol.binding != STB_LOCAL && symbol.visibility == STV_DEFAULT) return import_of(symbol.name);
  }
  const UnitId unit = units_.containing(symbol.section, symbol.value);
  // Where linkage tables and access sequences may stand between, the final bytes say nothing of the object.
  const bool to_table =
      form == FieldForm::relative &&
      image_.sections()[image_.section_at(place.final_address + place.field.to_end)].kind == SectionKind::linkage;
  if (by_bytes && !to_table) return to_unit(unit, place.final_address);
  reference = to_unit(unit, symbol.value);
  reference.offset += place.relocation.addend;
  return reference;
}

Reference ReferenceReader::to_section(const Place& place) {
  const std::uint32_t section = place.symbol.section;
  const ImageSection& target = image_.sections()[section];
  const FieldForm form = place.field.form;
  const bool by_bytes = place.field.value_size > 0 && form != FieldForm::linkage;
  const std::uint64_t by_relocation = place.symbol.value + static_cast<std::uint64_t>(place.relocation.addend);
  const std::uint64_t address = by_bytes ? place.final_address : by_relocation;
  switch (target.kind) {
    case SectionKind::merged:
      return to_constant(section, address, 0);
    case SectionKind::code:
    case SectionKind::engine:
      return to_code(place);
    case SectionKind::thread: {
      const UnitId unit = units_.of_section(section);
      return to_unit(unit, by_relocation);
    }
    case SectionKind::constant:
    case SectionKind::writable:
      if (const std::string_view copied = image_.copied_import(address + place.field.to_end); !copied.empty()) {
        return import_of(copied);
      }
      return to_anonymous_data(place, section);
    default:
      return import_of(target.header.name);
  }
}

Reference ReferenceReader::to_anonymous_data(const Place& place, std::uint32_t section) {
  const bool by_bytes = place.field.value_size > 0 && place.field.form != FieldForm::linkage;
  const std::uint64_t address =
      by_bytes ? place.final_address : place.symbol.value + static_cast<std::uint64_t>(place.relocation.addend);
  UnitId unit = units_.of_section(section);
  const std::uint64_t entered = by_bytes ? address + place.field.to_end : address;
  if (units_[unit].whole) {
    // Several objects, of which the section symbol names none. A table of jumps shows itself by its relocations.
    if (const std::uint64_t length = length_of_table(section, entered); length > 0) {
      unit = units_.table(section, entered, length);
    }
  }
  if (place.in_code && units_[unit].symbol == Unit::k_no_symbol) bases_[units_[unit].address].insert(entered);
  return to_unit(unit, address);
}

Reference ReferenceReader::to_code(const Place& place) {
  std::uint64_t target = place.symbol.value + static_cast<std::uint64_t>(place.relocation.addend);
  if (place.field.value_size > 0) target = place.final_address;
  if (place.field.form == FieldForm::relative || place.field.form == FieldForm::branch) {
    if (place.in_code) {
      target += place.field.to_end;
    } else if (place.from.symbol == Unit::k_no_symbol) {
      // A word of a table of jumps is the distance from the table's start.
      const std::uint64_t from_base =
          target - place.relocation.address + table_base(place.from, place.relocation.address);
      if (image_.sections()[image_.section_at(from_base)].kind == SectionKind::code) target = from_base;
    }
  }
  return at_address(target);
}

Reference ReferenceReader::at_address(std::uint64_t address) {
  Reference reference;
  std::uint32_t section = image_.section_at(address);
  if (section == 0) section = image_.section_at(address - 1);  // an end pointer
  const SectionKind kind = image_.sections()[section].kind;
  switch (kind) {
    case SectionKind::none:
    case SectionKind::linkage:
    case SectionKind::start:
    case SectionKind::exception:
      reference.offset = 0;
      return reference;
    case SectionKind::merged:
      return to_constant(section, address, 0);
    default:
      break;
  }
  if (const std::string_view copied = image_.copied_import(address); !copied.empty()) return import_of(copied);
  return to_unit(units_.containing(section, address), address);
}

Reference ReferenceReader::through_word(std::uint64_t address) {
  if (const LoaderWord* word = image_.loader_word(address)) {
    return word->import.empty() ? at_address(word->value) : import_of(word->import);
  }
  return at_address(image_.word(address, sizeof(std::uint64_t)).value_or(0));
}

Reference ReferenceReader::to_constant(std::uint32_t section, std::uint64_t address, std::int64_t offset) const {
  const ImageSection& merged = image_.sections()[section];
  Reference reference;
  reference.kind = Reference::Kind::constant;
  reference.offset = offset;
  reference.text = merged.strings;
  const std::string_view bytes = merged.bytes;
  const std::uint64_t at = address - merged.header.address;
  if (!sources_.constants) return reference;
  if (at >= bytes.size()) {  // outside of all constants: whatever is there counts
    reference.constant = bytes;
    reference.offset += static_cast<std::int64_t>(at);
    return reference;
  }
  const std::uint64_t width = std::max<std::uint64_t>(1, merged.entry_width);
  if (!merged.strings) {
    const std::uint64_t begin = at / width * width;
    reference.constant = bytes.substr(begin, width);
    reference.offset += static_cast<std::int64_t>(at - begin);
    return reference;
  }
  std::uint64_t end = at;
  const auto is_zero = [&](std::uint64_t character) {
    const std::string_view text = bytes.substr(character, width);
    return std::all_of(text.begin(), text.end(), [](char c) { return c == '\0'; });
  };
  while (end < bytes.size() && !is_zero(end)) end += width;
  reference.constant = bytes.substr(at, end - at);
  return reference;
}

std::uint64_t ReferenceReader::table_base(const Unit& table, std::uint64_t address) const {
  const auto known = bases_.find(table.address);
  if (known == bases_.end()) return table.address;
  const auto after = known->second.upper_bound(address);
  return after == known->second.begin() ? table.address : *std::prev(after);
}

bool ReferenceReader::goes_to_code(const ImageRelocation& relocation) const {
  const ImageSymbol& symbol = image_.symbols()[relocation.symbol];
  return image_.sections()[symbol.section].kind == SectionKind::code;
}

std::uint64_t ReferenceReader::length_of_table(std::uint32_t section, std::uint64_t address) const {
  const std::vector<ImageRelocation>& all = image_.relocations(section);
  auto at = std::lower_bound(all.begin(), all.end(), address,
                             [](const ImageRelocation& a, std::uint64_t place) { return a.address < place; });
  if (at == all.end() || at->address != address || !goes_to_code(*at)) return 0;
  const Unit& gap = units_[units_.containing(section, address)];
  if (gap.symbol != Unit::k_no_symbol) return 0;
  const bool wide = std::next(at) != all.end() ? std::next(at)->address - address >= 8 : false;
  const std::uint64_t step = wide ? 8 : 4;
  std::uint64_t end = address;
  while (at != all.end() && at->address == end && goes_to_code(*at) && end < gap.address + gap.size) {
    ++at;
    end += step;
  }
  return end - address;
}

}  // namespace stepcache::code_signature
