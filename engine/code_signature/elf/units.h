#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "code_signature/elf/image.h"

namespace stepcache::code_signature {

// A piece of a file that is compared as one: a function, a data object, what lies between two of them, or a section.
struct Unit {
  static constexpr std::uint32_t k_no_symbol = UINT32_MAX;
  std::uint32_t section = 0;
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  std::uint32_t symbol = k_no_symbol;  // the first of its names
  bool whole = false;                  // a section taken as one although it holds several objects
};
using UnitId = std::uint32_t;

// The units of one file, made from its symbols; those without a name are made when something means them. Not
// thread-safe.
class UnitMap {
 public:
  explicit UnitMap(const Image& image);

  const Unit& operator[](UnitId id) const { return units_[id]; }
  std::size_t size() const { return units_.size(); }

  // The unit that holds an address, or, where no symbol does, what lies between its neighbours. `address` may be the
  // end of the section: then the last one. Precondition: section holds code or data.
  UnitId containing(std::uint32_t section, std::uint64_t address);
  // What a section symbol stands for: the one object that fills the section; else the section.
  UnitId of_section(std::uint32_t section);
  // Units of the symbols in that section, by address.
  std::vector<UnitId> in_section(std::uint32_t section) const;
  // A table within a section that has no name of its own.
  UnitId table(std::uint32_t section, std::uint64_t address, std::uint64_t size);
  // Whether a function starts at that distance from the start of a section of code. Fast.
  bool function_starts_at(std::uint32_t section, std::uint64_t distance) const {
    const std::vector<std::uint64_t>& starts = function_starts_[section];
    return distance / 64 < starts.size() && ((starts[distance / 64] >> (distance % 64)) & 1U) != 0;
  }

 private:
  struct Range {
    UnitId first = 0;
    UnitId count = 0;
  };
  UnitId add(const Unit& unit);
  UnitId whole_section(std::uint32_t section);
  void mark_function_starts();

  const Image& image_;
  std::vector<Unit> units_;                                  // first those of symbols, by section and address
  std::vector<Range> ranges_;                                // by section
  std::unordered_map<std::uint64_t, UnitId> gaps_;           // by address
  std::unordered_map<std::uint32_t, UnitId> whole_;          // by section
  std::unordered_map<std::uint64_t, UnitId> tables_;         // by address
  std::vector<std::vector<std::uint64_t>> function_starts_;  // by section; a bit for each byte of code
};

}  // namespace stepcache::code_signature
