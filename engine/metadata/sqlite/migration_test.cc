#include "metadata/sqlite/migration.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "metadata/sample_records.h"
#include "metadata/sqlite/checked_row.h"
#include "metadata/sqlite/raw_database.h"
#include "metadata/sqlite/salvage.h"
#include "metadata/sqlite/sqlite_metadata_store.h"

namespace stepcache::metadata {
namespace {

namespace fs = std::filesystem;

constexpr int k_executions = 50;

// What migrate_1_to_2.sql does, backwards.
constexpr const char* k_back_to_format_1 = R"(
BEGIN;
ALTER TABLE executions RENAME TO executions_2;
CREATE TABLE executions (
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL, pipeline TEXT NOT NULL, step TEXT NOT NULL, status INTEGER NOT NULL,
  key BLOB NOT NULL, cached_for_later INTEGER NOT NULL, why_not TEXT NOT NULL, started_ns INTEGER NOT NULL,
  duration_ns INTEGER NOT NULL, key_parts BLOB NOT NULL, outputs BLOB NOT NULL, output_names BLOB NOT NULL,
  events BLOB NOT NULL, metrics BLOB NOT NULL, error TEXT NOT NULL, log BLOB NOT NULL, "check" BLOB NOT NULL) STRICT;
INSERT INTO executions
  SELECT id, run, pipeline, step, status, key, cached_for_later, why_not, started_ns, duration_ns, key_parts, outputs,
         output_names, events, metrics, error, log,
         row_check('executions', id, run, pipeline, step, status, key, cached_for_later, why_not, started_ns,
                   duration_ns, key_parts, outputs, output_names, events, metrics, error, log)
  FROM executions_2;
DROP TABLE executions_2;
DROP TABLE code_parts;
DROP TABLE code_signatures;
DROP TABLE programs;
DROP TABLE acceptances;
DROP TABLE nondeterminism;
PRAGMA user_version = 1;
COMMIT)";

// A database of format 1 with a finished run.
class MigrationTest : public testing::Test {
 protected:
  MigrationTest() {
    const auto store = open();
    EXPECT_TRUE(store->begin_run(some_run()));
    for (int i = 0; i < k_executions; ++i) EXPECT_TRUE(store->commit_execution(execution_number(i)));
    EXPECT_TRUE(store->finish_run(1, some_outcome()));
    auto connection = sqlite::Connection::open(database().native(), {}, 1000).value();
    EXPECT_TRUE(sqlite::register_row_functions(connection));
    EXPECT_TRUE(connection.execute(k_back_to_format_1));
    EXPECT_EQ(format(), "1");
  }

  static FinishedExecution execution_number(int i) { return some_execution(1, "step " + std::to_string(i)); }
  fs::path database() const { return folder_.database(); }
  std::string format() const { return RawDatabase(database()).text("PRAGMA user_version"); }
  std::unique_ptr<MetadataStore> open(bool read_only = false) const {
    auto store = open_sqlite_store({.path = database(), .read_only = read_only});
    if (!store) throw std::runtime_error(to_string(store.error()));
    return std::move(*store);
  }
  // All of it but the code, which was not recorded.
  static void expect_whole(MetadataStore& store) {
    EXPECT_TRUE(store.check_records()->empty());
    EXPECT_EQ(store.run_steps(store.run(1)->steps).value(), some_outcome().steps);
    ASSERT_EQ(store.executions_of_run(1)->size(), std::size_t{k_executions});
    for (int i = 0; i < k_executions; ++i) {
      const FinishedExecution finished = execution_number(i);
      EXPECT_EQ(store.find_entries(finished.execution.key)->size(), 1U);
      const ExecutionRecord execution = store.execution(i + 1).value();
      EXPECT_EQ(execution.step, finished.execution.step);
      EXPECT_TRUE(execution.code.is_zero());
      EXPECT_EQ(execution.key_parts, finished.execution.key_parts);
      EXPECT_EQ(execution.log, finished.execution.log);
      EXPECT_EQ(store.events_of_execution(i + 1)->size(), 2U);
      EXPECT_EQ(store.events_of_artifact(finished.artifacts[0].digest)->size(), 1U);
    }
  }

