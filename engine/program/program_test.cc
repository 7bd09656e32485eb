#include "program/program.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "platform/file_system.h"
#include "program/temporary_folder.h"

namespace stepcache::program {
namespace {

struct Programs : ::testing::Test {
  TemporaryFolder folder;

  Result<Program> find(const std::filesystem::path& path) { return find_program(platform::real_file_system(), path); }
  void expect_refused(const std::filesystem::path& path, ErrorCode code, const std::string& because) {
    const auto found = find(path);
    ASSERT_FALSE(found) << path;
    EXPECT_EQ(found.error().code, code);
    EXPECT_EQ(exit_status(found.error().code), 2);
    EXPECT_NE(found.error().message.find(because), std::string::npos) << found.error().message;
    EXPECT_EQ(found.error().where, path.string());
  }
};

TEST_F(Programs, AreToldApartByEndingAndContent) {
  EXPECT_EQ(find(folder.write("a.cpp", "int main() {}"))->kind, ProgramKind::cpp_source);
  EXPECT_EQ(find(folder.write("a.cc", ""))->kind, ProgramKind::cpp_source);
  EXPECT_EQ(find(folder.write("a.py", ""))->kind, ProgramKind::python);
  EXPECT_EQ(find(folder.write_program("b.py", "#!/usr/bin/env python3\n"))->kind, ProgramKind::python);
  EXPECT_EQ(find(folder.write_program("script", "#!/bin/sh\n"))->kind, ProgramKind::executable);
  EXPECT_EQ(find("/bin/sh")->kind, ProgramKind::executable);
}

TEST_F(Programs, HaveAbsolutePathsWithoutDots) {
  const auto file = folder.write("a.cpp", "");
  EXPECT_EQ(find(folder.path() / "." / "a.cpp")->path, file);
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  EXPECT_EQ(find("./a.cpp")->path, file);
  EXPECT_EQ(find("a.cpp")->path, file);
  std::filesystem::current_path(before);
}

TEST_F(Programs, AreRefusedWithAReasonWhenTheyAreNone) {
  expect_refused(folder.path() / "missing.cpp", ErrorCode::not_found, "no such file");
  expect_refused(folder.path(), ErrorCode::invalid_argument, "folder");
  expect_refused(folder.write("notes.txt", "hello"), ErrorCode::invalid_argument, "neither");
  expect_refused(folder.write("empty", ""), ErrorCode::invalid_argument, "neither");
  expect_refused(folder.write("steps.h", ""), ErrorCode::invalid_argument, "header");
  expect_refused(folder.write("script", "#!/bin/sh\n"), ErrorCode::invalid_argument, "chmod +x");
  expect_refused(folder.write("elf",
                              "\x7f"
                              "ELF..."),
                 ErrorCode::invalid_argument, "chmod +x");
  expect_refused("/dev/null", ErrorCode::invalid_argument, "regular");
  EXPECT_EQ(find("").error().code, ErrorCode::invalid_argument);
}

TEST_F(Programs, StartWithTheirArgumentsInPlaceOfThisProcess) {
  const auto script = folder.write_program(
      "script", "#!/bin/sh\n[ \"$1\" = run ] && [ \"$2\" = \"two words\" ] && [ $# = 2 ] && exit 7\n");
  EXPECT_EXIT((void)start_program({ProgramKind::executable, script}, {"run", "two words"}),
              ::testing::ExitedWithCode(7), "");
}

TEST_F(Programs, InPythonAreGivenToPython3) {
  const auto file = folder.write("a.py", "import sys\nsys.exit(9 if sys.argv[1:] == ['run', '--x'] else 1)\n");
  EXPECT_EXIT((void)start_program({ProgramKind::python, file}, {"run", "--x"}), ::testing::ExitedWithCode(9), "");
}

TEST_F(Programs, ThatCannotStartSayWhy) {
  EXPECT_EQ(start_program({ProgramKind::executable, folder.path() / "missing"}, {}).code, ErrorCode::not_found);
  EXPECT_EQ(start_program({ProgramKind::cpp_source, folder.write("a.cpp", "")}, {}).code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace stepcache::program
