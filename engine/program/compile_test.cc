#include "program/compile.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "digest/sha256.h"
#include "platform/process.h"
#include "program/compiler.h"
#include "program/temporary_folder.h"
#include "program/user_arguments.h"

namespace stepcache::program {
namespace {

using Lines = std::vector<std::string>;

// The real clock, or later.
struct LaterClock : platform::Clock {
  std::int64_t later_ns = 0;
  std::int64_t wall_ns() override { return platform::real_clock().wall_ns() + later_ns; }
  std::int64_t monotonic_ns() override { return platform::real_clock().monotonic_ns() + later_ns; }
};

// Real compilations in a folder with a hostile name. The compiler is a script that logs what it is asked for, obeys a
// hook, and passes on to g++.
struct Compiling : ::testing::Test {
  TemporaryFolder folder;
  std::filesystem::path log = folder.path() / "log";
  std::filesystem::path compiler;
  std::filesystem::path sdk_file;
  std::filesystem::path source;
  LaterClock clock;

  void SetUp() override {
    compiler = write_compiler("compiler");
    folder.write("sdk/include/sdk.h", "#pragma once\nint sdk_answer();\n#define SDK_NUMBER 1\n");
    sdk_file = folder.write("sdk/lib/stepcache/sdk.json",
                            R"({"schema": "stepcache.sdk/1", "version": "1", "compile": ["-I${prefix}/include"],
                                "link": ["${prefix}/lib/libsdk.a"]})");
    write_archive("sdk/lib/libsdk.a", "int sdk_answer() { return 40; }\n");
    folder.write("project/number.h", "inline int number() { return 2; }\n");
    source = folder.write("project/pipeline.cpp",
                          "#include <sdk.h>\n#include \"number.h\"\n#include <cstdio>\n"
                          "int main() { std::printf(\"%d %s\\n\", sdk_answer() + number(), __FILE__); }\n");
  }

  std::filesystem::path write_compiler(const std::string& name) {
    return folder.write_program(name, R"(#!/bin/sh
here=$(dirname "$0"; echo x); here=${here%?x}
what=link; previous=; output=
for argument in "$@"; do
  case "$argument" in --version) what=version;; -c) what=compile;; esac
  [ "$previous" = -c ] && file=$(basename "$argument")
  [ "$previous" = -o ] && output=$argument
  previous=$argument
done
[ $what = version ] && { cat "$here/version" 2>/dev/null || echo "compiler 1"; exit; }
echo "$what${file:+ $file}" >> "$here/log"
[ -e "$here/hook" ] && . "$here/hook"
exec g++ "$@"
)");
  }

  void write_archive(const std::string& name, const std::string& code) {
    const auto file = folder.write("archive.cpp", code);
    const auto object = folder.path() / "archive.o";
    const auto archive = folder.path() / name;
    std::filesystem::remove(archive);
    ASSERT_EQ(run({"g++", "-c", file.string(), "-o", object.string()}), "");
    ASSERT_EQ(run({"ar", "rcD", archive.string(), object.string()}), "");
  }

  // What a command prints; a failure when it fails.
  std::string run(std::vector<std::string> arguments) {
    platform::Command command;
    command.arguments = std::move(arguments);
    command.standard_output = folder.path() / "printed";
    const auto status = platform::run_process(command);
    EXPECT_TRUE(status && status->status == 0);
    return TemporaryFolder::read(command.standard_output);
  }

  Result<CompiledProgram> compile(const std::vector<std::string>& arguments = {}) {
    return compile_file(source, arguments);
  }
  Result<CompiledProgram> compile_file(const std::filesystem::path& file,
                                       const std::vector<std::string>& arguments = {}) {
    auto sdk = read_sdk(platform::real_file_system(), sdk_file);
    EXPECT_TRUE(sdk);
    auto locks = platform::open_lock_file(folder.path() / "locks");
    EXPECT_TRUE(locks);
    const CompileContext context{platform::real_file_system(),
                                 clock,
                                 **locks,
                                 1,
                                 std::chrono::milliseconds(60'000),
                                 folder.path() / "workspace/programs",
                                 *std::move(sdk),
                                 compiler.string(),
                                 platform::environment_variable("PATH").value_or("/usr/bin")};
    return compile_program(context, file, arguments);
  }

  // Compiles with success and gives what the compiler was asked for.
  Lines compiled(const std::vector<std::string>& arguments = {}) {
    std::filesystem::remove(log);
    const auto program = compile(arguments);
    EXPECT_TRUE(program) << to_string(program.error());
    if (program) {
      last = *program;
      EXPECT_EQ(program->linked || !program->compiled.empty(), !program->reason.empty());
    }
    return logged();
  }
  Lines logged() const {
    std::istringstream in(TemporaryFolder::read(log));
    Lines lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }
  void hook(const std::string& script) { folder.write("hook", script); }
  void no_hook() { std::filesystem::remove(folder.path() / "hook"); }

  CompiledProgram last;
};

