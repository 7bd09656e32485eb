#pragma once

#include "metadata/metadata_store_suite.h"

// The part of the suite that is about code: its parts, programs, acceptances, nondeterminism.
namespace stepcache::metadata {

TEST_P(MetadataStoreSuite, GivesBackThePartsOfCodeAsTheyWereCommitted) {
  const RunId run = begin_run();
  FinishedExecution finished = some_execution(run);
  const Digest code = finished.execution.code;
  commit(finished);
  EXPECT_FALSE(store().has_code(code).value());
  EXPECT_EQ(code_of(store().code_parts(code)), ErrorCode::not_found);
  finished.code_parts = some_code();
  commit(finished);
  EXPECT_TRUE(store().has_code(code).value());
  EXPECT_EQ(store().code_parts(code).value(), some_code());
}

TEST_P(MetadataStoreSuite, KeepsThePartsThatASignatureWasRecordedWith) {
  FinishedExecution finished = some_execution(begin_run());
  finished.code_parts = some_code();
  commit(finished);
  finished.code_parts = some_code("another content");
  commit(finished);
  EXPECT_EQ(store().code_parts(finished.execution.code).value(), some_code());
}

TEST_P(MetadataStoreSuite, TellsSignaturesApartThatShareParts) {
  const RunId run = begin_run();
  std::vector<CodePart> reordered = some_code();
  std::swap(reordered[1], reordered[2]);
  std::vector<CodePart> twice = some_code();
  twice.push_back(twice[0]);
  const std::vector<std::vector<CodePart>> codes = {some_code(), some_code("another content"), reordered, twice};
  for (std::size_t i = 0; i < codes.size(); ++i) {
    FinishedExecution finished = some_execution(run, std::to_string(i));
    finished.code_parts = codes[i];
    commit(finished);
  }
  for (std::size_t i = 0; i < codes.size(); ++i) {
    EXPECT_EQ(store().code_parts(some_execution(run, std::to_string(i)).execution.code).value(), codes[i]) << i;
  }
}

TEST_P(MetadataStoreSuite, RemembersWhatWasFoundInAProgram) {
  ProgramRecord program{"/home/me/a b\xff/boston", sha256("identity"), std::string("\0\xff signatures", 13)};
  ASSERT_TRUE(store().put_program(program));
  ASSERT_TRUE(store().put_program({"/other", sha256("other"), ""}));
  auto found = store().program(program.path).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->path, program.path);
  EXPECT_EQ(found->identity, program.identity);
  EXPECT_EQ(found->signatures, program.signatures);
  program.identity = sha256("built again");
  program.signatures = "others";
  ASSERT_TRUE(store().put_program(program));
  found = store().program(program.path).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->identity, program.identity);
  EXPECT_EQ(found->signatures, "others");
  EXPECT_EQ(store().program("/other").value()->signatures, "");
}

TEST_P(MetadataStoreSuite, ListsAcceptancesAlsoThoseThatWereRevoked) {
  EXPECT_EQ(store().add_acceptance(some_acceptance()).value(), 1);
  EXPECT_EQ(store().add_acceptance(some_acceptance("evaluator")).value(), 2);
  ASSERT_TRUE(store().revoke_acceptance(1, 77));
  EXPECT_EQ(code_of(store().revoke_acceptance(3, 77)), ErrorCode::not_found);
  const auto found = store().acceptances().value();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].id, 1);
  EXPECT_EQ(found[0].pipeline, "boston");
  EXPECT_EQ(found[0].step, "trainer");
  EXPECT_EQ(found[0].now, sha256("now"));
  EXPECT_EQ(found[0].before, sha256("before"));
  EXPECT_EQ(found[0].by, "me");
  EXPECT_EQ(found[0].note, "only the log\n");
  EXPECT_EQ(found[0].accepted_ns, some_acceptance().accepted_ns);
  EXPECT_EQ(found[0].revoked_ns, 77);
  EXPECT_EQ(found[1].id, 2);
  EXPECT_EQ(found[1].step, "evaluator");
  EXPECT_EQ(found[1].revoked_ns, 0);
}

