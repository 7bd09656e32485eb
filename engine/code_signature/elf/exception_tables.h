#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "code_signature/elf/image.h"
#include "result/result.h"

namespace stepcache::code_signature {

// Where a thrown exception goes on, for the instructions in [begin, begin + size). Addresses are those of the file.
struct CallSite {
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
  std::uint64_t landing_pad = 0;  // 0: none, the exception goes on to the caller
  // What the landing pad is for, in the order in which it is tried.
  struct Action {
    enum class Kind : std::uint8_t { cleanup, catches, catches_all, throws_only } kind = Kind::cleanup;
    std::vector<std::uint64_t> types;  // where the typeinfo lies, or the word through which it is reached
    bool indirect = false;             // the latter
  };
  std::vector<Action> actions;
};

// The exception tables of one file: .eh_frame itself, which names them, decoded (Linux Standard Base, "Exception
// Frames"; Itanium C++ ABI, "Exception handling tables"), and .gcc_except_table.
class ExceptionTables {
 public:
  // Errors: unsupported_format for an encoding that is not known.
  static Result<ExceptionTables> read(const Image& image);

  // Of the code in [begin, end), in order; empty: exceptions pass through. Errors: unsupported_format.
  Result<std::vector<CallSite>> call_sites(std::uint64_t begin, std::uint64_t end) const;
  // Whether there is a table for code in that range: what it has no entry for ends the program when it throws.
  bool has_table(std::uint64_t begin, std::uint64_t end) const;

 private:
  struct Frame {
    std::uint64_t begin = 0;
    std::uint64_t size = 0;
    std::uint64_t table = 0;
    friend bool operator<(const Frame& a, const Frame& b) { return a.begin < b.begin; }
  };
  explicit ExceptionTables(const Image& image) : image_(&image) {}
  Result<void> read_frames(const ImageSection& section);
  Result<void> read_table(const Frame& frame, std::vector<CallSite>& sites) const;
  std::vector<Frame> frames_of(std::uint64_t begin, std::uint64_t end) const;

  const Image* image_;
  std::vector<Frame> frames_;  // those with a table, by address
};

}  // namespace stepcache::code_signature
