#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "code_signature/elf/libdw.h"

namespace stepcache::code_signature {

// [low, high)
struct AddressRange {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

// A row of a line table: the code from `address` on was made from that line.
struct LineRow {
  std::uint64_t address = 0;
  const char* file = nullptr;
  std::uint32_t line = 0;
};

// A unit of compilation, as libdw's entries; they live as long as the index.
struct DwarfUnit {
  Dwarf_Die lines{};    // the entry whose line table it is; a skeleton when the rest is in a .dwo file
  Dwarf_Die content{};  // its `addr` is null when the .dwo file is not at hand
  std::string folder;   // in which it was compiled
  std::vector<AddressRange> ranges;
  std::vector<LineRow> rows;
  bool has_rows = false;
  bool has_functions = false;
};

// The entries of one ELF file's DWARF by address. Units are read when one of their functions is first asked for, and
// once. Damaged DWARF ends where the damage is. Not thread-safe.
class DwarfIndex {
 public:
  // Null when the file cannot be read, is no ELF file, holds no DWARF, or libdw is not installed.
  static std::unique_ptr<DwarfIndex> open(const std::filesystem::path& file);
  ~DwarfIndex();
  DwarfIndex(const DwarfIndex&) = delete;
  DwarfIndex& operator=(const DwarfIndex&) = delete;

  struct Entry {
    Dwarf_Die die{};
    DwarfUnit* unit = nullptr;
    std::uint64_t high = 0;  // of the range that it was found by
  };
  // The function whose code holds `address`, with an entry whose `addr` is null where only a unit is known to hold it
  // (clang's -g1 has entries only for functions that others were inlined into; a .dwo file may be missing).
  std::optional<Entry> function_at(std::uint64_t address);
  // The variable that starts there.
  std::optional<Entry> variable_at(std::uint64_t address);

  // The rows of [low, high), by address.
  std::vector<LineRow> rows(DwarfUnit& unit, AddressRange within);
  // Of a function or of one inlined; at most 4,096.
  std::vector<AddressRange> ranges(Dwarf_Die die) const;
  // Where an entry, or what it is an instance of, was declared; null and 0: unknown.
  const char* declaring_file(Dwarf_Die die) const;
  std::uint32_t declaring_line(Dwarf_Die die) const;
  // The name that the linker sees; empty for what only its file sees.
  std::string linkage_name(Dwarf_Die die) const;
  // An entry's children, at most a million.
  std::vector<Dwarf_Die> children(Dwarf_Die die) const;
  const Libdw& library() const { return dw_; }

 private:
  explicit DwarfIndex(const Libdw& dw) : dw_(dw) {}
  void find_code_start();
  void read_units();
  void read_functions(DwarfUnit& unit);
  void read_variables();
  void walk(DwarfUnit& unit, Dwarf_Die die, bool for_variables, int depth);
  void add_variable(DwarfUnit& unit, Dwarf_Die die);

  const Libdw& dw_;
  int descriptor_ = -1;
  Elf* elf_ = nullptr;
  Dwarf* dwarf_ = nullptr;
  std::uint64_t code_start_ = 1;  // lower ranges are of code that the linker dropped
  std::vector<std::unique_ptr<DwarfUnit>> units_;
  std::vector<std::pair<AddressRange, DwarfUnit*>> by_range_;
  std::map<std::uint64_t, Entry> functions_;  // by where a range of them starts
  std::unordered_map<std::uint64_t, Entry> variables_;
  bool has_variables_ = false;
};

}  // namespace stepcache::code_signature