const Lines k_nothing = {};
const Lines k_all = {"compile pipeline.cpp", "link"};

TEST_F(Compiling, MakesAProgramThatRuns) {
  EXPECT_EQ(compiled(), k_all);
  EXPECT_EQ(run({last.path.string()}), "42 pipeline.cpp\n");
  EXPECT_EQ(last.compiled, std::vector{source});
  EXPECT_TRUE(last.linked);
  EXPECT_EQ(last.reason, "it had not been compiled yet");
}

TEST_F(Compiling, IsNotDoneAgainWithoutNeed) {
  compiled();
  EXPECT_EQ(compiled(), k_nothing);
  EXPECT_TRUE(last.compiled.empty());
  EXPECT_FALSE(last.linked);
}

TEST_F(Compiling, IsNotDoneAgainForTouchedOrRewrittenFiles) {
  compiled();
  for (const char* name :
       {"project/pipeline.cpp", "project/number.h", "sdk/include/sdk.h", "sdk/lib/libsdk.a", "compiler"}) {
    const auto file = folder.path() / name;
    std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now());
    EXPECT_EQ(compiled(), k_nothing) << name;
    std::filesystem::rename(file, file.string() + ".away");
    std::filesystem::copy_file(file.string() + ".away", file);
    EXPECT_EQ(compiled(), k_nothing) << name;
  }
  folder.write("project/unrelated.h", "#error never read\n");
  EXPECT_EQ(compiled(), k_nothing);
}

TEST_F(Compiling, IsDoneAgainForAChangedSource) {
  compiled();
  folder.write("project/pipeline.cpp", TemporaryFolder::read(source) + "int more;\n");
  EXPECT_EQ(compiled(), k_all);
  EXPECT_EQ(last.reason, source.string() + " changed");
  EXPECT_EQ(compiled(), k_nothing);
}

TEST_F(Compiling, DoesNotLinkWhenTheObjectCameOutTheSame) {
  compiled();
  folder.write("project/pipeline.cpp", TemporaryFolder::read(source) + "// a comment\n");
  EXPECT_EQ(compiled(), Lines{"compile pipeline.cpp"});
  EXPECT_EQ(compiled(), k_nothing);
  EXPECT_EQ(run({last.path.string()}), "42 pipeline.cpp\n");
}

TEST_F(Compiling, IsDoneAgainForAChangedHeaderOfTheSameSizeAndTime) {
  compiled();
  const auto header = folder.path() / "project/number.h";
  const auto time = std::filesystem::last_write_time(header);
  folder.write("project/number.h", "inline int number() { return 3; }\n");
  std::filesystem::last_write_time(header, time);
  EXPECT_EQ(compiled(), k_all);
  EXPECT_EQ(run({last.path.string()}), "43 pipeline.cpp\n");
}

TEST_F(Compiling, IsDoneAgainForAChangedHeaderOfTheSdkOrTheSystem) {
  folder.write("system/far.h", "inline int far_away() { return 1; }\n");
  folder.write("project/pipeline.cpp", "#include <far.h>\n" + TemporaryFolder::read(source));
  const std::vector<std::string> arguments = {"-isystem", (folder.path() / "system").string()};
  compiled(arguments);
  folder.write("system/far.h", "inline int far_away() { return 2; }\nint far_variable;\n");
  EXPECT_EQ(compiled(arguments), k_all);
  folder.write("sdk/include/sdk.h", "#pragma once\nint sdk_answer();\n#define SDK_NUMBER 2\n");
  EXPECT_EQ(compiled(arguments), Lines{"compile pipeline.cpp"});
}

TEST_F(Compiling, CompilesOnlyTheSourcesThatAChangeReaches) {
  folder.write("project/pipeline.cpp", "int more();\nint main() { return more(); }\n");
  const auto more = folder.write("project/more.cpp", "#include \"number.h\"\nint more() { return number(); }\n");
  const std::vector<std::string> arguments = {more.string()};
  EXPECT_EQ(compiled(arguments), (Lines{"compile pipeline.cpp", "compile more.cpp", "link"}));
  folder.write("project/number.h", "inline int number() { return 3; }\n");
  EXPECT_EQ(compiled(arguments), (Lines{"compile more.cpp", "link"}));
  EXPECT_EQ(last.compiled, std::vector{more});
  EXPECT_EQ(compiled(arguments), k_nothing);
}

