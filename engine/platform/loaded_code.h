#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// What the loader made of this process: which files lie in its memory, and where.
namespace stepcache::platform {

// The shared objects mapped into this process now, main program left out, absolute paths in load order. What the
// kernel maps without a file (vdso) is left out.
std::vector<std::filesystem::path> loaded_libraries();

// Where code or data of this process lies: the file name of what is mapped there (empty for the program itself), and
// how far behind its start. The same in every process of the same build.
struct CodePlace {
  std::string module;
  std::uint64_t offset = 0;
  friend bool operator==(const CodePlace&, const CodePlace&) = default;
};
// Nothing when the address is not within the program or a shared object (code made at run time).
std::optional<CodePlace> code_place(const void* address);
// What `size` bytes of a loaded module hold now; the place is as code_place gives it. Nothing when they are not there.
std::optional<std::string> loaded_bytes(const CodePlace& place, std::uint64_t size);
// The same of the calling thread's own variables of that module; the offset is from the start of their block.
std::optional<std::string> thread_bytes(const CodePlace& place, std::uint64_t size);

// Which addresses of this process mean memory now.
class MappedMemory {
 public:
  static MappedMemory read();
  bool contains(std::uint64_t address) const;

 private:
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges_;  // begin, end; ascending
};

}  // namespace stepcache::platform
