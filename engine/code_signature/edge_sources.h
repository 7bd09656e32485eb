#pragma once

#include <cstdint>
#include <set>

namespace stepcache::code_signature {

// Where the edges of a program's graph of code and data come from. All are on; a test that turns one off plants a hole,
// and must see stale results.
struct EdgeSources {
  bool vtables = true;           // what is reached from constant data that starts a class's table of virtual functions
  bool exception_tables = true;  // landing pads and caught types
  bool constants = true;         // values in merged sections, and the content of read-only data
  bool initialisers = true;      // code of other files that fills what a step reads before main
  bool entry_state = true;       // what main itself may have changed before the steps
  bool jump_tables = true;       // where a switch goes
  bool unrelocated_branches = true;        // calls within one section, which carry no relocation
  std::set<std::uint32_t> left_out_types;  // relocation types (R_X86_64_PLT32, ...) that are not followed
  std::uint64_t shrink_units_by = 0;       // bytes at the end of each unit that are not looked at
};

}  // namespace stepcache::code_signature