TEST_F(Compiling, KeepsAProgramForEachSetOfArguments) {
  compiled({"-DX=1"});
  const auto first = last.path;
  EXPECT_EQ(compiled({"-DX=2"}), k_all);
  EXPECT_NE(last.path, first);
  EXPECT_EQ(compiled({"-DX=1"}), k_nothing);
  EXPECT_EQ(last.path, first);
}

TEST_F(Compiling, IsDoneAgainForAnotherCompilerOrVersion) {
  compiled();
  folder.write("version", "compiler 2");
  EXPECT_EQ(compiled(), k_all);
  EXPECT_EQ(compiled(), k_nothing);
  compiler = write_compiler("other_compiler");
  EXPECT_EQ(compiled(), k_all);
  folder.write_program("other_compiler", TemporaryFolder::read(compiler) + "# patched\n");
  EXPECT_EQ(compiled(), k_all);
  EXPECT_EQ(compiled(), k_nothing);
}

TEST_F(Compiling, IsDoneAgainForAChangedSdkDescriptionAndOnlyLinkedForItsArchive) {
  compiled();
  write_archive("sdk/lib/libsdk.a", "int sdk_answer() { return 50; }\n");
  EXPECT_EQ(compiled(), Lines{"link"});
  EXPECT_EQ(run({last.path.string()}), "52 pipeline.cpp\n");
  folder.write("sdk/lib/stepcache/sdk.json", TemporaryFolder::read(sdk_file) + "\n");
  EXPECT_EQ(compiled(), k_all);
  EXPECT_EQ(compiled(), k_nothing);
}

TEST_F(Compiling, AsksForTheLinkerOnceAndGivesItWhatTheSdkHasForIt) {
  folder.write("sdk/lib/stepcache/bfd.ld", "SECTIONS { .of_bfd : { *(.of_bfd) } } INSERT AFTER .rodata;\n");
  folder.write("sdk/lib/stepcache/sdk.json",
               R"({"schema": "stepcache.sdk/1", "version": "1", "compile": ["-I${prefix}/include"],
                   "link": ["${prefix}/lib/libsdk.a"],
                   "linkers": {"bfd": ["-Wl,--emit-relocs", "-T${prefix}/lib/stepcache/bfd.ld"], "other": []}})");
  const Lines asked_and_all = {"link", "compile pipeline.cpp", "link"};
  EXPECT_EQ(compiled({"-fuse-ld=bfd"}), asked_and_all);
  EXPECT_NE(TemporaryFolder::read(last.path).find(".rela.text"), std::string::npos);
  EXPECT_EQ(compiled({"-fuse-ld=bfd"}), k_nothing);
  // The linker's script is a part of the program.
  folder.write("sdk/lib/stepcache/bfd.ld", "SECTIONS { .of_linker : { *(.of_linker) } } INSERT AFTER .rodata;\n");
  EXPECT_EQ(compiled({"-fuse-ld=bfd"}), Lines{"link"});
  // One that it has nothing for.
  EXPECT_EQ(compiled({"-fuse-ld=gold"}), asked_and_all);
  EXPECT_EQ(TemporaryFolder::read(last.path).find(".rela.text"), std::string::npos);
}

TEST_F(Compiling, LinksAgainForALibraryThatTheLinkerFound) {
  folder.write("libs/placeholder", "");
  write_archive("libs/libextra.a", "int extra() { return 1; }\n");
  folder.write("project/pipeline.cpp", "int extra();\nint main() { return extra() - 1; }\n");
  const std::vector<std::string> arguments = {"-L" + (folder.path() / "libs").string(), "-lextra"};
  EXPECT_EQ(compiled(arguments), k_all);
  write_archive("libs/libextra.a", "int extra() { return 1 + 0 * 7; }\nint other;\n");
  EXPECT_EQ(compiled(arguments), Lines{"link"});
  EXPECT_EQ(compiled(arguments), k_nothing);
}

