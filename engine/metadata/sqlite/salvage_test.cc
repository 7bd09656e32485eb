#include "metadata/sqlite/salvage.h"

#include <gtest/gtest.h>

#include <fstream>

#include "metadata/sample_records.h"
#include "metadata/sqlite/raw_database.h"
#include "metadata/sqlite/sqlite_metadata_store.h"

namespace stepcache::metadata {
namespace {

namespace fs = std::filesystem;

constexpr int k_executions = 400;

FinishedExecution execution_number(int i) { return some_execution(1, "step " + std::to_string(i)); }

class SalvageTest : public testing::Test {
 protected:
  SalvageTest() {
    const auto store = open_sqlite_store({.path = folder_.database()}).value();
    EXPECT_TRUE(store->begin_run(some_run()));
    for (int i = 0; i < k_executions; ++i) {
      FinishedExecution finished = execution_number(i);
      if (i == 0) finished.code_parts = some_code();
      EXPECT_TRUE(store->commit_execution(finished));
    }
    EXPECT_TRUE(store->put_program({"/x", sha256("x"), "signatures"}));
    EXPECT_TRUE(store->add_acceptance(some_acceptance()));
    EXPECT_TRUE(store->put_nondeterminism({execution_number(0).execution.key, "model", 1, 2, "byte 7"}));
    EXPECT_TRUE(store->finish_run(1, some_outcome()));
    EXPECT_TRUE(store->set_artifact_pinned(execution_number(3).artifacts[0].digest, true));
    secret_ = store->secret().value();
    EXPECT_TRUE(store->sync());
  }

  fs::path damaged() const { return folder_.database(); }
  fs::path fresh() const { return damaged().parent_path() / "fresh.db"; }
  const std::string& secret() const { return secret_; }
  std::unique_ptr<MetadataStore> open_fresh() const { return open_sqlite_store({.path = fresh()}).value(); }

  static const SalvagedTable& table(const SalvageReport& report, std::string_view name) {
    for (const SalvagedTable& one : report.tables) {
      if (one.table == name) return one;
    }
    throw std::runtime_error("no such table");
  }

