#include "code_signature/elf/units.h"

#include <elf.h>

#include <algorithm>
#include <tuple>

namespace stepcache::code_signature {
namespace {

bool makes_a_unit(const Image& image, const ImageSymbol& symbol) {
  if (symbol.section == 0 || symbol.absolute) return false;
  const ImageSection& section = image.sections()[symbol.section];
  const std::uint64_t at = symbol.value - section.header.address;
  if (at >= section.header.size || symbol.size > section.header.size - at) return false;  // not in its section
  switch (section.kind) {
    case SectionKind::code:
    case SectionKind::constant:
    case SectionKind::writable:
    case SectionKind::thread:
    case SectionKind::engine:
      break;
    default:
      return false;
  }
  switch (symbol.type) {
    case STT_FUNC:
    case STT_GNU_IFUNC:
      return true;  // of no size: written in assembly, up to the next one
    case STT_OBJECT:
    case STT_TLS:
    case STT_COMMON:
    case STT_NOTYPE:
      return symbol.size > 0;
    default:
      return false;
  }
}

}  // namespace

UnitMap::UnitMap(const Image& image) : image_(image), ranges_(image.sections().size()) {
  const std::vector<ImageSymbol>& symbols = image.symbols();
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < symbols.size(); ++i) {
    if (makes_a_unit(image, symbols[i])) order.push_back(i);
  }
  // Of several names of one place the widest comes first; then a global one, for people.
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const ImageSymbol& x = symbols[a];
    const ImageSymbol& y = symbols[b];
    return std::tuple(x.section, x.value, ~x.size, x.binding == STB_LOCAL, x.name) <
           std::tuple(y.section, y.value, ~y.size, y.binding == STB_LOCAL, y.name);
  });
  for (std::size_t i = 0; i < order.size(); ++i) {
    const ImageSymbol& symbol = symbols[order[i]];
    std::uint64_t end = symbol.value + symbol.size;
    if (symbol.size == 0) {
      end = image.sections()[symbol.section].end();
      if (i + 1 < order.size() && symbols[order[i + 1]].section == symbol.section) end = symbols[order[i + 1]].value;
      if (end == symbol.value) continue;  // a second name of what follows
    }
    if (!units_.empty() && units_.back().section == symbol.section) {
      Unit& last = units_.back();
      if (symbol.value < last.address + last.size) {
        // An alias, or a name inside of it; two that overlap are one.
        last.size = std::max(last.address + last.size, end) - last.address;
        continue;
      }
    }
    Range& range = ranges_[symbol.section];
    if (range.count == 0) range.first = static_cast<UnitId>(units_.size());
    ++range.count;
    units_.push_back({symbol.section, symbol.value, end - symbol.value, order[i], false});
  }
  mark_function_starts();
}

void UnitMap::mark_function_starts() {
  function_starts_.resize(image_.sections().size());
  for (const Unit& unit : units_) {
    const ImageSection& section = image_.sections()[unit.section];
    if (section.kind != SectionKind::code || section.bytes.empty()) continue;
    std::vector<std::uint64_t>& starts = function_starts_[unit.section];
    if (starts.empty()) starts.resize(section.bytes.size() / 64 + 1);
    const std::uint64_t at = unit.address - section.header.address;
    starts[at / 64] |= std::uint64_t{1} << (at % 64);
  }
}

UnitId UnitMap::table(std::uint32_t section, std::uint64_t address, std::uint64_t size) {
  const auto [found, is_new] = tables_.try_emplace(address, 0U);
  if (is_new) found->second = add({section, address, size, Unit::k_no_symbol, false});
  return found->second;
}

UnitId UnitMap::add(const Unit& unit) {
  units_.push_back(unit);
  return static_cast<UnitId>(units_.size() - 1);
}

UnitId UnitMap::whole_section(std::uint32_t section) {
  const auto [found, is_new] = whole_.try_emplace(section, 0U);
  if (is_new) {
    const ElfSection& header = image_.sections()[section].header;
    found->second = add({section, header.address, header.size, Unit::k_no_symbol, ranges_[section].count > 0});
  }
  return found->second;
}

UnitId UnitMap::containing(std::uint32_t section, std::uint64_t address) {
  const Range range = ranges_[section];
  if (range.count == 0) return whole_section(section);
  const auto first = units_.begin() + range.first;
  const auto last = first + range.count;
  const auto after =
      std::upper_bound(first, last, address, [](std::uint64_t at, const Unit& unit) { return at < unit.address; });
  std::uint64_t begin = image_.sections()[section].header.address;
  if (after != first) {
    const Unit& before = *std::prev(after);
    begin = before.address + before.size;
    if (address < begin) return static_cast<UnitId>(std::prev(after) - units_.begin());
  }
  const std::uint64_t end = after == last ? image_.sections()[section].end() : after->address;
  // Past the last object of a section: an end pointer of it.
  if (begin == end && after != first) return static_cast<UnitId>(std::prev(after) - units_.begin());
  const auto [found, is_new] = gaps_.try_emplace(begin, 0U);
  if (is_new) found->second = add({section, begin, end - begin, Unit::k_no_symbol, false});
  return found->second;
}

UnitId UnitMap::of_section(std::uint32_t section) {
  const Range range = ranges_[section];
  if (range.count == 1) {
    const ElfSection& header = image_.sections()[section].header;
    const Unit& unit = units_[range.first];
    if (unit.address == header.address && unit.size == header.size) return range.first;
  }
  return whole_section(section);
}

std::vector<UnitId> UnitMap::in_section(std::uint32_t section) const {
  std::vector<UnitId> units(ranges_[section].count);
  for (std::size_t i = 0; i < units.size(); ++i) units[i] = ranges_[section].first + static_cast<UnitId>(i);
  return units;
}

}  // namespace stepcache::code_signature
