#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "digest/digest.h"

namespace stepcache::code_signature {

// A signature's kind: how closely the code that a step can reach is known.
enum class Precision : std::uint8_t {
  coarse = 1,  // the whole program: any edit to it changes the signature of every step
  exact = 2,   // the functions and data that the step can reach
};

// One piece of code or data within a step's reach, stored once by its digest.
struct Part {
  std::string kind;  // "program", "library", "function", "data", ...
  std::string name;  // for people
  std::string file;  // source file; empty: unknown
  std::uint32_t line = 0;
  std::uint64_t size_bytes = 0;
  Digest digest;
  std::vector<std::uint32_t> edges;  // positions of the parts that it reaches, in order
  friend bool operator==(const Part&, const Part&) = default;
};

// The code of one step: a root digest and the parts that it was made of.
struct CodeSignature {
  Precision precision = Precision::coarse;
  Digest digest;
  std::vector<Part> parts;  // parts[0] is the root
  std::string note;         // why it is only coarse, and what helps; empty: nothing to say
  friend bool operator==(const CodeSignature&, const CodeSignature&) = default;
};

}  // namespace stepcache::code_signature
