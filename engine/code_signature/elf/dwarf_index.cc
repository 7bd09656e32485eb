#include "code_signature/elf/dwarf_index.h"

#include <dwarf.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace stepcache::code_signature {
namespace {

constexpr int k_most_nesting = 256;
constexpr std::size_t k_most_ranges = 4096;
constexpr std::size_t k_most_children = 1'000'000;

// Whether functions or variables can stand below such an entry.
bool is_scope(int tag) {
  static constexpr std::array<int, 8> k_scopes = {DW_TAG_namespace,  DW_TAG_class_type,    DW_TAG_structure_type,
                                                  DW_TAG_union_type, DW_TAG_subprogram,    DW_TAG_lexical_block,
                                                  DW_TAG_module,     DW_TAG_interface_type};
  return std::find(k_scopes.begin(), k_scopes.end(), tag) != k_scopes.end();
}

}  // namespace

// Read, not mapped: a linker that writes the file anew meanwhile then gives wrong answers and no SIGBUS.
std::unique_ptr<DwarfIndex> DwarfIndex::open(const std::filesystem::path& file) {
  const Libdw* const dw = libdw();
  if (dw == nullptr) return nullptr;
  std::unique_ptr<DwarfIndex> index(new DwarfIndex(*dw));
  index->descriptor_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (index->descriptor_ < 0) return nullptr;
  index->elf_ = dw->elf_begin(index->descriptor_, ELF_C_READ, nullptr);
  if (index->elf_ == nullptr) return nullptr;
  index->dwarf_ = dw->dwarf_begin_elf(index->elf_, DWARF_C_READ, nullptr);
  if (index->dwarf_ == nullptr) return nullptr;
  index->find_code_start();
  index->read_units();
  return index;
}

DwarfIndex::~DwarfIndex() {
  if (dwarf_ != nullptr) dw_.dwarf_end(dwarf_);
  if (elf_ != nullptr) dw_.elf_end(elf_);
  if (descriptor_ >= 0) ::close(descriptor_);
}

// Linkers leave the entries of code that they dropped (a second copy of an inline function, an unused section), at 0, 1
// or the last address.
void DwarfIndex::find_code_start() {
  std::size_t count = 0;
  if (dw_.elf_getphdrnum(elf_, &count) != 0) return;
  const Elf64_Phdr* const headers = dw_.elf64_getphdr(elf_);
  if (headers == nullptr) return;
  std::uint64_t start = UINT64_MAX;
  for (std::size_t i = 0; i < count; ++i) {
    if (headers[i].p_type == PT_LOAD && (headers[i].p_flags & PF_X) != 0) start = std::min(start, headers[i].p_vaddr);
  }
  if (start != UINT64_MAX) code_start_ = std::max<std::uint64_t>(start, 1);
}

void DwarfIndex::read_units() {
  Dwarf_CU* unit = nullptr;
  Dwarf_CU* next = nullptr;
  std::uint8_t type = 0;
  Dwarf_Half version = 0;
  Dwarf_Die die{};
  Dwarf_Die split{};
  while (dw_.dwarf_get_units(dwarf_, unit, &next, &version, &type, &die, &split) == 0) {
    unit = next;
    if (type == DW_UT_type || type == DW_UT_split_type) continue;
    auto& added = *units_.emplace_back(std::make_unique<DwarfUnit>());
    added.lines = die;
    added.content = type == DW_UT_skeleton ? split : die;
    Dwarf_Attribute attribute{};
    if (const char* folder = dw_.dwarf_formstring(dw_.dwarf_attr(&die, DW_AT_comp_dir, &attribute));
        folder != nullptr) {
      added.folder = folder;
    }
    added.ranges = ranges(die);
    for (const AddressRange& range : added.ranges) by_range_.emplace_back(range, &added);
  }
  std::sort(by_range_.begin(), by_range_.end(), [](const auto& a, const auto& b) { return a.first.low < b.first.low; });
}

std::vector<AddressRange> DwarfIndex::ranges(Dwarf_Die die) const {
  std::vector<AddressRange> found;
  Dwarf_Addr base = 0;
  Dwarf_Addr low = 0;
  Dwarf_Addr high = 0;
  std::ptrdiff_t offset = 0;
  while ((offset = dw_.dwarf_ranges(&die, offset, &base, &low, &high)) > 0 && found.size() < k_most_ranges) {
    if (low >= code_start_ && low < high) found.push_back({low, high});
  }
  return found;
}

std::vector<Dwarf_Die> DwarfIndex::children(Dwarf_Die die) const {
  std::vector<Dwarf_Die> found;
  Dwarf_Die child{};
  for (int rc = dw_.dwarf_child(&die, &child); rc == 0 && found.size() < k_most_children;) {
    found.push_back(child);
    Dwarf_Die sibling{};
    rc = dw_.dwarf_siblingof(&child, &sibling);
    // A damaged reference to a sibling may lead back.
    if (rc == 0 && dw_.dwarf_dieoffset(&sibling) <= dw_.dwarf_dieoffset(&child)) break;
    child = sibling;
  }
  return found;
}

// Not by dwarf_decl_file: that of elfutils 0.188 ends the process at a split unit.
const char* DwarfIndex::declaring_file(Dwarf_Die die) const {
  Dwarf_Attribute attribute{};
  Dwarf_Word number = 0;
  if (die.addr == nullptr) return nullptr;
  if (dw_.dwarf_attr_integrate(&die, DW_AT_decl_file, &attribute) == nullptr) return nullptr;
  if (dw_.dwarf_formudata(&attribute, &number) != 0) return nullptr;
  Dwarf_Die unit{};
  Dwarf_Files* files = nullptr;
  std::size_t count = 0;
  if (dw_.dwarf_cu_info(attribute.cu, nullptr, nullptr, &unit, nullptr, nullptr, nullptr, nullptr) != 0) return nullptr;
  if (dw_.dwarf_getsrcfiles(&unit, &files, &count) != 0 || number >= count) return nullptr;
  return dw_.dwarf_filesrc(files, number, nullptr, nullptr);
}

