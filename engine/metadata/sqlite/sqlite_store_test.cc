#include "metadata/sqlite/sqlite_metadata_store.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "metadata/code_records_suite.h"
#include "metadata/metadata_store_suite.h"
#include "metadata/sqlite/raw_database.h"
#include "metadata/sqlite/schema.h"
#include "metadata/sqlite/tables.h"

namespace stepcache::metadata {
namespace {

namespace fs = std::filesystem;

class FileBackend final : public StoreUnderTest {
 public:
  Result<std::unique_ptr<MetadataStore>> open() override { return open_sqlite_store({.path = folder_.database()}); }
  bool can_open_twice() const override { return true; }
  bool flip(std::string_view table, std::string_view column) override {
    return RawDatabase(folder_.database()).flip(table, column);
  }

 private:
  TestFolder folder_;
};

class MemoryBackend final : public StoreUnderTest {
 public:
  Result<std::unique_ptr<MetadataStore>> open() override { return open_sqlite_store({.in_memory = true}); }
  bool can_open_twice() const override { return false; }
  bool flip(std::string_view, std::string_view) override { return false; }
};

INSTANTIATE_TEST_SUITE_P(OnAFile, MetadataStoreSuite,
                         testing::Values(StoreFactory([] { return std::make_unique<FileBackend>(); })));
INSTANTIATE_TEST_SUITE_P(InMemory, MetadataStoreSuite,
                         testing::Values(StoreFactory([] { return std::make_unique<MemoryBackend>(); })));

std::unique_ptr<MetadataStore> open(const TestFolder& folder) {
  auto store = open_sqlite_store({.path = folder.database()});
  if (!store) throw std::runtime_error(to_string(store.error()));
  return std::move(*store);
}

// A store with a few hundred executions; all in the database file, no log.
void fill(const TestFolder& folder, int executions = 300) {
  const auto store = open(folder);
  const RunId run = store->begin_run(some_run()).value();
  for (int i = 0; i < executions; ++i) {
    ASSERT_TRUE(store->commit_execution(some_execution(run, "step " + std::to_string(i))));
  }
  ASSERT_TRUE(store->finish_run(run, some_outcome()));
  ASSERT_TRUE(store->sync());
}

TEST(SqliteStore, TreatsAnEntryAsAbsentWhicheverOfItsColumnsWasDamaged) {
  for (const char* column : {"key", "observed", "execution", "run", "duration_ns", "outputs", "check"}) {
    const TestFolder folder;
    const auto store = open(folder);
    FinishedExecution finished = some_execution(store->begin_run(some_run()).value());
    finished.observed = sha256("something");
    ASSERT_TRUE(store->commit_execution(finished));
    ASSERT_EQ(store->find_entries(finished.execution.key)->size(), 1U);
    ASSERT_TRUE(RawDatabase(folder.database()).flip("cache_entries", column));
    EXPECT_TRUE(store->find_entries(finished.execution.key)->empty()) << column;
    // Under another key it is not found by this one; under that other key it must not be served either.
    Digest other;
    RawDatabase(folder.database()).each_blob("SELECT key FROM cache_entries", [&](std::string_view key) {
      other = Digest::from_bytes(as_bytes(key)).value();
    });
    EXPECT_TRUE(store->find_entries(other)->empty()) << column;
    EXPECT_GE(store->damage_seen(), 1U) << column;
    EXPECT_EQ(store->check_records()->size(), 1U) << column;
  }
}

TEST(SqliteStore, SeesAFlippedByteInEveryColumnOfEveryTable) {
  const TestFolder folder;
  fill(folder, 1);
  {
    const auto store = open(folder);
    ASSERT_TRUE(store->put_file_observation({"/x", 1, 2, 3, 4, 5, 6, sha256("x")}));
    FinishedExecution finished = some_execution(1, "step 0");
    finished.code_parts = {some_code().back()};
    ASSERT_TRUE(store->commit_execution(finished));
    ASSERT_TRUE(store->put_program({"/x", sha256("x"), "signatures"}));
    ASSERT_TRUE(store->add_acceptance(some_acceptance()));
    ASSERT_TRUE(store->put_nondeterminism({sha256("x"), "model", 1, 2, "byte 7"}));
    ASSERT_TRUE(store->events_of_artifact(sha256("x")));
    ASSERT_TRUE(store->sync());
  }
  for (const sqlite::Table* table : sqlite::k_tables) {
    const auto columns = RawDatabase(folder.database()).columns(table->name);
    ASSERT_GE(columns.size(), 3U);
    for (const std::string& column : columns) {
      const TestFolder copy;
      fs::copy_file(folder.database(), copy.database());
      ASSERT_TRUE(RawDatabase(copy.database()).flip(table->name, column)) << table->name << '.' << column;
      const auto damaged = open(copy)->check_records().value();
      ASSERT_FALSE(damaged.empty()) << table->name << '.' << column;
      for (const DamagedRecord& record : damaged) EXPECT_EQ(record.table, table->name) << column;
    }
  }
}

TEST(SqliteStore, OfAFileThatWasCutOffGivesDamageOrRowsThatCheck) {
  const TestFolder folder;
  fill(folder);
  const auto size = fs::file_size(folder.database());
  ASSERT_GT(size, 100'000U);
  int refused = 0;
  for (const std::uintmax_t length : {std::uintmax_t{1}, std::uintmax_t{15}, std::uintmax_t{100}, std::uintmax_t{4095},
                                      std::uintmax_t{4096}, size / 4, size / 2, size - 4096, size - 1}) {
    const TestFolder copy;
    fs::copy_file(folder.database(), copy.database());
    fs::resize_file(copy.database(), length);
    const auto store = open_sqlite_store({.path = copy.database()});
    if (!store) {
      EXPECT_EQ(store.error().code, ErrorCode::damaged) << length;
      EXPECT_NE(to_string(store.error()).find("stepcache verify --repair"), std::string::npos);
      EXPECT_NE(to_string(store.error()).find("metadata.db"), std::string::npos);
      ++refused;
      continue;
    }
    for (int i = 0; i < 300; ++i) {
      const FinishedExecution finished = some_execution(1, "step " + std::to_string(i));
      const auto entries = (*store)->find_entries(finished.execution.key);
      if (!entries) {
        EXPECT_EQ(entries.error().code, ErrorCode::damaged) << length;
      } else if (!entries->empty()) {
        EXPECT_EQ((*entries)[0].outputs, finished.execution.outputs);
      }
    }
  }
  EXPECT_GE(refused, 5);
}

// Bytes of the file, not of rows: what SQLite itself keeps is hit too.
TEST(SqliteStore, NeverServesAnotherResultWhereverAByteOfTheFileIsFlipped) {
  const TestFolder folder;
  fill(folder, 40);
  const auto size = fs::file_size(folder.database());
  const TestFolder copy;
  for (std::uintmax_t at = 50; at < size; at += 211) {
    fs::copy_file(folder.database(), copy.database(), fs::copy_options::overwrite_existing);
    flip_byte_of_file(copy.database(), at);
    const auto store = open_sqlite_store({.path = copy.database()});
    if (!store) {
      EXPECT_TRUE(store.error().code == ErrorCode::damaged || store.error().code == ErrorCode::unsupported_format ||
                  store.error().code == ErrorCode::io)
          << at << ": " << to_string(store.error());
      continue;
    }
    for (int i = 0; i < 40; ++i) {
      const FinishedExecution finished = some_execution(1, "step " + std::to_string(i));
      const auto entries = (*store)->find_entries(finished.execution.key);
      if (entries && !entries->empty()) {
        EXPECT_EQ((*entries)[0].outputs, finished.execution.outputs) << at;
        EXPECT_EQ((*entries)[0].execution, i + 1) << at;
      }
      const auto artifact = (*store)->artifact(finished.artifacts[0].digest);
      if (artifact) {
        EXPECT_EQ(artifact->content, finished.artifacts[0].content) << at;
      }
    }
  }
}

TEST(SqliteStore, DeletesDamagedRowsWhoseKeyWasFlippedInTheFile) {
  const TestFolder folder;
  fill(folder, 200);
  const FinishedExecution victim = some_execution(1, "step 77");
  ASSERT_TRUE(flip_in_file(folder.database(), as_text(victim.artifacts[0].digest.bytes())));
  ASSERT_TRUE(flip_in_file(folder.database(), as_text(victim.execution.key.bytes())));
  const auto store = open(folder);
  EXPECT_FALSE(store->check_records()->empty());
  ASSERT_TRUE(store->delete_damaged_records());
  EXPECT_TRUE(store->check_records()->empty());
  EXPECT_EQ(RawDatabase(folder.database()).text("PRAGMA integrity_check"), "ok");
  // And what was lost can be recorded again.
  ASSERT_TRUE(store->commit_execution(victim));
  EXPECT_EQ(store->artifact(victim.artifacts[0].digest)->content, victim.artifacts[0].content);
  EXPECT_EQ(store->find_entries(victim.execution.key)->size(), 1U);
}

TEST(SqliteStore, RefusesANewerFormatAndNamesBothVersions) {
  const TestFolder folder;
  fill(folder, 1);
  RawDatabase(folder.database()).execute("PRAGMA user_version = 7");
  for (const bool read_only : {false, true}) {
    const auto store = open_sqlite_store({.path = folder.database(), .read_only = read_only});
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, ErrorCode::unsupported_format);
    EXPECT_NE(store.error().message.find("format 7"), std::string::npos) << store.error().message;
    EXPECT_NE(store.error().message.find("format 2"), std::string::npos) << store.error().message;
  }
}

// An id that is gone may be given again: an old signature must not take the new part for its own.
TEST(SqliteStore, TakesNoOtherPartOfCodeForOneThatIsGone) {
  for (const char* column : {"id", "digest", "blob", "check"}) {
    const TestFolder folder;
    const auto store = open(folder);
    FinishedExecution first = some_execution(store->begin_run(some_run()).value(), "first");
    first.code_parts = some_code();
    ASSERT_TRUE(store->commit_execution(first));
    RawDatabase(folder.database()).execute("DELETE FROM code_parts WHERE id >= 2");
    FinishedExecution second = some_execution(1, "second");
    second.code_parts = some_code("another content");
    second.code_parts[1].name = "another()";
    ASSERT_TRUE(store->commit_execution(second));
    EXPECT_EQ(code_of(store->code_parts(first.execution.code)), ErrorCode::damaged);
    EXPECT_EQ(store->code_parts(second.execution.code).value(), second.code_parts);

    RawDatabase raw(folder.database());
    raw.execute("DELETE FROM code_parts WHERE id > 2");
    ASSERT_TRUE(raw.flip("code_parts", column));
    for (const FinishedExecution* finished : {&first, &second}) {
      EXPECT_EQ(code_of(store->code_parts(finished->execution.code)), ErrorCode::damaged) << column;
    }
  }
}

TEST(SqliteStore, StoresAPartOfCodeOnceForAllSignatures) {
  const TestFolder folder;
  const auto store = open(folder);
  for (int i = 0; i < 10; ++i) {
    FinishedExecution finished = some_execution(1, std::to_string(i));
    finished.code_parts = some_code(std::to_string(i));
    ASSERT_TRUE(store->commit_execution(finished));
  }
  EXPECT_EQ(RawDatabase(folder.database()).text("SELECT count(*) FROM code_parts"), "12");
  EXPECT_EQ(RawDatabase(folder.database()).text("SELECT count(*) FROM code_signatures"), "10");
}

TEST(SqliteStore, LeavesTheDatabaseOfAnotherProgramAlone) {
  const TestFolder folder;
  RawDatabase(folder.database()).execute("CREATE TABLE bookmarks (url TEXT)");
  EXPECT_EQ(code_of(open_sqlite_store({.path = folder.database()})), ErrorCode::unsupported_format);
  RawDatabase(folder.database()).execute("PRAGMA application_id = 77");
  EXPECT_EQ(code_of(open_sqlite_store({.path = folder.database()})), ErrorCode::unsupported_format);
  EXPECT_EQ(RawDatabase(folder.database()).text("SELECT count(*) FROM sqlite_schema"), "1");
}

TEST(SqliteStore, SaysOfAFileThatIsNoDatabaseThatItIsDamaged) {
  const TestFolder folder;
  std::ofstream(folder.database()) << std::string(10'000, 'x');
  for (const bool read_only : {false, true}) {
    const auto store = open_sqlite_store({.path = folder.database(), .read_only = read_only});
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, ErrorCode::damaged);
    EXPECT_NE(store.error().message.find("verify --repair"), std::string::npos);
  }
  EXPECT_EQ(fs::file_size(folder.database()), 10'000U);
}

TEST(SqliteStore, SaysThatTablesAreGone) {
  const TestFolder folder;
  fill(folder, 1);
  RawDatabase(folder.database()).execute("DROP TABLE cache_entries");
  const auto store = open(folder);
  EXPECT_EQ(code_of(store->find_entries(sha256("x"))), ErrorCode::damaged);
}

TEST(SqliteStore, MakesNothingWhenItIsOnlyToRead) {
  const TestFolder folder;
  EXPECT_EQ(code_of(open_sqlite_store({.path = folder.database(), .read_only = true})), ErrorCode::not_found);
  EXPECT_FALSE(fs::exists(folder.database()));
  std::ofstream(folder.database()).close();
  EXPECT_EQ(code_of(open_sqlite_store({.path = folder.database(), .read_only = true})), ErrorCode::not_found);
  EXPECT_EQ(fs::file_size(folder.database()), 0U);
}

TEST(SqliteStore, ReadsWhatIsInTheLogAndRefusesToWriteWhenOpenedToRead) {
  const TestFolder folder;
  const auto writer = open(folder);
  const RunId run = writer->begin_run(some_run()).value();
  const FinishedExecution finished = some_execution(run);
  ASSERT_TRUE(writer->commit_execution(finished));
  const auto opened = open_sqlite_store({.path = folder.database(), .read_only = true});
  ASSERT_TRUE(opened) << to_string(opened.error());
  MetadataStore& reader = **opened;
  EXPECT_EQ(reader.find_entries(finished.execution.key)->size(), 1U);
  EXPECT_EQ(reader.events_of_artifact(finished.artifacts[0].digest)->size(), 1U);
  EXPECT_EQ(reader.secret().value(), writer->secret().value());
  EXPECT_EQ(code_of(reader.begin_run(some_run())), ErrorCode::io);
  EXPECT_EQ(code_of(reader.commit_execution(finished)), ErrorCode::io);
  EXPECT_EQ(code_of(reader.forget({})), ErrorCode::io);
  EXPECT_EQ(code_of(reader.put_artifact(finished.artifacts[0])), ErrorCode::io);
  EXPECT_TRUE(reader.sync());
  EXPECT_EQ(writer->runs({})->size(), 1U);
}

// As somebody to whom permissions apply.
class WithoutPrivileges {
 public:
  WithoutPrivileges() {
    constexpr uid_t k_nobody = 65534;
    if (geteuid() == 0) changed_ = seteuid(k_nobody) == 0;
  }
  ~WithoutPrivileges() {
    if (changed_ && seteuid(0) != 0) std::abort();
  }
  WithoutPrivileges(const WithoutPrivileges&) = delete;
  WithoutPrivileges& operator=(const WithoutPrivileges&) = delete;

 private:
  bool changed_ = false;
};

TEST(SqliteStore, ReadsInAFolderThatCannotBeWritten) {
  const TestFolder folder("with ?#% in its name");
  fill(folder, 3);
  ASSERT_EQ(chmod(folder.database().c_str(), 0444), 0);
  ASSERT_EQ(chmod(folder.database().parent_path().c_str(), 0555), 0);
  {
    const WithoutPrivileges nobody;
    ASSERT_NE(faccessat(AT_FDCWD, folder.database().parent_path().c_str(), W_OK, AT_EACCESS), 0)
        << "permissions do not apply here";
    const auto store = open_sqlite_store({.path = folder.database(), .read_only = true});
    ASSERT_TRUE(store) << to_string(store.error());
    EXPECT_EQ((*store)->find_entries(some_execution(1, "step 1").execution.key)->size(), 1U);
    EXPECT_EQ((*store)->runs({})->size(), 1U);
    EXPECT_EQ((*store)->events_of_artifact(some_execution(1, "step 1").artifacts[0].digest)->size(), 1U);
    EXPECT_EQ(code_of((*store)->begin_run(some_run())), ErrorCode::io);
    EXPECT_EQ(code_of(open_sqlite_store({.path = folder.database()})), ErrorCode::io);
  }
  ASSERT_EQ(chmod(folder.database().parent_path().c_str(), 0755), 0);
}

TEST(SqliteStore, DoesNotOverlookALogInAFolderThatCannotBeWritten) {
  const TestFolder original;
  const TestFolder folder;
  const auto writer = open(original);
  const FinishedExecution finished = some_execution(writer->begin_run(some_run()).value());
  ASSERT_TRUE(writer->commit_execution(finished));
  // As after kill -9: the log is there, not yet in the database.
  fs::path log = original.database();
  log += "-wal";
  fs::path log_copy = folder.database();
  log_copy += "-wal";
  fs::copy_file(original.database(), folder.database());
  fs::copy_file(log, log_copy);
  ASSERT_EQ(chmod(folder.database().parent_path().c_str(), 0555), 0);
  {
    const WithoutPrivileges nobody;
    const auto store = open_sqlite_store({.path = folder.database(), .read_only = true});
    // SQLite may be able to read both or not; the database without its log is not an answer.
    if (store) {
      EXPECT_EQ((*store)->find_entries(finished.execution.key)->size(), 1U);
    } else {
      EXPECT_EQ(store.error().code, ErrorCode::io);
    }
  }
  ASSERT_EQ(chmod(folder.database().parent_path().c_str(), 0755), 0);
}

TEST(SqliteStore, FindsEverythingAgainAfterItsProcessWasKilled) {
  const TestFolder folder;
  const TestFolder after;
  const auto store = open(folder);
  const FinishedExecution finished = some_execution(store->begin_run(some_run()).value());
  ASSERT_TRUE(store->commit_execution(finished));
  // The files as the kernel has them, without the orderly end of the store.
  for (const char* suffix : {"", "-wal"}) {
    fs::path from = folder.database();
    fs::path to = after.database();
    from += suffix;
    to += suffix;
    fs::copy_file(from, to);
  }
  EXPECT_EQ(open(after)->find_entries(finished.execution.key)->size(), 1U);
}

TEST(SqliteStore, WaitsForAnotherWriterAndSaysBusyWhenItTakesTooLong) {
  const TestFolder folder;
  fill(folder, 1);
  RawDatabase other(folder.database());
  other.execute("BEGIN IMMEDIATE");
  const auto store = open_sqlite_store({.path = folder.database(), .busy_timeout_ms = 20});
  ASSERT_TRUE(store) << to_string(store.error());
  EXPECT_EQ(code_of((*store)->begin_run(some_run())), ErrorCode::busy);
  EXPECT_EQ((*store)->runs({})->size(), 1U);  // readers are not kept out
  other.execute("COMMIT");
  EXPECT_TRUE((*store)->begin_run(some_run()));
}

TEST(SqliteStore, CanBeMadeBySeveralAtOnceWithOneSecret) {
  const TestFolder folder;
  constexpr int k_threads = 8;
  std::vector<std::string> secrets(k_threads);
  std::vector<std::jthread> threads;
  threads.reserve(k_threads);
  for (int i = 0; i < k_threads; ++i) {
    threads.emplace_back([&, i] {
      const auto store = open_sqlite_store({.path = folder.database()});
      secrets[static_cast<std::size_t>(i)] = store ? (*store)->secret().value() : to_string(store.error());
    });
  }
  threads.clear();
  for (const std::string& secret : secrets) EXPECT_EQ(secret, secrets[0]);
  EXPECT_EQ(secrets[0].size(), 32U);
}

TEST(SqliteStore, TakesCommitsOfSeveralStoresAtOnceAndLosesNone) {
  const TestFolder folder;
  const RunId run = open(folder)->begin_run(some_run()).value();
  constexpr int k_threads = 4;
  constexpr int k_each = 50;
  std::vector<std::jthread> threads;
  threads.reserve(k_threads);
  for (int thread = 0; thread < k_threads; ++thread) {
    threads.emplace_back([&, thread] {
      const auto store = open(folder);
      for (int i = 0; i < k_each; ++i) {
        ASSERT_TRUE(store->begin_reading());
        EXPECT_TRUE(store->commit_execution(some_execution(run, std::to_string(thread) + "/" + std::to_string(i))));
      }
    });
  }
  threads.clear();
  const auto executions = open(folder)->executions_of_run(run).value();
  ASSERT_EQ(executions.size(), std::size_t{k_threads} * k_each);
  EXPECT_EQ(executions.back().id, k_threads * k_each);
}

TEST(SqliteStore, ReturnsTheSpaceOfWhatWasForgotten) {
  const TestFolder folder;
  fill(folder, 500);
  const auto before = fs::file_size(folder.database());
  const auto store = open(folder);
  GarbagePlan plan{{1}, {}, {}};
  for (int i = 0; i < 500; ++i) {
    plan.executions.push_back(i + 1);
    plan.artifacts.push_back(some_execution(1, "step " + std::to_string(i)).artifacts[0].digest);
  }
  ASSERT_TRUE(store->forget(plan));
  EXPECT_LT(fs::file_size(folder.database()), before / 2);
  EXPECT_EQ(store->begin_run(some_run()).value(), 2);
}

TEST(SqliteStore, LeavesEverythingInTheDatabaseFileAfterSync) {
  const TestFolder folder;
  const TestFolder copy;
  const auto store = open(folder);
  const FinishedExecution finished = some_execution(store->begin_run(some_run()).value());
  ASSERT_TRUE(store->commit_execution(finished));
  ASSERT_TRUE(store->sync());
  fs::copy_file(folder.database(), copy.database());  // without the log
  EXPECT_EQ(open(copy)->find_entries(finished.execution.key)->size(), 1U);
}

TEST(Schema, SaysTheSameVersionAsTheCode) {
  const TestFolder folder;
  open(folder).reset();
  EXPECT_EQ(RawDatabase(folder.database()).text("PRAGMA user_version"), std::to_string(sqlite::k_format_version));
  EXPECT_EQ(RawDatabase(folder.database()).text("PRAGMA application_id"), std::to_string(sqlite::k_application_id));
  EXPECT_EQ(RawDatabase(folder.database()).text("PRAGMA journal_mode"), "wal");
}

}  // namespace
}  // namespace stepcache::metadata
