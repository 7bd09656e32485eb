#include "workspace/workspace.h"

#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "workspace/history.h"
#include "workspace/nearest_name.h"
#include "workspace/settings.h"
#include "workspace/workspace_fixture.h"

namespace stepcache::workspace {
namespace {

namespace fs = std::filesystem;

Error error_of(const Result<Workspace>& opened) { return opened ? Error{} : opened.error(); }

TEST_F(WorkspaceTest, MakesAPrivateFolderThatOtherToolsLeaveAlone) {
  (void)open();
  struct stat info{};
  ASSERT_EQ(::stat(stepcache().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0700U);
  for (const char* name : {"objects", "tmp", "logs", "format", ".gitignore", "CACHEDIR.TAG", "metadata.db", "locks"}) {
    EXPECT_TRUE(fs::exists(stepcache() / name)) << name;
  }
}

TEST_F(WorkspaceTest, IsMadeOnceWhenSeveralMakeItAtOnce) {
  constexpr int k_rounds = 20;
  for (int round = 0; round < k_rounds; ++round) {
    const fs::path made = folder / ("round" + std::to_string(round)) / ".stepcache";
    std::atomic<int> opened = 0;
    {
      std::vector<std::jthread> threads;
      threads.reserve(4);
      for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
          if (Workspace::open(made, Access::write)) ++opened;
        });
      }
    }
    EXPECT_EQ(opened, 4);
    EXPECT_EQ(std::distance(fs::directory_iterator(made.parent_path()), fs::directory_iterator()), 1);
  }
}

TEST_F(WorkspaceTest, IsNotMadeByReaders) {
  const auto opened = Workspace::open(stepcache(), Access::read);
  EXPECT_EQ(error_of(opened).code, ErrorCode::not_found);
  EXPECT_FALSE(fs::exists(stepcache()));
}

TEST_F(WorkspaceTest, RefusesANewerFormatAndTouchesNothing) {
  (void)open();
  std::ofstream(stepcache() / "format") << "stepcache workspace 7\n";
  const auto opened = Workspace::open(stepcache(), Access::write);
  EXPECT_EQ(error_of(opened).code, ErrorCode::unsupported_format);
  EXPECT_NE(error_of(opened).message.find("format 7"), std::string::npos);
  EXPECT_EQ(exit_status(error_of(opened).code), 3);
}

TEST_F(WorkspaceTest, RefusesAFileAndAForeignFolder) {
  write(".stepcache", "a file");
  EXPECT_EQ(error_of(Workspace::open(stepcache(), Access::write)).code, ErrorCode::invalid_argument);
  fs::create_directory(folder / "foreign");
  write("foreign/something", "x");
  EXPECT_EQ(error_of(Workspace::open(folder / "foreign", Access::write)).code, ErrorCode::unsupported_format);
  EXPECT_FALSE(fs::exists(folder / "foreign/objects"));
}

TEST_F(WorkspaceTest, RefusesToRunWhereOthersCanWriteButStillReads) {
  (void)open();
  ::chmod(stepcache().c_str(), 0777);
  EXPECT_EQ(error_of(Workspace::open(stepcache(), Access::write)).code, ErrorCode::invalid_argument);
  EXPECT_TRUE(Workspace::open(stepcache(), Access::read));
}

TEST_F(WorkspaceTest, MarksARunInterruptedWhoseOwnerDied) {
  metadata::RunId dead = 0;
  {
    Workspace workspace = open();
    metadata::NewRun run;
    run.run.pipeline = "dead";
    dead = *workspace.metadata().begin_run(run);
    const auto lock =
        workspace.locks().try_lock(k_run_locks + static_cast<std::uint64_t>(dead), platform::LockKind::exclusive);
    ASSERT_TRUE(lock);
    Workspace other = open();
    EXPECT_EQ(other.metadata().run(dead)->status, metadata::RunStatus::running);
  }
  Workspace workspace = open();
  EXPECT_EQ(workspace.metadata().run(dead)->status, metadata::RunStatus::interrupted);
}