std::uint32_t DwarfIndex::declaring_line(Dwarf_Die die) const {
  if (die.addr == nullptr) return 0;
  int line = 0;
  return dw_.dwarf_decl_line(&die, &line) == 0 && line > 0 ? static_cast<std::uint32_t>(line) : 0;
}

std::string DwarfIndex::linkage_name(Dwarf_Die die) const {
  Dwarf_Attribute attribute{};
  for (const unsigned int name : {DW_AT_linkage_name, DW_AT_MIPS_linkage_name}) {
    const char* text = dw_.dwarf_formstring(dw_.dwarf_attr_integrate(&die, name, &attribute));
    if (text != nullptr) return text;
  }
  return "";
}

void DwarfIndex::walk(DwarfUnit& unit, Dwarf_Die die, bool for_variables, int depth) {
  if (depth > k_most_nesting) return;
  for (const Dwarf_Die& child : children(die)) {
    Dwarf_Die entry = child;
    const int tag = dw_.dwarf_tag(&entry);
    if (tag == DW_TAG_variable && for_variables) add_variable(unit, entry);
    if (tag == DW_TAG_subprogram && !for_variables) {
      for (const AddressRange& range : ranges(entry))
        functions_.try_emplace(range.low, Entry{entry, &unit, range.high});
    }
    if (is_scope(tag)) walk(unit, entry, for_variables, depth + 1);
  }
}

void DwarfIndex::add_variable(DwarfUnit& unit, Dwarf_Die die) {
  Dwarf_Attribute location{};
  Dwarf_Op* operations = nullptr;
  std::size_t count = 0;
  if (dw_.dwarf_attr(&die, DW_AT_location, &location) == nullptr) return;
  if (dw_.dwarf_getlocation(&location, &operations, &count) != 0 || count != 1) return;
  std::uint64_t address = operations[0].number;
  if (operations[0].atom == DW_OP_addrx || operations[0].atom == DW_OP_GNU_addr_index) {
    Dwarf_Attribute indirect{};
    if (dw_.dwarf_getlocation_attr(&location, operations, &indirect) != 0) return;
    if (dw_.dwarf_formaddr(&indirect, &address) != 0) return;
  } else if (operations[0].atom != DW_OP_addr) {
    return;
  }
  variables_.try_emplace(address, Entry{die, &unit, address});
}

void DwarfIndex::read_functions(DwarfUnit& unit) {
  if (unit.has_functions) return;
  unit.has_functions = true;
  if (unit.content.addr != nullptr) walk(unit, unit.content, false, 0);
}

void DwarfIndex::read_variables() {
  if (has_variables_) return;
  has_variables_ = true;
  for (const auto& unit : units_) {
    if (unit->content.addr != nullptr) walk(*unit, unit->content, true, 0);
  }
}

std::optional<DwarfIndex::Entry> DwarfIndex::function_at(std::uint64_t address) {
  const auto past = std::upper_bound(by_range_.begin(), by_range_.end(), address,
                                     [](std::uint64_t a, const auto& entry) { return a < entry.first.low; });
  DwarfUnit* unit = nullptr;
  if (past != by_range_.begin() && address < std::prev(past)->first.high) {
    unit = std::prev(past)->second;
    read_functions(*unit);
  } else {
    // Some compilers do not say which code a unit holds.
    for (const auto& other : units_) {
      if (other->ranges.empty()) read_functions(*other);
    }
  }
  const auto after = functions_.upper_bound(address);
  if (after != functions_.begin() && address < std::prev(after)->second.high) return std::prev(after)->second;
  if (unit == nullptr) return std::nullopt;
  return Entry{{}, unit, std::prev(past)->first.high};
}

std::optional<DwarfIndex::Entry> DwarfIndex::variable_at(std::uint64_t address) {
  read_variables();
  const auto found = variables_.find(address);
  if (found == variables_.end()) return std::nullopt;
  return found->second;
}

std::vector<LineRow> DwarfIndex::rows(DwarfUnit& unit, AddressRange within) {
  if (!unit.has_rows) {
    unit.has_rows = true;
    Dwarf_Lines* lines = nullptr;
    std::size_t count = 0;
    if (dw_.dwarf_getsrclines(&unit.lines, &lines, &count) != 0) count = 0;
    for (std::size_t i = 0; i < count; ++i) {
      Dwarf_Line* const line = dw_.dwarf_onesrcline(lines, i);
      Dwarf_Addr address = 0;
      int number = 0;
      bool is_end = false;
      if (line == nullptr || dw_.dwarf_lineaddr(line, &address) != 0 || dw_.dwarf_lineno(line, &number) != 0) continue;
      if (dw_.dwarf_lineendsequence(line, &is_end) != 0 || is_end || number <= 0 || address < code_start_) continue;
      const char* const file = dw_.dwarf_linesrc(line, nullptr, nullptr);
      if (file != nullptr) unit.rows.push_back({address, file, static_cast<std::uint32_t>(number)});
    }
    std::stable_sort(unit.rows.begin(), unit.rows.end(),
                     [](const LineRow& a, const LineRow& b) { return a.address < b.address; });
  }
  const auto before = [](const LineRow& row, std::uint64_t address) { return row.address < address; };
  const auto first = std::lower_bound(unit.rows.begin(), unit.rows.end(), within.low, before);
  return {first, std::lower_bound(first, unit.rows.end(), within.high, before)};
}

}  // namespace stepcache::code_signature