TEST_P(MetadataStoreSuite, RemembersWhichOutputsOfAKeyAreNotAlwaysTheSame) {
  const Digest key = sha256("key");
  ASSERT_TRUE(store().put_nondeterminism({key, "model", 1, 2, "byte 7"}));
  ASSERT_TRUE(store().put_nondeterminism({key, "loss", 1, 2, "row 3"}));
  ASSERT_TRUE(store().put_nondeterminism({sha256("other"), "model", 1, 2, ""}));
  ASSERT_TRUE(store().put_nondeterminism({key, "model", 1, 5, "byte 9"}));
  const auto found = store().nondeterminism_of(key).value();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].output, "loss");
  EXPECT_EQ(found[1].key, key);
  EXPECT_EQ(found[1].output, "model");
  EXPECT_EQ(found[1].first_execution, 1);
  EXPECT_EQ(found[1].other_execution, 5);
  EXPECT_EQ(found[1].difference, "byte 9");
}

TEST_P(MetadataStoreSuite, ForgetsCodeAndNondeterminismThatNoExecutionNeedsAndKeepsAcceptances) {
  const RunId run = begin_run();
  FinishedExecution gone = some_execution(run, "gone");
  gone.code_parts = some_code("only gone");
  FinishedExecution kept = some_execution(run, "kept");
  kept.code_parts = some_code();
  const ExecutionId gone_id = commit(gone);
  commit(kept);
  ASSERT_TRUE(store().put_nondeterminism({gone.execution.key, "model", gone_id, 9, ""}));
  ASSERT_TRUE(store().put_nondeterminism({kept.execution.key, "model", 2, gone_id, ""}));
  ASSERT_TRUE(store().add_acceptance(some_acceptance()));

  ASSERT_TRUE(store().forget({{}, {gone_id}, {}}));
  EXPECT_FALSE(store().has_code(gone.execution.code).value());
  EXPECT_EQ(code_of(store().code_parts(gone.execution.code)), ErrorCode::not_found);
  EXPECT_EQ(store().code_parts(kept.execution.code).value(), some_code());
  EXPECT_TRUE(store().nondeterminism_of(gone.execution.key)->empty());
  EXPECT_EQ(store().nondeterminism_of(kept.execution.key)->size(), 1U);
  EXPECT_EQ(store().acceptances()->size(), 1U);

  // What is recorded again is whole, and takes nothing from what stayed.
  commit(gone);
  EXPECT_EQ(store().code_parts(gone.execution.code).value(), some_code("only gone"));
  EXPECT_EQ(store().code_parts(kept.execution.code).value(), some_code());
}

TEST_P(MetadataStoreSuite, HealsDamagedCodeWhenItIsRecordedAgain) {
  const RunId run = begin_run();
  FinishedExecution first = some_execution(run, "first");
  first.code_parts = some_code();
  commit(first);
  if (!backend().flip("code_parts", "blob")) GTEST_SKIP() << "this backend's rows cannot be damaged";
  ASSERT_EQ(code_of(store().code_parts(first.execution.code)), ErrorCode::damaged);
  // Other code with two of the parts: they are whole for both.
  FinishedExecution second = some_execution(run, "second");
  second.code_parts = some_code("another content");
  commit(second);
  EXPECT_EQ(store().code_parts(second.execution.code).value(), some_code("another content"));
  EXPECT_EQ(code_of(store().code_parts(first.execution.code)), ErrorCode::damaged);

  // Deleting what is damaged deletes what cannot be without it, and nothing else; so it is recorded again.
  ASSERT_TRUE(store().delete_damaged_records());
  EXPECT_TRUE(store().check_records()->empty());
  EXPECT_FALSE(store().has_code(first.execution.code).value());
  EXPECT_EQ(store().code_parts(second.execution.code).value(), some_code("another content"));
  commit(first);
  EXPECT_EQ(store().code_parts(first.execution.code).value(), some_code());

  ASSERT_TRUE(backend().flip("code_signatures", "blob"));
  commit(first);
  EXPECT_EQ(store().code_parts(first.execution.code).value(), some_code());
}

}  // namespace stepcache::metadata