TEST_F(WorkspaceTest, IsTheNearestOneUpward) {
  auto& files = platform::real_file_system();
  fs::create_directories(folder / "a/b");
  EXPECT_EQ(locate(files, "", folder / "a/b"), folder / "a/b/.stepcache");
  fs::create_directory(stepcache());
  EXPECT_EQ(locate(files, "", folder / "a/b"), stepcache());
  EXPECT_EQ(locate(files, "elsewhere", folder / "a"), folder / "a/elsewhere");
  ::setenv("STEPCACHE_WORKSPACE", "/of/the/environment", 1);
  EXPECT_EQ(locate(files, "", folder / "a"), "/of/the/environment");
  EXPECT_EQ(locate(files, "/named", folder / "a"), "/named");
  ::unsetenv("STEPCACHE_WORKSPACE");
}

class SettingsTest : public WorkspaceTest {
 public:
  SettingsTest() {
    fs::create_directories(folder / "config/stepcache");
    ::setenv("XDG_CONFIG_HOME", (folder / "config").c_str(), 1);
  }
  ~SettingsTest() override {
    ::unsetenv("XDG_CONFIG_HOME");
    ::unsetenv("STEPCACHE_COLOR");
  }
  Result<LoadedSettings> load(const std::map<std::string, std::string>& overrides = {}) {
    return load_settings(platform::real_file_system(), folder, overrides);
  }
  static std::string origin(const LoadedSettings& loaded, const std::string& name) {
    for (const SettingOrigin& setting : loaded.origins) {
      if (setting.name == name) return setting.value + " from " + setting.origin;
    }
    return "none";
  }
};

TEST_F(SettingsTest, TakesTheStrongestOrigin) {
  EXPECT_EQ(origin(*load(), "color"), "auto from default");
  write("config/stepcache/config.toml", "[settings]\ncolor = \"never\"\nkeep_runs = 5\n");
  write("stepcache.toml", "[settings]\nkeep_runs = 7\n");
  EXPECT_EQ(load()->settings.color, "never");
  EXPECT_EQ(load()->settings.keep_runs, 7U);
  EXPECT_EQ(origin(*load(), "keep_runs"), "7 from " + (folder / "stepcache.toml").string());
  ::setenv("STEPCACHE_COLOR", "always", 1);
  EXPECT_EQ(origin(*load(), "color"), "always from environment STEPCACHE_COLOR");
  EXPECT_EQ(origin(*load({{"color", "never"}}), "color"), "never from command line");
}

TEST_F(SettingsTest, NamesTheNearestSettingForAnUnknownOne) {
  write("stepcache.toml", "[settings]\nkeep_run = 7\n");
  const auto loaded = load();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(loaded.error().message, "there is no setting `keep_run`: did you mean `keep_runs`?");
}

TEST_F(SettingsTest, RefusesAValueOfAnotherTypeAndBrokenToml) {
  write("stepcache.toml", "[settings]\nkeep_runs = \"many\"\n");
  EXPECT_EQ(load().error().message, "keep_runs takes a number, not `many`");
  write("stepcache.toml", "[settings\n");
  EXPECT_NE(load().error().message.find("line 1"), std::string::npos);
}

TEST(NearestName, FindsATypingErrorAndNothingFarOff) {
  const std::vector<std::string> names = {"importer", "trainer", "evaluator"};
  EXPECT_EQ(nearest_name("trianer", names), "trainer");
  EXPECT_EQ(nearest_name("deployer", names), "");
  EXPECT_EQ(did_you_mean("importr", names), ": did you mean `importer`?");
}

TEST_F(WorkspaceTest, ResolvesRunsAndSteps) {
  run();
  run();
  Workspace workspace = open();
  EXPECT_EQ(*resolve_run(workspace, "1"), 1);
  EXPECT_EQ(*resolve_run(workspace, "latest"), 2);
  EXPECT_EQ(*resolve_run(workspace, "latest~1"), 1);
  EXPECT_EQ(resolve_run(workspace, "latest~2").error().code, ErrorCode::not_found);
  EXPECT_EQ(resolve_run(workspace, "3").error().code, ErrorCode::not_found);
  EXPECT_EQ(resolve_run(workspace, "first").error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(resolve_step(workspace, "join")->run, 2);
  EXPECT_EQ(resolve_step(workspace, "1/join")->run, 1);
  EXPECT_EQ(resolve_step(workspace, "latest~1/join")->run, 1);
  EXPECT_EQ(resolve_step(workspace, "jion").error().message, "no recorded run has such a step: did you mean `join`?");
}

}  // namespace
}  // namespace stepcache::workspace
