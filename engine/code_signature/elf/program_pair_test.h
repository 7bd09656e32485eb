#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "code_signature/exact.h"
#include "testing/temporary_folder.h"

namespace stepcache::code_signature {

// What compiles and links a test's programs; flags of the project are added.
struct Toolchain {
  std::string compiler = TEST_COMPILER;
  std::string options = "-O2";  // for compiling and linking
  std::string linker = "bfd";   // bfd, lld, mold
  std::string link_options;     // for linking alone
  bool apart = true;            // each function and object in a section of its own

  bool is_installed() const;
  static Toolchain gcc(const std::string& options = "-O2", const std::string& linker = "bfd");
  static Toolchain clang(const std::string& options = "-O2", const std::string& linker = "bfd");
  static Toolchain arm(const std::string& options = "-O2");
};

using Steps = std::set<std::string>;

// Compiles versions of small programs and compares the signatures of their steps.
//
// A source holds steps, written `STEP(name) { ... }`: functions from int x to int. It holds edits, written
// `@before|after@`. It may hold several files, each behind a line `//// name`; a main that calls the steps is added
// when there is none.
class ProgramPairs : public ::testing::Test {
 public:
  // Compiles the source with these edits made (by their position in the text). Each program in a folder of its own. A
  // compiler that fails makes the test fail.
  std::filesystem::path build(std::string_view source, const std::set<std::size_t>& edits, const Toolchain& toolchain);
  std::filesystem::path build(std::string_view source, const Toolchain& toolchain = {}) {
    return build(source, {}, toolchain);
  }

  // Of a program's steps, by name. What is not set of `loaded` is filled in.
  static std::map<std::string, StepCode> signatures(const std::filesystem::path& program, LoadedProgram loaded = {});
  static Result<std::map<std::string, StepCode>> try_signatures(const std::filesystem::path& program,
                                                                LoadedProgram loaded = {});
  static Steps difference(const std::map<std::string, StepCode>& before, const std::map<std::string, StepCode>& after);

  // The steps whose signature is another one when all edits are made.
  Steps changed(std::string_view source, const Toolchain& toolchain = {});
  // The same for each edit alone.
  std::vector<Steps> changed_by_each(std::string_view source, const Toolchain& toolchain = {});

  static std::size_t count_edits(std::string_view source);
  static void shell(const std::string& command);

  testing::TemporaryFolder folder;

 private:
  std::size_t built_ = 0;
};

// The libraries that the test itself runs with, as far as its programs have them too.
const std::vector<std::filesystem::path>& system_libraries();

}  // namespace stepcache::code_signature
