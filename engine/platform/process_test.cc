#include "platform/process.h"
#include "platform/loaded_code.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "platform/file_system.h"
#include "testing/temporary_folder.h"

namespace stepcache::platform {
namespace {

class ProcessTest : public ::testing::Test {
 protected:
  Command shell(const std::string& script) {
    Command command;
    command.arguments = {"sh", "-c", script};
    command.standard_output = output_;
    command.standard_error = error_;
    return command;
  }
  std::string text(const std::filesystem::path& name) {
    return read_whole(real_file_system(), name).value_or("(none)");
  }

  testing::TemporaryFolder folder_;
  std::filesystem::path output_ = folder_.path() / "output";
  std::filesystem::path error_ = folder_.path() / "error";
};

TEST_F(ProcessTest, RunsACommandFoundInThePath) {
  EXPECT_EQ(run_process(shell("echo out; echo err >&2; exit 3")).value().status, 3);
  EXPECT_EQ(text(output_), "out\n");
  EXPECT_EQ(text(error_), "err\n");
  ASSERT_TRUE(run_process(shell("echo anew")));
  EXPECT_EQ(text(output_), "anew\n");
}

TEST_F(ProcessTest, KeepsArgumentsApartWhateverIsInThem) {
  Command command;
  command.arguments = {"/usr/bin/printf", "%s|", "a b", "", "$HOME", "new\nline", "\xff", "'\""};
  command.standard_output = output_;
  ASSERT_TRUE(run_process(command));
  EXPECT_EQ(text(output_), "a b||$HOME|new\nline|\xff|'\"|");
}

TEST_F(ProcessTest, PutsBothStreamsInOneFileInTheOrderOfWriting) {
  Command command = shell("echo 1; echo 2 >&2; echo 3");
  command.standard_error = command.standard_output;
  ASSERT_TRUE(run_process(command));
  EXPECT_EQ(text(output_), "1\n2\n3\n");
}

TEST_F(ProcessTest, AddsAndReplacesVariables) {
  ::setenv("STEPCACHE_TEST_KEPT", "kept", 1);
  ::setenv("STEPCACHE_TEST_REPLACED", "old", 1);
  Command command =
      shell("echo $STEPCACHE_TEST_KEPT $STEPCACHE_TEST_REPLACED $STEPCACHE_TEST_NEW; env | grep -c REPLACED");
  command.environment = {{"STEPCACHE_TEST_REPLACED", "new"}, {"STEPCACHE_TEST_NEW", "a=b"}};
  ASSERT_TRUE(run_process(command));
  EXPECT_EQ(text(output_), "kept new a=b\n1\n");
  EXPECT_EQ(environment_variable("STEPCACHE_TEST_REPLACED"), "old") << "this process keeps its own";
  EXPECT_EQ(environment_variable("STEPCACHE_TEST_NEW"), std::nullopt);
}

TEST_F(ProcessTest, RunsInAnotherFolder) {
  Command command = shell("pwd");
  command.working_directory = folder_.path();
  const auto before = std::filesystem::current_path();
  ASSERT_TRUE(run_process(command));
  EXPECT_EQ(text(output_), folder_.path().native() + "\n");
  EXPECT_EQ(std::filesystem::current_path(), before);
}

TEST_F(ProcessTest, TellsASignalFromAnExit) {
  const ExitStatus killed = run_process(shell("kill -9 $$")).value();
  EXPECT_EQ(killed.signal, SIGKILL);
  EXPECT_EQ(killed.status, 128 + SIGKILL);
  const ExitStatus exited = run_process(shell("exit 137")).value();
  EXPECT_EQ(exited.signal, 0);
  EXPECT_EQ(exited.status, 137);
}

TEST_F(ProcessTest, NamesThePartOfTheCommandThatFailed) {
  Command missing;
  missing.arguments = {"no-such-program-here"};
  EXPECT_EQ(run_process(missing).error().code, ErrorCode::not_found);
  EXPECT_EQ(run_process(missing).error().where, "no-such-program-here");

  ASSERT_TRUE(replace_file(real_file_system(), folder_.path() / "data", as_bytes("no program"), 0644));
  Command data;
  data.arguments = {folder_.path() / "data"};
  EXPECT_EQ(run_process(data).error().code, ErrorCode::io);

  Command nowhere = shell("true");
  nowhere.working_directory = folder_.path() / "none";
  EXPECT_EQ(run_process(nowhere).error().code, ErrorCode::not_found);
  EXPECT_EQ(run_process(nowhere).error().where, (folder_.path() / "none").native());

  Command unwritable = shell("touch " + (folder_.path() / "ran").native());
  unwritable.standard_output = folder_.path() / "none" / "output";
  EXPECT_EQ(run_process(unwritable).error().where, (folder_.path() / "none" / "output").native());
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "ran")) << "what cannot be redirected is not run";

