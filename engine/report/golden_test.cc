#include <cstdlib>
#include <ctime>

#include "report/accept_text.h"
#include "report/config_json.h"
#include "report/config_text.h"
#include "report/error_json.h"
#include "report/history_json.h"
#include "report/history_text.h"
#include "report/plan_text.h"
#include "report/report_examples.h"
#include "report/run_json.h"
#include "report/signature_json.h"
#include "report/signature_text.h"
#include "report/store_json.h"
#include "report/store_text.h"
#include "report/why_json.h"
#include "report/why_text.h"
#include "testing/golden.h"

namespace stepcache::report {
namespace {

using namespace examples;  // NOLINT(google-build-using-namespace): the values of this very test

const std::filesystem::path k_golden = std::filesystem::path(STEPCACHE_REPORT_FOLDER) / "golden";
constexpr std::int64_t k_now = k_noon + 3600 * k_s;

class Golden : public ::testing::Test {
 protected:
  Golden() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }
  static void expect(const std::string& text, const char* file) {
    EXPECT_TRUE(testing::matches_golden(text, k_golden / file));
    EXPECT_EQ(text.find('\x1b'), std::string::npos) << "a name reached the terminal's control in " << file;
    EXPECT_TRUE(text.ends_with('\n'));
  }
};

TEST_F(Golden, run) {
  expect(run_json(boston(), second_run()), "run.json");
  expect(run_json(hostile_pipeline(), failed_run()), "run_failed.json");
}

TEST_F(Golden, plan) {
  expect(plan_json(boston(), plan()), "plan.json");
  expect(plan_text(silent_console(), boston(), plan()), "plan.txt");
}

TEST_F(Golden, why) {
  expect(why_json(why_it_ran()), "why.json");
  expect(why_json(why_it_was_reused()), "why_reused.json");
  expect(why_text(silent_console(), why_it_ran()), "why.txt");
  expect(why_text(silent_console(1), why_it_ran()), "why_verbose.txt");
  expect(why_text(silent_console(), why_it_was_reused()), "why_reused.txt");
  expect(why_text(silent_console(1), why_it_was_reused()), "why_reused_verbose.txt");
}

TEST_F(Golden, why_code) {
  expect(why_json(why_code_ran()), "why_code.json");
  expect(why_text(silent_console(), why_code_ran()), "why_code.txt");
  expect(why_text(silent_console(1), why_code_ran()), "why_code_verbose.txt");
  expect(why_text(silent_console(), why_code_was_reused()), "why_code_reused.txt");
  expect(why_json(why_code_was_reused()), "why_code_reused.json");
}

TEST_F(Golden, signature) {
  expect(signature_json(signature(4)), "signature.json");
  expect(signature_json(signature(0)), "signature_now.json");
  expect(signature_text(silent_console(), signature(4), 0), "signature.txt");
  expect(signature_text(silent_console(), signature(0), 1), "signature_now.txt");
}

TEST_F(Golden, a_signature_of_a_long_chain_stays_readable) {
  workspace::SignatureView view = signature(4);
  view.parts.clear();
  constexpr std::uint32_t k_length = 100'000;
  for (std::uint32_t i = 0; i < k_length; ++i) view.parts.push_back(code_part("function", "f", "", 0, {i + 1}));
  EXPECT_LT(signature_text(silent_console(), view, 0).size(), k_length * 200);
  EXPECT_NE(signature_text(silent_console(), view, 3).find("... 99,996 parts deeper"), std::string::npos);
}

TEST_F(Golden, runs) {
  expect(runs_json(runs()), "runs.json");
  expect(runs_text(silent_console(), runs(), k_now), "runs.txt");
  EXPECT_EQ(runs_text(silent_console(), {}, k_now), "nothing has run here yet\n");
}

TEST_F(Golden, show) {
  expect(show_json(recorded()), "show.json");
  expect(show_text(silent_console(), recorded(), k_now), "show.txt");
}

TEST_F(Golden, diff) {
  expect(diff_json(difference()), "diff.json");
  expect(diff_text(silent_console(), difference(), k_now), "diff.txt");
}

TEST_F(Golden, labels) {
  expect(run_labels_json(runs()[1]), "labels.json");
  expect(artifact_labels_json(artifacts()[0].artifact), "labels_artifact.json");
  expect(run_labels_text(runs()[1]) + run_labels_text(runs()[0]) + artifact_labels_text(artifacts()[0].artifact),
         "labels.txt");
}

TEST_F(Golden, accept) {
  expect(accept_json(acceptances()), "accept.json");
  expect(acceptances_text(silent_console(), acceptances(), k_now), "acceptances.txt");
  workspace::ProposedAcceptance coarse = proposal();
  coarse.whole_program = true;
  coarse.code.reset();
  expect(proposal_text(silent_console(), proposal()) + proposal_text(silent_console(), coarse) +
             accept_question(proposal()) + "\n" + accepted_text(acceptances()[0]) + accepted_text(acceptances()[1]),
         "accept.txt");
  EXPECT_EQ(acceptances_text(silent_console(), {}, k_now), "no edit was accepted here\n");
}

TEST_F(Golden, artifacts) {
  expect(artifacts_json(artifacts()), "artifacts.json");
  expect(artifacts_text(silent_console(), artifacts()), "artifacts.txt");
  expect(cat_json(artifacts()[0].artifact, "a table\nof two lines"), "cat.json");
}

TEST_F(Golden, verify) {
  expect(verify_json(damaged_store()), "verify.json");
  expect(verify_text(silent_console(), damaged_store()), "verify.txt");
  workspace::VerifyResult whole = damaged_store();
  whole.findings.clear();
  expect(verify_text(silent_console(), whole), "verify_whole.txt");
}

TEST_F(Golden, gc) {
  expect(gc_json(garbage(true)), "gc.json");
  expect(gc_text(silent_console(), garbage(true)) + gc_text(silent_console(1), garbage(false)), "gc.txt");
}

TEST_F(Golden, config) {
  expect(config_json(settings(), "/home/me/\xff/.stepcache", "/home/me"), "config.json");
  expect(config_text(silent_console(1), settings(), "/home/me/\xff/.stepcache", "/home/me"), "config.txt");
  expect(version_json("0.1.0"), "version.json");
}

TEST_F(Golden, error) {
  expect(error_json({ErrorCode::invalid_argument, "takes a whole number, as in `--epochs 20`, not `many`", "--epochs"}),
         "error.json");
  expect(error_json({ErrorCode::internal, std::string(k_hostile), ""}), "error_hostile.json");
}

}  // namespace
}  // namespace stepcache::report