 private:
  TestFolder folder_;
  std::string secret_;
};

// How many executions' entries are found, each as it was committed.
int entries_found(MetadataStore& store) {
  int found = 0;
  for (int i = 0; i < k_executions; ++i) {
    const auto entries = store.find_entries(execution_number(i).execution.key).value();
    if (entries.empty()) continue;
    EXPECT_EQ(entries[0].outputs, execution_number(i).execution.outputs);
    ++found;
  }
  return found;
}

TEST_F(SalvageTest, KeepsEverythingOfADatabaseThatIsWhole) {
  const auto report = salvage(damaged(), fresh()).value();
  EXPECT_TRUE(report.whole());
  EXPECT_EQ(report.lost(), 0U);
  EXPECT_EQ(table(report, "executions").kept, std::uint64_t{k_executions});
  EXPECT_EQ(table(report, "runs").kept, 1U);
  const auto store = open_fresh();
  EXPECT_EQ(entries_found(*store), k_executions);
  EXPECT_EQ(store->secret().value(), secret());
  EXPECT_EQ(store->executions_of_run(1)->size(), std::size_t{k_executions});
  EXPECT_EQ(store->run_steps(store->run(1)->steps).value(), some_outcome().steps);
  EXPECT_TRUE(store->artifact(execution_number(3).artifacts[0].digest)->pinned);
  EXPECT_EQ(store->events_of_artifact(execution_number(3).artifacts[0].digest)->size(), 1U);
  EXPECT_EQ(store->code_parts(execution_number(0).execution.code).value(), some_code());
  EXPECT_EQ(store->acceptances()->size(), 1U);
  EXPECT_EQ(store->nondeterminism_of(execution_number(0).execution.key)->size(), 1U);
  EXPECT_TRUE(store->check_records()->empty());
}

TEST_F(SalvageTest, HasCodeRecordedAgainWhosePartsAreLost) {
  RawDatabase(damaged()).execute("UPDATE code_parts SET blob = x'00' WHERE id = 2");
  const auto report = salvage(damaged(), fresh()).value();
  EXPECT_EQ(table(report, "code_parts").lost, 1U);
  const auto store = open_fresh();
  FinishedExecution finished = execution_number(0);
  EXPECT_FALSE(store->has_code(finished.execution.code).value());
  finished.code_parts = some_code();
  ASSERT_TRUE(store->commit_execution(finished));
  EXPECT_EQ(store->code_parts(finished.execution.code).value(), some_code());
}

TEST_F(SalvageTest, KeepsWhatChecksOfADatabaseThatWasCutOff) {
  const auto size = fs::file_size(damaged());
  fs::resize_file(damaged(), size - size / 4);
  ASSERT_FALSE(open_sqlite_store({.path = damaged()}));
  const auto report = salvage(damaged(), fresh()).value();
  EXPECT_FALSE(report.whole());
  EXPECT_GT(report.kept(), std::uint64_t{k_executions});
  const auto store = open_fresh();
  EXPECT_TRUE(store->check_records()->empty());
  const int found = entries_found(*store);
  EXPECT_GT(found, 0);
  EXPECT_LT(found, 2 * k_executions);
  EXPECT_EQ(RawDatabase(fresh()).text("PRAGMA integrity_check"), "ok");
  // It goes on as a store: what was lost is recorded anew, under ids that were never given.
  EXPECT_GT(store->commit_execution(execution_number(0)).value(), table(report, "executions").kept);
}

TEST_F(SalvageTest, MakesAStoreOfWhateverIsLeft) {
  const auto size = fs::file_size(damaged());
  for (const auto length :
       {std::uintmax_t{0}, std::uintmax_t{50}, std::uintmax_t{4096}, std::uintmax_t{5000}, size / 2}) {
    fs::remove(fresh());
    fs::resize_file(damaged(), std::min(length, fs::file_size(damaged())));
    const auto report = salvage(damaged(), fresh());
    ASSERT_TRUE(report) << length << ": " << to_string(report.error());
    const auto store = open_fresh();
    EXPECT_EQ(store->secret()->size(), 32U);
    EXPECT_TRUE(store->check_records()->empty());
    EXPECT_TRUE(store->begin_run(some_run()));
  }
}

TEST_F(SalvageTest, LeavesDamagedRowsBehindAndCountsThem) {
  ASSERT_TRUE(flip_in_file(damaged(), as_text(execution_number(7).execution.key.bytes())));
  const auto report = salvage(damaged(), fresh()).value();
  EXPECT_TRUE(report.whole());
  EXPECT_EQ(table(report, "cache_entries").lost, 1U);
  EXPECT_EQ(table(report, "cache_entries").kept, std::uint64_t{k_executions - 1});
  EXPECT_EQ(table(report, "executions").lost, 1U);
  EXPECT_EQ(entries_found(*open_fresh()), k_executions - 1);
}

TEST_F(SalvageTest, PassesOverAPageThatCannotBeRead) {
  // The middle of the file, some pages of zeros: no tree can go through them.
  {
    std::fstream file(damaged(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(fs::file_size(damaged()) / 4096 / 2 * 4096));
    file << std::string(std::size_t{3} * 4096, '\0');
  }
  const auto report = salvage(damaged(), fresh()).value();
  EXPECT_FALSE(report.whole());
  for (const SalvagedTable& one : report.tables)
    EXPECT_GT(one.kept + (one.table == "events" || one.table == "file_observations" ? 1 : 0), 0U) << one.table;
  EXPECT_TRUE(open_fresh()->check_records()->empty());
}

TEST_F(SalvageTest, DoesNotGiveIdsOfLostExecutionsAgain) {
  RawDatabase(damaged()).execute("UPDATE executions SET duration_ns = duration_ns + 1");
  const auto report = salvage(damaged(), fresh()).value();
  EXPECT_EQ(table(report, "executions").lost, std::uint64_t{k_executions});
  EXPECT_EQ(table(report, "executions").kept, 0U);
  const auto store = open_fresh();
  EXPECT_EQ(store->commit_execution(execution_number(0)).value(), k_executions + 1);
}

TEST_F(SalvageTest, ReadsTheLogBesideTheDatabase) {
  const auto writer = open_sqlite_store({.path = damaged()}).value();
  ASSERT_TRUE(writer->commit_execution(some_execution(1, "in the log")));
  const auto report = salvage(damaged(), fresh()).value();
  EXPECT_EQ(table(report, "executions").kept, std::uint64_t{k_executions + 1});
}

TEST_F(SalvageTest, OverwritesNothing) {
  std::ofstream(fresh()) << "mine";
  EXPECT_EQ(code_of(salvage(damaged(), fresh())), ErrorCode::invalid_argument);
  EXPECT_EQ(fs::file_size(fresh()), 4U);
  fs::remove(fresh());
  EXPECT_EQ(code_of(salvage(damaged().parent_path() / "nowhere.db", fresh())), ErrorCode::not_found);
  EXPECT_FALSE(fs::exists(fresh()));
}

TEST_F(SalvageTest, MakesAnEmptyStoreOfGarbage) {
  std::ofstream(damaged()) << std::string(100'000, 'x');
  const auto report = salvage(damaged(), fresh()).value();
  EXPECT_EQ(report.kept(), 0U);
  EXPECT_FALSE(report.whole());
  EXPECT_TRUE(open_fresh()->runs({})->empty());
}

}  // namespace
}  // namespace stepcache::metadata