  EXPECT_FALSE(run_process(Command{}));
  Command cut;
  cut.arguments = {"echo", std::string("a\0b", 3)};
  EXPECT_EQ(run_process(cut).error().code, ErrorCode::io);
}

TEST_F(ProcessTest, StartsTheCommandWithTheUsualSignals) {
  sigset_t blocked;
  sigset_t before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const auto status = run_process(shell("kill -TERM $$; sleep 10"));
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(status.value().signal, SIGTERM);
}

TEST_F(ProcessTest, ReplacesTheProcess) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    Command command = shell("pwd; echo $STEPCACHE_TEST_NEW >&2; exit 7");
    command.environment = {{"STEPCACHE_TEST_NEW", "new"}};
    command.working_directory = folder_.path();
    (void)replace_process(command);
    ::_exit(99);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 7);
  EXPECT_EQ(text(output_), folder_.path().native() + "\n");
  EXPECT_EQ(text(error_), "new\n");
}

TEST_F(ProcessTest, IsAsItWasWhenItCouldNotBeReplaced) {
  const auto before = std::filesystem::current_path();
  Command command;
  command.arguments = {"no-such-program-here"};
  command.working_directory = folder_.path();
  command.standard_output = output_;
  command.standard_error = output_;
  EXPECT_EQ(replace_process(command).code, ErrorCode::not_found);
  EXPECT_EQ(std::filesystem::current_path(), before);
  EXPECT_EQ(::write(STDOUT_FILENO, "", 0), 0);
  ASSERT_EQ(::write(STDERR_FILENO, "(this line goes to the terminal, not to the file)\n", 50), 50);
  EXPECT_EQ(text(output_), "");
}

TEST(Process, KnowsItsOwnProgramWhateverItIsCalled) {
  EXPECT_EQ(program_path().value().filename(), "platform_test");
  EXPECT_TRUE(std::filesystem::equivalent(program_path().value(), "/proc/self/exe"));
}

TEST(Process, ReadsAsTheProgramThatRunsWhenItsFileWasReplaced) {
  const testing::TemporaryFolder folder;
  const auto copy = folder.path() / "program";
  std::filesystem::copy_file(program_path().value(), copy);
  // The copy runs the hidden test below, which replaces its own file.
  Command command;
  command.arguments = {copy, "--gtest_also_run_disabled_tests", "--gtest_filter=Process.DISABLED_ReplacesItsOwnFile"};
  command.environment = {{"STEPCACHE_TEST_OWN_FILE", copy}};
  command.standard_output = folder.path() / "output";
  EXPECT_EQ(run_process(command).value().status, 0)
      << read_whole(real_file_system(), folder.path() / "output").value_or("");
}

TEST(Process, DISABLED_ReplacesItsOwnFile) {
  const auto own = environment_variable("STEPCACHE_TEST_OWN_FILE");
  ASSERT_TRUE(own) << "to be started by the test above";
  ASSERT_EQ(program_path().value(), *own);
  const auto size = std::filesystem::file_size(*own);
  ASSERT_TRUE(replace_file(real_file_system(), *own, as_bytes("a rebuilt program"), 0755));
  const auto path = program_path().value();
  EXPECT_NE(path, *own);
  const auto file = real_file_system().open(path);
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->info().value().identity.size_bytes, size);
}

TEST(Process, ListsItsLibrariesByAbsolutePathWithoutItself) {
  const auto libraries = loaded_libraries();
  EXPECT_TRUE(std::any_of(libraries.begin(), libraries.end(),
                          [](const auto& path) { return path.filename().native().starts_with("libc.so"); }));
  for (const auto& library : libraries) {
    EXPECT_TRUE(library.is_absolute()) << library;
    EXPECT_TRUE(std::filesystem::exists(library)) << library;
    EXPECT_NE(library.filename(), "platform_test");
  }
}

TEST(Process, TellsAnUnsetVariableFromAnEmptyOne) {
  ::setenv("STEPCACHE_TEST_EMPTY", "", 1);
  ::unsetenv("STEPCACHE_TEST_UNSET");
  EXPECT_EQ(environment_variable("STEPCACHE_TEST_EMPTY"), "");
  EXPECT_EQ(environment_variable("STEPCACHE_TEST_UNSET"), std::nullopt);
}

TEST(Process, KnowsThisBoot) {
  EXPECT_EQ(boot_id(), boot_id());
  EXPECT_EQ(boot_id().find('\n'), std::string::npos);
  EXPECT_EQ(boot_id().size(), std::filesystem::exists("/proc/sys/kernel/random/boot_id") ? 36U : 0U);
  EXPECT_EQ(process_id(), ::getpid());
}

}  // namespace
}  // namespace stepcache::platform
