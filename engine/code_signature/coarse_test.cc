#include "code_signature/coarse.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include "digest/sha256.h"
#include "testing/manual_clock.h"
#include "testing/memory_file_system.h"
#include "testing/temporary_folder.h"

namespace stepcache::code_signature {
namespace {

using std::filesystem::path;

constexpr const char* k_program = R"(#include <cstdio>
#include <stdexcept>
#include <vector>

static int calls = 0;
const char* name() { return "first"; }
double weight(const std::vector<double>& values) {
  if (values.empty()) throw std::runtime_error("no values in " __FILE__);
  ++calls;
  return values[0] * 0.25;
}

int main(int count, char**) {
  std::printf("%s %g\n", name(), weight(std::vector<double>(count, 2.0)));
}
)";

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  text.replace(text.find(from), from.size(), to);
  return text;
}

// Programs, compiled by the compiler that compiled this test, each in a folder of its own.
class CoarseSignature : public ::testing::Test {
 public:
  // What it is made of is the same in each folder; the folder's path is not.
  path compile(const std::string& source, const std::string& options = "", const std::string& output = "program") {
    const path project = folder.path() / ("clone" + std::string(++compiled, 'x'));
    std::filesystem::create_directory(project);
    std::ofstream(project / "program.cc") << source;
    shell("cd '" + project.native() + "' && '" TEST_COMPILER "' -O1 -fmacro-prefix-map='" + project.native() + "'=. '" +
          (project / "program.cc").native() + "' -o " + output + " " + options);
    return project / output;
  }
  static void shell(const std::string& command) { ASSERT_EQ(std::system(command.c_str()), 0) << command; }

  SignedCode signature(const path& program, const std::vector<path>& libraries = {}, const path& project = {}) {
    auto read = coarse_signature(platform::real_file_system(), program, libraries, project);
    EXPECT_TRUE(read) << to_string(read.error());
    return read ? std::move(*read) : SignedCode();
  }
  Digest digest(const path& program) { return signature(program).digest; }
  Digest digest_of_source(const std::string& source, const std::string& options = "") {
    return digest(compile(source, options));
  }

  testing::TemporaryFolder folder;
  std::size_t compiled = 0;
};

TEST_F(CoarseSignature, IsTheSameForTheSameProgramInAnotherFolder) {
  EXPECT_EQ(digest_of_source(k_program), digest_of_source(k_program));
}

TEST_F(CoarseSignature, IsTheSameWithDebuggingInformationAndWhenThatIsStripped) {
  const Digest plain = digest_of_source(k_program);
  const path debug = compile(k_program, "-g");
  EXPECT_EQ(digest(debug), plain);
  shell("'" TEST_STRIP "' -g '" + debug.native() + "'");
  EXPECT_EQ(digest(debug), plain);
  shell("'" TEST_STRIP "' '" + debug.native() + "'");
  EXPECT_EQ(digest(debug), plain);
}

TEST_F(CoarseSignature, IsTheSameAfterAComment) {
  const Digest plain = digest_of_source(k_program);
  EXPECT_EQ(digest_of_source(std::string("// A comment.\n") + k_program + "// Another one.\n"), plain);
}

TEST_F(CoarseSignature, IsTheSameWhateverTheBuildIdIs) {
  EXPECT_EQ(digest_of_source(k_program, "-Wl,--build-id=0x0123456789abcdef0123456789abcdef01234567"),
            digest_of_source(k_program, "-Wl,--build-id=0xffffffffffffffffffffffffffffffffffffffff"));
}

TEST_F(CoarseSignature, ChangesWithEveryEditThatReachesTheProgram) {
  const std::string program = k_program;
  const std::vector<std::string> edits = {
      program,
      replaced(program, "0.25", "0.5"),                                 // a constant
      replaced(program, "\"first\"", "\"frist\""),                      // a string of the same length
      replaced(program, "* 0.25", "/ 0.25"),                            // an operation
      replaced(program, "calls = 0", "calls = 1"),                      // data
      replaced(program, "calls = 0;", "calls = 0; char zeros[4096];"),  // data that is all zeros
      replaced(program, "std::runtime_error", "std::logic_error"),      // which function of a library is called
      replaced(program, "int main", "__attribute__((constructor)) void start() { calls = 7; }\nint main"),
  };
  std::set<Digest> digests;
  for (const std::string& edit : edits) {
    EXPECT_TRUE(digests.insert(digest_of_source(edit)).second) << edit;
  }
}

TEST_F(CoarseSignature, ChangesWithTheCallOfAnotherLibraryFunctionOfTheSameType) {
  // The machine code is the same: only the name that the linker looks up differs.
  const auto source = [](const std::string& function) {
    return "#include <cmath>\nint main(int count, char**) { volatile double x = count; return int(" + function +
           "(x)); }";
  };
  EXPECT_NE(digest_of_source(source("std::exp"), "-lm"), digest_of_source(source("std::log"), "-lm"));
}

TEST_F(CoarseSignature, SaysThatItIsCoarseAndNamesTheProgram) {
  const path program = compile(k_program);
  const SignedCode read = signature(program);
  EXPECT_EQ(read.precision, Precision::coarse);
  ASSERT_EQ(read.parts.size(), 1U);
  EXPECT_EQ(read.parts[0].kind, "program");
  EXPECT_EQ(read.parts[0].name, "program");
  EXPECT_EQ(read.parts[0].size_bytes, std::filesystem::file_size(program));
  EXPECT_TRUE(read.parts[0].edges.empty());
  EXPECT_NE(read.note.find("as a whole"), std::string::npos);
  EXPECT_EQ(read.note.find("byte for byte"), std::string::npos);
}

