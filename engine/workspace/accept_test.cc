#include "workspace/accept.h"

#include <gmock/gmock.h>

#include "workspace/explain.h"
#include "workspace/history.h"
#include "workspace/plan_pipeline.h"
#include "workspace/workspace_fixture.h"

namespace stepcache::workspace {
namespace {

using ::testing::HasSubstr;

class AcceptTest : public WorkspaceTest {
 public:
  Result<ProposedAcceptance> propose(const std::string& step = "source") {
    Workspace workspace = open();
    return propose_acceptance(workspace, program, step);
  }
  std::string refusal(const std::string& step = "source") {
    const auto proposed = propose(step);
    EXPECT_FALSE(proposed);
    if (proposed) return "";
    EXPECT_EQ(exit_status(proposed.error().code), 2);
    return to_string(proposed.error());
  }
  metadata::Acceptance accepted(const std::string& step = "source") {
    const auto proposed = propose(step);
    if (!proposed) throw std::runtime_error(to_string(proposed.error()));
    Workspace workspace = open();
    return accept(workspace, *proposed, "a note").value();
  }
};

TEST_F(AcceptTest, ShowsBothSignaturesAndTheRunBeforeAnythingIsRecorded) {
  run();
  code_text = "edited";
  const auto proposed = propose();
  ASSERT_TRUE(proposed) << to_string(proposed.error());
  EXPECT_EQ(proposed->pipeline, "test");
  EXPECT_EQ(proposed->step, "source");
  EXPECT_EQ(proposed->now, sha256("edited"));
  EXPECT_EQ(proposed->before, sha256("code"));
  EXPECT_EQ(proposed->before_run, 1);
  EXPECT_TRUE(proposed->whole_program);
  EXPECT_FALSE(proposed->code);
  Workspace workspace = open();
  EXPECT_TRUE(list_acceptances(workspace).value().empty());
}

TEST_F(AcceptTest, AStepReusesWhatItsOldCodeMadeAndTheOthersRun) {
  run();
  code_text = "edited";
  const metadata::Acceptance acceptance = accepted();
  EXPECT_FALSE(acceptance.by.empty());
  EXPECT_EQ(acceptance.note, "a note");
  {
    Workspace workspace = open();
    const auto plan = plan_pipeline(workspace, program, {});
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->steps[0].reason.code, cache::ReasonCode::accepted);
    EXPECT_EQ(plan->steps[1].decision, scheduler::Decision::run) << "join was not accepted";
    const auto now = explain_now(workspace, program, {}, "source");
    EXPECT_THAT(now->reason.text, HasSubstr("counts as that of run 1 (accepted by " + acceptance.by));
  }
  const auto second = run();
  EXPECT_EQ(bodies[0].times_run, 1);
  EXPECT_EQ(bodies[1].times_run, 2);
  EXPECT_EQ(second.steps[0].status, metadata::StepStatus::cached);
  Workspace workspace = open();
  const auto recorded = explain_recorded(workspace, second.run, "source");
  EXPECT_EQ(recorded->reason.code, cache::ReasonCode::accepted);
}

TEST_F(AcceptTest, RevokedItRunsByItsOwnCodeAgain) {
  run();
  code_text = "edited";
  const metadata::Acceptance acceptance = accepted();
  {
    Workspace workspace = open();
    const auto revoked = revoke_acceptance(workspace, acceptance.id);
    ASSERT_TRUE(revoked);
    EXPECT_NE(revoked->revoked_ns, 0);
    EXPECT_EQ(revoke_acceptance(workspace, acceptance.id)->revoked_ns, revoked->revoked_ns);
    const auto missing = revoke_acceptance(workspace, acceptance.id + 1);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, ErrorCode::not_found);
    ASSERT_EQ(list_acceptances(workspace)->size(), 1U);
  }
  run();
  EXPECT_EQ(bodies[0].times_run, 2);
}

TEST_F(AcceptTest, SaysWhyThereIsNothingToAccept) {
  EXPECT_THAT(refusal(), HasSubstr("no run left a result of it here"));
  run();
  EXPECT_THAT(refusal(), HasSubstr("its code is what it was in run 1"));
  EXPECT_THAT(refusal("sorce"), HasSubstr("source"));
  code_text = "edited";
  accepted();
  EXPECT_THAT(refusal(), HasSubstr("counts as that of run 1 already (acceptance 1)"));
  // Of another kind of signature nothing can be said.
  program.signature_of = [](pipeline::StepId) {
    code_signature::CodeSignature code;
    code.precision = code_signature::Precision::exact;
    code.digest = sha256("exact");
    return std::make_shared<const code_signature::CodeSignature>(std::move(code));
  };
  EXPECT_THAT(refusal(), HasSubstr("whole program"));
}

TEST_F(AcceptTest, AFailedExecutionIsNoneToCountAs) {
  run();
  code_text = "broken";
  bodies[0].fails = true;
  run();
  code_text = "edited";
  const auto proposed = propose();
  ASSERT_TRUE(proposed) << to_string(proposed.error());
  EXPECT_EQ(proposed->before, sha256("code"));
}

TEST_F(AcceptTest, NamesTheFunctionsThatChangedWhereTheyAreRecorded) {
  const auto part = [](const std::string& name, const std::string& code) {
    metadata::CodePart made;
    made.kind = "function";
    made.name = name;
    made.digest = sha256(code);
    return made;
  };
  program.code_parts_of = [&](pipeline::StepId) -> Result<std::vector<code_signature::Part>> {
    return std::vector{part("source", code_text)};
  };
  run();
  code_text = "edited";
  const auto proposed = propose();
  ASSERT_TRUE(proposed) << to_string(proposed.error());
  ASSERT_TRUE(proposed->code);
  ASSERT_EQ(proposed->code->comparison.changes.size(), 1U);
  EXPECT_EQ(proposed->code->comparison.changes[0].name, "source");
}

TEST_F(AcceptTest, ACheckedRunFindsASampleOfOneHundredPercent) {
  run();
  RunOptions all;
  all.check = 1;
  const auto checked = run(all);
  EXPECT_EQ(bodies[0].times_run, 2);
  EXPECT_EQ(checked.steps[0].reason.text, "checked: it gave the same bytes as run 1");
  bodies[0].noise = "noise";
  const auto differs = run(all);
  ASSERT_NE(differs.steps[0].nondeterministic, nullptr);
  EXPECT_EQ(differs.warnings.size(), 1U);
  bodies[0].noise.clear();
  // The records say so from then on, also of a run that reuses it.
  const auto reused = run();
  EXPECT_EQ(reused.steps[0].status, metadata::StepStatus::cached);
  Workspace workspace = open();
  const auto why = explain_recorded(workspace, reused.run, "source");
  ASSERT_NE(why->nondeterministic, nullptr);
  EXPECT_EQ(*why->nondeterministic, *differs.steps[0].nondeterministic);
  EXPECT_NE(explain_now(workspace, program, {}, "source")->nondeterministic, nullptr);
  const auto shown = recorded_run(workspace, reused.run);
  EXPECT_NE(shown->steps[0].nondeterministic, nullptr);
  EXPECT_EQ(shown->steps[1].nondeterministic, nullptr);
}

}  // namespace
}  // namespace stepcache::workspace
