#include "workspace/explain.h"

#include <gmock/gmock.h>

#include "workspace/signature_view.h"
#include "workspace/workspace_fixture.h"

namespace stepcache::workspace {
namespace {

using code_signature::Part;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Part function(std::string name, const std::string& text, std::vector<std::uint32_t> edges = {}) {
  return {"function", name, 40, sha256(text), {{name, "features.cpp", 41, text}}, std::move(edges)};
}

// Both steps run the same code: fit(), which reaches normalise() and a constant.
class ExplainTest : public WorkspaceTest {
 public:
  ExplainTest() {
    program.code_parts_of = [this](pipeline::StepId) -> Result<std::vector<Part>> {
      ++parts_asked;
      return parts();
    };
  }
  std::vector<Part> parts() const {
    return {function("fit()", "fit() {\n}\n", {1, 2}), function("normalise()", code_text, {}),
            {"constant", "0.5", 8, sha256("0.5"), {}, {}}};
  }
  void edit() { code_text = "double normalise() {\n  return sum() / 3;\n}\n"; }
  Explanation recorded(metadata::RunId run) {
    Workspace workspace = open(Access::read);
    return explain_recorded(workspace, run, "join").value();
  }
  Explanation now() {
    Workspace workspace = open();
    return explain_now(workspace, program, {}, "source").value();
  }
  static void expect_the_edit(const Explanation& explanation) {
    ASSERT_TRUE(explanation.code);
    const auto& primary = explanation.code->comparison.primary;
    ASSERT_TRUE(primary);
    EXPECT_EQ(primary->part.name, "normalise()");
    EXPECT_THAT(primary->path, ElementsAre("fit()", "normalise()"));
    EXPECT_THAT(explanation.code->diff,
                ElementsAre(DiffLine{' ', 41, 41, "double normalise() {"},
                            DiffLine{'-', 42, 0, "  return sum() / 2;"}, DiffLine{'+', 0, 42, "  return sum() / 3;"},
                            DiffLine{' ', 43, 43, "}"}));
    EXPECT_EQ(explanation.reason.text, "normalise() changed (features.cpp:41)");
  }

  int parts_asked = 0;
};

TEST_F(ExplainTest, ShowsTheEditedLinesOfARecordedRun) {
  code_text = "double normalise() {\n  return sum() / 2;\n}\n";
  run();
  edit();
  const auto second = run();
  program.code_parts_of = nullptr;
  expect_the_edit(recorded(second.run));
}

TEST_F(ExplainTest, ShowsTheEditedLinesOfNow) {
  code_text = "double normalise() {\n  return sum() / 2;\n}\n";
  run();
  edit();
  expect_the_edit(now());
}

TEST_F(ExplainTest, CountsWhatWasComparedOfAHit) {
  run();
  const int before = parts_asked;
  const auto second = run();
  for (const Explanation& explanation : {recorded(second.run), now()}) {
    ASSERT_TRUE(explanation.code);
    EXPECT_FALSE(explanation.code->comparison.primary);
    EXPECT_THAT(explanation.code->comparison.counts,
                ElementsAre(cache::KindCount{"function", 2, 0, 0, 0}, cache::KindCount{"constant", 1, 0, 0, 0}));
  }
  EXPECT_EQ(parts_asked, before) << "the records have them";
}

TEST_F(ExplainTest, SaysNothingOfCodeThatIsNotRecorded) {
  program.code_parts_of = nullptr;
  code_text = "not recorded 1";
  run();
  code_text = "not recorded 2";
  const auto second = run();
  EXPECT_FALSE(recorded(second.run).code);
  EXPECT_THAT(recorded(second.run).reason.text, HasSubstr("code changed"));
  EXPECT_FALSE(now().code);
}

TEST_F(ExplainTest, ShowsTheWholeSignatureOfARunAndOfNow) {
  const auto first = run();
  Workspace workspace = open();
  const auto then = signature_recorded(workspace, first.run, "join");
  ASSERT_TRUE(then);
  EXPECT_EQ(then->parts, parts());
  EXPECT_EQ(then->run, first.run);
  EXPECT_EQ(then->digest, sha256(code_text));
  EXPECT_EQ(then->precision, code_signature::Precision::exact);
  EXPECT_THAT(then->why_not, IsEmpty());
  edit();
  const auto today = signature_now(workspace, program, "join");
  ASSERT_TRUE(today);
  EXPECT_EQ(today->parts, parts());
  EXPECT_EQ(today->run, 0);
  EXPECT_NE(today->digest, then->digest);
}

TEST_F(ExplainTest, SaysWhereASignatureIsNotKnown) {
  program.code_parts_of = nullptr;
  code_text = "not recorded 3";
  const auto first = run();
  Workspace workspace = open();
  const auto then = signature_recorded(workspace, first.run, "join");
  ASSERT_FALSE(then);
  EXPECT_EQ(then.error().code, ErrorCode::not_found);
  EXPECT_THAT(then.error().message, HasSubstr("stepcache signature PIPELINE join"));
  const auto unknown = signature_recorded(workspace, first.run, "joim");
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message, HasSubstr("`join`"));
  EXPECT_FALSE(signature_now(workspace, program, "joim"));
  EXPECT_THAT(signature_now(workspace, program, "join")->parts, SizeIs(0));
}

}  // namespace
}  // namespace stepcache::workspace