// --- Libraries

TEST_F(CoarseSignature, TakesAProjectsLibraryByItsCode) {
  const path program = compile(k_program);
  const auto library = [&](const std::string& source, const std::string& options = "") {
    const path file = compile(source, "-shared -fPIC " + options, "libx.so");
    return signature(program, {file}, file.parent_path());
  };
  const std::string source = "extern \"C\" int f() { return 1; } extern \"C\" int g() { return 2; }";
  const SignedCode plain = library(source);
  ASSERT_EQ(plain.parts.size(), 2U);
  EXPECT_EQ(plain.parts[1].kind, "library");
  EXPECT_EQ(plain.parts[1].name, "libx.so");
  EXPECT_EQ(plain.parts[0].edges, std::vector<std::uint32_t>{1});
  EXPECT_EQ(library(source, "-g -Wl,--build-id=0x01").digest, plain.digest);

  const SignedCode edited = library(replaced(source, "return 2", "return 3"));
  EXPECT_NE(edited.digest, plain.digest);
  EXPECT_EQ(edited.parts[0], plain.parts[0]);
  // Names exchanged: the same code at the same places, found under the other name.
  const SignedCode exchanged = library("extern \"C\" int g() { return 1; } extern \"C\" int f() { return 2; }");
  EXPECT_NE(exchanged.digest, plain.digest);
}

TEST_F(CoarseSignature, TakesOtherLibrariesByTheirBuildId) {
  const path program = compile(k_program);
  const auto library = [&](const std::string& source, const std::string& options) {
    return signature(program, {compile(source, "-shared -fPIC " + options, "libx.so")}, folder.path() / "project");
  };
  const std::string id = "-Wl,--build-id=0x00112233445566778899";
  const SignedCode plain = library("int f() { return 1; }", id);
  EXPECT_EQ(plain.parts[1].kind, "foreign library");
  // Whoever set the same id says that it is the same library.
  EXPECT_EQ(library("int f() { return 2; }", id).digest, plain.digest);
  EXPECT_NE(library("int f() { return 1; }", "-Wl,--build-id=0x99112233445566778899").digest, plain.digest);
  EXPECT_NE(library("int f() { return 1; }", "-Wl,--build-id").digest,
            library("int f() { return 2; }", "-Wl,--build-id").digest);
}

TEST_F(CoarseSignature, TakesALibraryWithoutABuildIdByItsBytes) {
  const path program = compile(k_program);
  for (const std::string options : {"-Wl,--build-id=none", "-Wl,--build-id=0x01"}) {
    const auto library = [&](const std::string& source) {
      return signature(program, {compile(source, "-shared -fPIC " + options, "libx.so")}).digest;
    };
    EXPECT_EQ(library("int f() { return 1; }"), library("int f() { return 1; }"));
    EXPECT_NE(library("int f() { return 1; }"), library("int f() { return 2; }"));
  }
}

TEST_F(CoarseSignature, TakesALibraryWithRelocationsForTheProjectsOwnWhereverItLies) {
  const path program = compile(k_program);
  const auto library = [&](const std::string& source) {
    const std::string options = "-shared -fPIC -Wl,--emit-relocs -Wl,--build-id=0x00112233445566778899";
    return signature(program, {compile(source, options, "libx.so")});
  };
  EXPECT_EQ(library("int f() { return 1; }").parts[1].kind, "library");
  EXPECT_NE(library("int f() { return 1; }").digest, library("int f() { return 2; }").digest);
}

TEST_F(CoarseSignature, DependsOnWhichLibrariesThereAreAndInWhichOrder) {
  const path program = compile(k_program);
  const path one = compile("int f() { return 1; }", "-shared -fPIC", "libone.so");
  const path two = compile("int f() { return 2; }", "-shared -fPIC", "libtwo.so");
  EXPECT_NE(signature(program, {one, two}).digest, signature(program, {two, one}).digest);
  EXPECT_NE(signature(program, {one}).digest, signature(program).digest);
}

// --- Files that are none of this

class CoarseSignatureOfOtherFiles : public ::testing::Test {
 public:
  testing::ManualClock clock;
  testing::MemoryFileSystem files{clock};
};

TEST_F(CoarseSignatureOfOtherFiles, IsTheirDigestAndSaysSo) {
  std::set<Digest> digests;
  for (const std::string_view content : {"", "#!/bin/sh\necho 1\n", "#!/bin/sh\necho 2\n",
                                         "\x7f"
                                         "EL"}) {
    files.write("/program", content);
    const auto read = coarse_signature(files, "/program", {}, "/");
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_TRUE(digests.insert(read->digest).second);
    EXPECT_EQ(read->parts[0].size_bytes, content.size());
    EXPECT_NE(read->note.find("program cannot be read as a compiled program"), std::string::npos) << read->note;
  }
}

TEST_F(CoarseSignatureOfOtherFiles, IsAnErrorWhenTheyAreMissingOrUnreadable) {
  EXPECT_EQ(coarse_signature(files, "/program", {}, "/").error().code, ErrorCode::not_found);
  files.write("/program", "content", 0000);
  EXPECT_EQ(coarse_signature(files, "/program", {}, "/").error().code, ErrorCode::io);
  files.write("/script", "content");
  const auto missing = coarse_signature(files, "/script", {"/usr/lib/libx.so"}, "/");
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_EQ(missing.error().where, "/usr/lib/libx.so");
}

}  // namespace
}  // namespace stepcache::code_signature
