#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "code_signature/edge_sources.h"
#include "code_signature/parts.h"
#include "digest/digest.h"
#include "platform/file_system.h"
#include "platform/loaded_code.h"
#include "result/result.h"

namespace stepcache::code_signature {

// What runs one step: the functions that it starts from (the SDK's call, instantiated for the step's type, and the
// user's function when it is called by its address).
struct StepRoots {
  std::vector<platform::CodePlace> functions;
};

// A program as it was loaded, and what of its state is not to count.
struct LoadedProgram {
  std::filesystem::path program;                 // absolute
  std::vector<std::filesystem::path> libraries;  // absolute, in load order
  std::filesystem::path project;                 // whose code is read where it can be; empty: none
  std::vector<StepRoots> steps;
  std::vector<std::string> harmless;  // patterns ("spdlog::*") of variables whose state cannot change a result
  bool libraries_by_name = false;     // other libraries count by their name (soname), not by their build
};

// Writable memory that the program's start (main, before the steps) can reach too: its bytes at the entry to
// stepcache::main are part of the signature of each step that reads it.
struct EntryState {
  std::string module;        // file name as in CodePlace; empty: the program
  std::uint64_t offset = 0;  // from where the module is loaded; of a thread's own: from the start of its block
  std::uint64_t size_bytes = 0;
  bool of_thread = false;
  std::string name;  // for people
};

// The signature of one step, as far as the files alone tell it. Kept between runs of a build.
struct StepCode {
  CodeSignature signature;
  std::vector<EntryState> state;  // whose bytes are still to be added
};

// The exact signatures of a program's steps: from each one's roots, every function and data object that it can reach.
// Rules: docs/formats/code_signature.md.
class ExactSignatures {
 public:
  virtual ~ExactSignatures() = default;

  // By step, as in LoadedProgram::steps.
  virtual const std::vector<StepCode>& steps() const = 0;
  // What a step's signature was made of, with names and source places. Slow: reads debugging information and sources.
  virtual Result<std::vector<Part>> parts(std::size_t step) const = 0;
};

// Reads the program and those of its libraries that keep their relocations. A program that does not (stripped, not ELF,
// no relocations, an instruction that cannot be read) is `unsupported_format`: the message says why and what helps, and
// the coarse signature is to be taken. Errors besides: not_found, io; damaged for a cut ELF file.
Result<std::unique_ptr<ExactSignatures>> exact_signatures(platform::FileSystem& files, const LoadedProgram& program,
                                                          const EdgeSources& sources = {});

}  // namespace stepcache::code_signature