TEST_F(Compiling, IsDoneAgainForAVariableThatCompilersHeed) {
  compiled();
  ::setenv("CPATH", (folder.path() / "sdk/include").c_str(), 1);
  EXPECT_EQ(compiled(), Lines({"compile pipeline.cpp", "link"}));
  ::unsetenv("CPATH");
  ::setenv("SOMETHING_ELSE", "1", 1);
  compiled();
  EXPECT_EQ(compiled(), k_nothing);
  ::unsetenv("SOMETHING_ELSE");
}

TEST_F(Compiling, GivesTheSameBytesInAnotherFolder) {
  compiled();
  const std::string here = TemporaryFolder::read(last.path);
  std::filesystem::rename(folder.path() / "project", folder.path() / "another project");
  source = folder.path() / "another project/pipeline.cpp";
  EXPECT_EQ(compiled(), k_all);
  EXPECT_EQ(TemporaryFolder::read(last.path), here);
}

TEST_F(Compiling, NamesTheSourceThatDoesNotCompileAndKeepsTheProgramBefore) {
  compiled();
  const auto program = last.path;
  const std::string good = TemporaryFolder::read(source);
  folder.write("project/pipeline.cpp", good + "nonsense\n");
  ::testing::internal::CaptureStderr();
  const auto failed = compile();
  const std::string messages = ::testing::internal::GetCapturedStderr();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(failed.error().where, source.string());
  EXPECT_NE(messages.find("nonsense"), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(program));
  folder.write("project/pipeline.cpp", good);
  EXPECT_EQ(compiled(), k_nothing);
}

TEST_F(Compiling, KeepsWhatDidCompileWhenAnotherSourceDoesNot) {
  const auto more = folder.write("project/more.cpp", "nonsense\n");
  const std::vector<std::string> arguments = {more.string()};
  ::testing::internal::CaptureStderr();
  const auto failed = compile(arguments);
  ::testing::internal::GetCapturedStderr();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().where, more.string());
  folder.write("project/more.cpp", "int mended;\n");
  EXPECT_EQ(compiled(arguments), (Lines{"compile more.cpp", "link"}));
}

TEST_F(Compiling, NeverServesTheOldProgramForObjectsThatItWasNotLinkedOf) {
  folder.write("project/pipeline.cpp", "int more();\nint main() { return more(); }\n");
  const auto more = folder.write("project/more.cpp", "int more() { return 0; }\n");
  const std::vector<std::string> arguments = {more.string()};
  compiled(arguments);
  folder.write("project/pipeline.cpp", "int more();\nint main() { return more() + 1; }\n");
  folder.write("project/more.cpp", "nonsense\n");
  ::testing::internal::CaptureStderr();
  EXPECT_FALSE(compile(arguments));
  ::testing::internal::GetCapturedStderr();
  folder.write("project/more.cpp", "int more() { return 0; }\n");  // as it was; the other source is not
  EXPECT_EQ(compiled(arguments), Lines{"link"});
  platform::Command command;
  command.arguments = {last.path.string()};
  EXPECT_EQ(platform::run_process(command)->status, 1);
}

TEST_F(Compiling, ReadsAgainOnceWhatWasFreshWhenItWasBuilt) {
  compiled();
  const auto record = last.path.parent_path() / "build.json";
  const std::string fresh = TemporaryFolder::read(record);
  clock.later_ns = 10'000'000'000;
  EXPECT_EQ(compiled(), k_nothing);
  EXPECT_NE(TemporaryFolder::read(record), fresh);
  const std::string before = TemporaryFolder::read(record);
  folder.write("project/number.h",
               TemporaryFolder::read(folder.path() / "project/number.h"));  // the same, at another time
  EXPECT_EQ(compiled(), k_nothing);
  const std::string settled = TemporaryFolder::read(record);
  EXPECT_NE(settled, before);
  // From now on the identity suffices: content that changed behind it is not looked at, and nothing is written.
  std::string forged = settled;
  const auto at = forged.find(sha256(TemporaryFolder::read(source)).hex());
  ASSERT_NE(at, std::string::npos);
  forged[at] = forged[at] == '0' ? '1' : '0';
  std::ofstream(record, std::ios::binary | std::ios::trunc) << forged;
  EXPECT_EQ(compiled(), k_nothing);
  EXPECT_EQ(TemporaryFolder::read(record), forged);
}

TEST_F(Compiling, NamesTheSourceThatDoesNotLink) {
  folder.write("project/pipeline.cpp", "int nowhere();\nint main() { return nowhere(); }\n");
  ::testing::internal::CaptureStderr();
  const auto failed = compile();
  EXPECT_NE(::testing::internal::GetCapturedStderr().find("nowhere"), std::string::npos);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::invalid_argument);
  EXPECT_NE(failed.error().message.find("does not link"), std::string::npos);
  ::testing::internal::CaptureStderr();
  std::filesystem::remove(log);
  EXPECT_FALSE(compile());
  ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(logged(), Lines{"link"});  // what did compile is not compiled again
}