 private:
  TestFolder folder_;
};

// Tables and columns with their types and keys, and indexes.
std::string schema_of(const fs::path& path) {
  RawDatabase database(path);
  return database.text(R"(SELECT group_concat(line, char(10)) FROM
      (SELECT t.name || ' ' || t.strict || t.wr || ' ' || c.cid || ' ' || c.name || ' ' || c.type || c."notnull" ||
              c.pk AS line
       FROM pragma_table_list AS t, pragma_table_info(t.name) AS c
       WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite%' ORDER BY t.name, c.cid))") +
         database.text(R"(SELECT group_concat(name, char(10)) FROM
      (SELECT name FROM sqlite_schema WHERE type = 'index' ORDER BY name))");
}

TEST_F(MigrationTest, KeepsEverythingAndRecordsCodeFromThenOn) {
  const std::string secret = RawDatabase(database()).text("SELECT value FROM settings WHERE name = 'secret'");
  const auto store = open();
  EXPECT_EQ(format(), "2");
  expect_whole(*store);
  EXPECT_EQ(store->secret().value(), secret);
  FinishedExecution finished = some_execution(1, "later");
  finished.code_parts = some_code();
  EXPECT_EQ(store->commit_execution(finished).value(), k_executions + 1);
  EXPECT_EQ(store->code_parts(finished.execution.code).value(), some_code());
  EXPECT_EQ(store->execution(k_executions + 1)->code, finished.execution.code);
  EXPECT_TRUE(open(true)->check_records()->empty());
}

TEST_F(MigrationTest, MakesTheTablesOfANewDatabase) {
  open().reset();
  const TestFolder folder;
  ASSERT_TRUE(open_sqlite_store({.path = folder.database()}));
  EXPECT_EQ(schema_of(database()), schema_of(folder.database()));
  EXPECT_NE(schema_of(database()).find("executions 10 6 code BLOB10"), std::string::npos) << schema_of(database());
}

TEST_F(MigrationTest, LeavesDamagedRowsDamaged) {
  RawDatabase(database()).execute("UPDATE executions SET step = 'another' WHERE id = 7");
  RawDatabase(database()).execute(R"(UPDATE executions SET "check" = zeroblob(8) WHERE id = 8)");
  RawDatabase(database()).execute("UPDATE cache_entries SET duration_ns = 1 WHERE execution = 9");
  const auto store = open();
  EXPECT_EQ(format(), "2");
  EXPECT_EQ(store->check_records()->size(), 3U);
  EXPECT_EQ(code_of(store->execution(7)), ErrorCode::damaged);
  EXPECT_EQ(code_of(store->execution(8)), ErrorCode::damaged);
  EXPECT_TRUE(store->find_entries(execution_number(8).execution.key)->empty());
  EXPECT_EQ(store->executions_of_run(1)->size(), std::size_t{k_executions - 2});
  ASSERT_TRUE(store->delete_damaged_records());
  EXPECT_TRUE(store->check_records()->empty());
}

TEST_F(MigrationTest, IsNotDoneByWhoOnlyReads) {
  const auto reader = open(true);
  expect_whole(*reader);
  EXPECT_EQ(code_of(reader->begin_run(some_run())), ErrorCode::io);
  EXPECT_EQ(format(), "1");
  // What is in the log of the old database is read as well.
  const TestFolder folder;
  RawDatabase original(database());
  original.execute("UPDATE runs SET note = 'in the log'");
  EXPECT_EQ(open(true)->check_records()->size(), 1U);
  EXPECT_EQ(format(), "1");
}

TEST_F(MigrationTest, IsDoneOnceWhenSeveralOpenAtOnce) {
  constexpr int k_threads = 6;
  std::vector<std::jthread> threads;
  threads.reserve(k_threads);
  for (int i = 0; i < k_threads; ++i) {
    threads.emplace_back([&] {
      const auto store = open_sqlite_store({.path = database()});
      ASSERT_TRUE(store) << to_string(store.error());
      EXPECT_TRUE((*store)->commit_execution(some_execution(2, "later")));
    });
  }
  threads.clear();
  EXPECT_EQ(open()->executions_of_run(2)->size(), std::size_t{k_threads});
  expect_whole(*open());
}

TEST_F(MigrationTest, ThatBreaksOffChangesNothing) {
  // What the migration makes is there already: it fails after it has gone through the executions.
  RawDatabase(database()).execute("CREATE TABLE programs (x)");
  const std::string before = schema_of(database());
  EXPECT_FALSE(open_sqlite_store({.path = database()}));
  EXPECT_EQ(format(), "1");
  EXPECT_EQ(schema_of(database()), before);
  RawDatabase(database()).execute("DROP TABLE programs");
  expect_whole(*open());
}

TEST_F(MigrationTest, IsNotNeededToSalvageAnOldDatabase) {
  RawDatabase(database()).execute("UPDATE executions SET step = 'another' WHERE id = 7");
  RawDatabase(database()).execute("PRAGMA wal_checkpoint(TRUNCATE)");
  const TestFolder folder;
  const auto report = salvage(database(), folder.database()).value();
  EXPECT_TRUE(report.whole());
  EXPECT_EQ(report.lost(), 1U);
  const auto store = open_sqlite_store({.path = folder.database()}).value();
  EXPECT_TRUE(store->check_records()->empty());
  EXPECT_EQ(store->executions_of_run(1)->size(), std::size_t{k_executions - 1});
  EXPECT_EQ(store->execution(8)->key_parts, execution_number(7).execution.key_parts);
  EXPECT_TRUE(store->execution(8)->code.is_zero());
  EXPECT_EQ(code_of(store->execution(7)), ErrorCode::not_found);
}

}  // namespace
}  // namespace stepcache::metadata
