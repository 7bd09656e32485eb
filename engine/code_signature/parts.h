#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "digest/digest.h"
#include "metadata/records.h"

namespace stepcache::code_signature {

// A signature's kind: how closely the code that a step can reach is known.
enum class Precision : std::uint8_t {
  coarse = 1,  // the whole program: any edit to it changes the signature of every step
  exact = 2,   // the functions and data that the step can reach
};

// One piece of code or data within a step's reach, and where it stands in the source.
using Part = metadata::CodePart;
using Source = metadata::CodeSource;

// What enters a step's cache key. Its parts are a question of their own: a cached run never asks it.
struct CodeSignature {
  Precision precision = Precision::coarse;
  Digest digest;
  std::string note;     // why it is only coarse, and what helps; empty: nothing to say
  std::string why_not;  // not empty: no result of this code can be reused soundly; names what, and what to do
  // Functions of libraries that it can call and that may answer otherwise another time ("getenv", "time"), by name.
  std::vector<std::string> stateful_calls;
  std::vector<std::string> remarks;  // what else it reaches that its key does not settle (a variable that others share)
  friend bool operator==(const CodeSignature&, const CodeSignature&) = default;
};

// A signature with the parts that it was made of; parts[0] is the root.
struct SignedCode : CodeSignature {
  std::vector<Part> parts;
  friend bool operator==(const SignedCode&, const SignedCode&) = default;
};

}  // namespace stepcache::code_signature
