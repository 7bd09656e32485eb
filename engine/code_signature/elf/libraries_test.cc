#include <fmt/format.h>

#include <fstream>

#include "code_signature/elf/image.h"
#include "code_signature/elf/program_pair_test.h"
#include "platform/file_system.h"
#include "platform/loaded_code.h"

namespace stepcache::code_signature {
namespace {

using std::filesystem::path;
using ::testing::IsEmpty;

// Programs with a shared object beside them.
class Libraries : public ProgramPairs {
 public:
  // libhelp.so in a folder of its own.
  path library(const std::string& source, const std::string& options) {
    const path place = folder.path() / ("library" + std::string(++made_, 'y'));
    std::filesystem::create_directory(place);
    std::ofstream(place / "help.cc") << source;
    shell(fmt::format("cd '{}' && " TEST_COMPILER " -O2 -fPIC -shared -ffunction-sections -fdata-sections help.cc -o "
                      "libhelp.so -Wl,-soname,libhelp.so {}",
                      place.native(), options));
    return place / "libhelp.so";
  }

  std::map<std::string, StepCode> signatures_with(const path& library, bool by_name = false) {
    Toolchain toolchain;
    toolchain.link_options = "'" + library.native() + "'";
    LoadedProgram loaded;
    loaded.libraries = {library};
    loaded.libraries_by_name = by_name;
    return signatures(build(k_program, toolchain), loaded);
  }

  static constexpr const char* k_program = R"(
int help(int);
extern int help_state;
STEP(step_call) { return help(x) + 1; }
STEP(step_state) { return help_state + x; }
STEP(step_other) { return x; }
)";

 private:
  std::size_t made_ = 0;
};

std::string help_source(const char* factor, const char* unrelated, const char* state = "4") {
  return fmt::format(R"(
static const int table[] = {{{0}, 7, 8, 9}};
int help_state = {2};
__attribute__((noinline)) int inner(int x) {{ return x * table[x & 3]; }}
int help(int x) {{ return inner(x) + 1; }}
int unrelated(int x) {{ return x * {1}; }}
)",
                     factor, unrelated, state);
}

constexpr const char* k_relocations = "-Wl,--emit-relocs";

TEST_F(Libraries, OneThatKeepsItsRelocationsIsFollowed) {
  const auto before = signatures_with(library(help_source("3", "5"), k_relocations));
  EXPECT_THAT(difference(before, signatures_with(library(help_source("3", "6"), k_relocations))), IsEmpty());
  EXPECT_EQ(difference(before, signatures_with(library(help_source("4", "5"), k_relocations))), Steps{"step_call"});
  EXPECT_EQ(difference(before, signatures_with(library(help_source("3", "5", "5"), k_relocations))),
            Steps{"step_state"});
}

TEST_F(Libraries, OneWithoutCountsByItsBuildForThoseWhoReachIt) {
  const auto before = signatures_with(library(help_source("3", "5"), ""));
  EXPECT_THAT(difference(before, signatures_with(library(help_source("3", "5"), ""))), IsEmpty());
  EXPECT_EQ(difference(before, signatures_with(library(help_source("3", "6"), ""))),
            (Steps{"step_call", "step_state"}));
}

TEST_F(Libraries, OneWithoutCountsByItsNameWhenThatIsAskedFor) {
  const auto before = signatures_with(library(help_source("3", "5"), ""), true);
  EXPECT_THAT(difference(before, signatures_with(library(help_source("3", "6"), ""), true)), IsEmpty());
  EXPECT_EQ(difference(before, signatures_with(library(help_source("3", "5"), "-Wl,-soname,libother.so"), true)),
            (Steps{"step_call", "step_state"}));
}

TEST_F(Libraries, WhatALibraryNeedsCountsWithIt) {
  const auto with_inner = [&](const char* factor) {
    const path inner = library(fmt::format("int inner(int x) {{ return x * {}; }}", factor), "-Wl,-soname,libinner.so");
    const path renamed = inner.parent_path() / "libinner.so";
    std::filesystem::rename(inner, renamed);
    const path outer = library("int inner(int); int help_state = 4; int help(int x) { return inner(x); }",
                               "-Wl,--build-id=none '" + renamed.native() + "'");
    Toolchain toolchain;
    toolchain.link_options = "'" + outer.native() + "' -Wl,-rpath-link,'" + inner.parent_path().native() + "'";
    LoadedProgram loaded;
    loaded.libraries = {outer, renamed};
    return signatures(build(k_program, toolchain), loaded);
  };
  EXPECT_EQ(difference(with_inner("3"), with_inner("4")), (Steps{"step_call", "step_state"}));
}

TEST_F(Libraries, AFunctionOfTheProgramTakesTheNameFromTheLibrary) {
  constexpr const char* k_source = R"(
int help(int);
int inner(int x) { return x * @11|12@; }
STEP(step_call) { return help(x) + 1; }
STEP(step_other) { return x; }
)";
  const path help = library(help_source("3", "5"), k_relocations);
  Toolchain toolchain;
  toolchain.link_options = "-rdynamic '" + help.native() + "'";
  LoadedProgram loaded;
  loaded.libraries = {help};
  EXPECT_EQ(difference(signatures(build(k_source, {}, toolchain), loaded),
                       signatures(build(k_source, {0}, toolchain), loaded)),
            Steps{"step_call"});
}

TEST_F(Libraries, AStepsFunctionMayLieInOne) {
  const path help = library("extern \"C\" int step_there(int x) { return x * 3; }", k_relocations);
  const path other = library("extern \"C\" int step_there(int x) { return x * 4; }", k_relocations);
  const path program = build("STEP(step_a) { return x; }");
  const auto sign = [&](const path& library) {
    const auto image = Image::read(platform::real_file_system(), library);
    LoadedProgram loaded;
    loaded.program = program;
    loaded.libraries = {library};
    loaded.steps = {{{platform::CodePlace{"libhelp.so", (*image)->symbol_named("step_there")->value}}}};
    return exact_signatures(platform::real_file_system(), loaded).value()->steps()[0].signature.digest;
  };
  EXPECT_EQ(sign(help), sign(help));
  EXPECT_NE(sign(help), sign(other));
}

}  // namespace
}  // namespace stepcache::code_signature
