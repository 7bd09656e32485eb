#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "platform/file_system.h"

namespace stepcache::code_signature {

// The symbols of an ELF file by address: the static table, or the dynamic one of a stripped file. Empty when the file
// has none or is damaged.
class SymbolNames {
 public:
  SymbolNames(platform::FileSystem& files, const std::filesystem::path& file);

  // The symbol of a function that starts at `address`, one of that size and seen by other files first; empty when there
  // is none.
  std::string function(std::uint64_t address, std::uint64_t size_bytes) const;
  std::string variable(std::uint64_t address) const;

 private:
  struct Symbol {
    std::uint64_t address = 0;
    std::uint64_t size = 0;
    std::uint32_t name = 0;
    bool is_function = false;
    bool is_local = false;
  };
  std::string name_at(std::uint64_t address, std::uint64_t size_bytes, bool is_function) const;

  std::string strings_;
  std::vector<Symbol> symbols_;  // by address
};

// Without what compilers add to the name of a function's part or copy: ".cold", ".part.0", ".constprop.1".
std::string without_clone_suffix(std::string_view symbol);

}  // namespace stepcache::code_signature
