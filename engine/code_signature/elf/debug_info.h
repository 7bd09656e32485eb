#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "code_signature/parts.h"
#include "result/result.h"

namespace stepcache::code_signature {

// Where the code and data of one ELF file stand in the source: what its DWARF says, and the lines themselves as far as
// they are at hand and not younger than the file. A file without DWARF knows nothing, which is no error.
class DebugInfo {
 public:
  virtual ~DebugInfo() = default;

  // Of the function whose machine code is [address, address + size): first its own place and lines (from its
  // declaration to the last line that made code of it), then one for each function that was inlined into it whose lines
  // are not a system header's. Empty when unknown.
  virtual std::vector<Source> function(std::uint64_t address, std::uint64_t size_bytes) = 0;
  // Of the variable at `address`: its declaration; the lines of its initialiser. Empty when unknown.
  virtual std::vector<Source> variable(std::uint64_t address) = 0;
};

// A Source's text is whole lines, each with its newline, at most 64 KiB; empty for a header of the system.
// `file` is read by libdw when it is first asked; not thread-safe. Without libdw.so.1 nothing is known. Paths in the
// answers are relative to `project` when below it.
std::unique_ptr<DebugInfo> open_debug_info(const std::filesystem::path& file, const std::filesystem::path& project);

// A symbol's name as people write it; as it is when it is no mangled C++ name.
std::string demangled(const std::string& name);

}  // namespace stepcache::code_signature
