#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "digest/digest.h"
#include "platform/file_system.h"
#include "program/compiler.h"
#include "program/tracked_file.h"

namespace stepcache::program {

// What the last build of a program was made of: kept as build.json beside it. Only a record that holds in full makes
// the program current, so a build that ends half-way leaves none that does.
struct BuildRecord {
  struct Object {
    Digest command;                   // all that the compiler was told
    std::vector<TrackedFile> inputs;  // the source and every header
    TrackedFile object;
  };
  CompilerIdentity compiler;
  Digest linker_question;  // all that decides which linker the compiler starts
  std::string linker;      // its name; empty when it does not matter
  std::vector<Object> objects;
  Digest link_command;
  std::vector<TrackedFile> link_inputs;  // libraries
  TrackedFile program;
};

std::string encode(const BuildRecord& record);
// Nothing for a text that is no record of this format: then there was no build.
std::optional<BuildRecord> decode(std::string_view text);

}  // namespace stepcache::program