TEST_F(Compiling, ThatIsInterruptedLeavesNothingThatLooksCurrent) {
  // Killed while the object, then while the program was being written: half of it is there, as the output's name says.
  for (const char* when : {"compile", "link"}) {
    folder.write("project/number.h",
                 "inline int number() { return " + std::to_string(std::string(when).size()) + "; }\n");
    hook("if [ $what = " + std::string(when) + " ]; then echo half > \"$output\"; kill -9 $$; fi\n");
    EXPECT_FALSE(compile());
    EXPECT_FALSE(compile()) << "an interrupted build looked current";
    no_hook();
    const Lines again = compiled();
    EXPECT_EQ(again.back(), "link");
    EXPECT_EQ(run({last.path.string()}), std::to_string(40 + std::string(when).size()) + " pipeline.cpp\n");
    EXPECT_EQ(compiled(), k_nothing);
  }
}

TEST_F(Compiling, MendsADamagedProgramObjectOrRecord) {
  compiled();
  const auto made = last.path.parent_path();
  std::filesystem::resize_file(last.path, 100);
  EXPECT_EQ(compiled(), Lines{"link"});
  std::filesystem::remove(last.path);
  EXPECT_EQ(compiled(), Lines{"link"});
  std::filesystem::resize_file(made / "0.o", 10);
  EXPECT_EQ(compiled(), k_nothing);  // nothing needs it now
  std::filesystem::remove(last.path);
  EXPECT_EQ(compiled(), k_all);
  std::filesystem::resize_file(made / "build.json", 100);
  EXPECT_EQ(compiled(), k_all);
  EXPECT_EQ(compiled(), k_nothing);
  EXPECT_EQ(run({last.path.string()}), "42 pipeline.cpp\n");
}

TEST_F(Compiling, OfSeveralAtOnceIsDoneOnce) {
  hook("sleep 0.2\n");
  std::vector<std::thread> others;
  std::vector<std::string> errors(4);
  others.reserve(errors.size());
  for (std::string& error : errors) {
    others.emplace_back([this, &error] {
      const auto program = compile();
      if (!program) error = to_string(program.error());
    });
  }
  for (std::thread& other : others) other.join();
  for (const std::string& error : errors) EXPECT_EQ(error, "");
  EXPECT_EQ(logged(), k_all);
}

TEST_F(Compiling, StartsAnewWhenAHeaderChangesMeanwhile) {
  // The edit comes when the compiler has read the old header; it happens once.
  hook(
      "if [ $what = compile ] && [ ! -e \"$here/edited\" ]; then\n"
      "  g++ \"$@\" || exit\n"
      "  echo 'inline int number() { return 5; }' > \"$here/project/number.h\"; touch \"$here/edited\"; exit 0\n"
      "fi\n");
  EXPECT_EQ(compiled(), (Lines{"compile pipeline.cpp", "compile pipeline.cpp", "link"}));
  EXPECT_EQ(run({last.path.string()}), "45 pipeline.cpp\n");
}

TEST_F(Compiling, OfWhatKeepsChangingIsNeverTakenForCurrent) {
  hook("if [ $what = compile ]; then g++ \"$@\"; echo '//' >> \"$here/project/number.h\"; exit 0; fi\n");
  EXPECT_EQ(compiled(), (Lines{"compile pipeline.cpp", "compile pipeline.cpp", "compile pipeline.cpp", "link"}));
  no_hook();
  EXPECT_EQ(compiled(), Lines{"compile pipeline.cpp"});
  EXPECT_EQ(compiled(), k_nothing);
}

TEST_F(Compiling, TellsARelativeArgumentOfOneFolderFromThatOfAnother) {
  folder.write("one/which.h", "#define WHICH 1\n");
  folder.write("two/which.h", "#define WHICH 2\n");
  folder.write("project/pipeline.cpp",
               "#include <which.h>\n#include <cstdio>\nint main() { std::printf(\"%d\", WHICH); }\n");
  const auto before = std::filesystem::current_path();
  for (const char* name : {"one", "two"}) {
    std::filesystem::current_path(folder.path() / name);
    EXPECT_EQ(compiled({"-I."}), k_all);
    EXPECT_EQ(run({last.path.string()}), name == std::string("one") ? "1" : "2");
  }
  std::filesystem::current_path(before);
}

TEST_F(Compiling, DoesNotCareForTheWorkingDirectoryOtherwise) {
  compiled({"-O1", "-lm"});
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path() / "project");
  EXPECT_EQ(compiled({"-O1", "-lm"}), k_nothing);
  std::filesystem::current_path(before);
}

TEST_F(Compiling, TakesNamesOfAnyBytes) {
  source = folder.write("project/naïve \xff 'q' \"d\"\n.cpp", "#include \"h \xfe.h\"\nint main() { return f(); }\n");
  folder.write("project/h \xfe.h", "inline int f() { return 0; }\n");
  EXPECT_EQ(compiled().size(), 3U);  // the log's line for the source is two, for its newline
  EXPECT_EQ(compiled(), k_nothing);
  folder.write("project/h \xfe.h", "inline int f() { return 1; }\n");
  EXPECT_EQ(compiled().size(), 3U);
}

TEST_F(Compiling, SaysWhatIsMissing) {
  compiler = "no_such_compiler_anywhere";
  auto failed = compile();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::not_found);
  EXPECT_NE(failed.error().message.find("apt install g++"), std::string::npos);
  EXPECT_EQ(compile_file(folder.path() / "missing.cpp").error().code, ErrorCode::not_found);
  EXPECT_EQ(compile_file(folder.write("a.txt", "")).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(logged(), k_nothing);
}

TEST_F(Compiling, TakesACompilerOfSeveralWords) {
  const auto found =
      find_compiler(platform::real_file_system(), "env g++ -pipe", "/usr/bin:/bin", {}, 0, folder.path() / "scratch");
  ASSERT_TRUE(found) << to_string(found.error());
  EXPECT_EQ(found->command, (std::vector<std::string>{"/usr/bin/env", "g++", "-pipe"}));
  EXPECT_EQ(found->identity.files.size(), 2U);
  EXPECT_FALSE(found->identity.version.empty());
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "scratch"));
}

TEST_F(Compiling, AsksACompilerThatIsKnownByItsContentForNothing) {
  auto& files = platform::real_file_system();
  const auto scratch = folder.path() / "scratch";
  auto known = find_compiler(files, "g++", "/usr/bin:/bin", {}, INT64_MAX / 2, scratch);
  ASSERT_TRUE(known);
  known->identity.version = "remembered";
  const auto again = find_compiler(files, "g++", "/usr/bin:/bin", known->identity, INT64_MAX / 2, scratch);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->identity.version, "remembered");
  known->identity.files[0].digest = Digest();
  known->identity.files[0].settled = false;
  EXPECT_NE(find_compiler(files, "g++", "/usr/bin:/bin", known->identity, INT64_MAX / 2, scratch)->identity.version,
            "remembered");
}

TEST_F(Compiling, SortsTheUsersArguments) {
  auto& files = platform::real_file_system();
  const auto more = folder.write("more.cpp", "");
  const auto library = folder.write("lib.a", "");
  const auto sorted =
      sort_arguments(files, {"-Iinclude", "-D", "X=1", "-lz", more.string(), "-pthread", library.string(), "-Xlinker",
                             "--as-needed", "-Wall", more.string(), "-Wl,-z,now"});
  ASSERT_TRUE(sorted) << to_string(sorted.error());
  EXPECT_EQ(sorted->sources, std::vector{more});
  EXPECT_EQ(sorted->compile, (std::vector<std::string>{"-Iinclude", "-D", "X=1", "-pthread", "-Wall"}));
  EXPECT_EQ(sorted->link,
            (std::vector<std::string>{"-lz", "-pthread", library.string(), "-Xlinker", "--as-needed", "-Wl,-z,now"}));
  EXPECT_EQ(sorted->link_files, std::vector{library});
  EXPECT_TRUE(sorted->relative);
  EXPECT_FALSE(sort_arguments(files, {"-I/usr/include", "-O3", more.string()})->relative);
  for (const char* refused : {"-o", "-ofile", "-c", "-MMD", "-x", "-E", "-shared", "-"}) {
    const auto no = sort_arguments(files, {refused});
    ASSERT_FALSE(no) << refused;
    EXPECT_EQ(no.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(no.error().where, refused);
  }
  EXPECT_EQ(sort_arguments(files, {"-I"}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(sort_arguments(files, {"missing.cpp"}).error().code, ErrorCode::not_found);
  EXPECT_EQ(sort_arguments(files, {"old.c"}).error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace stepcache::program
