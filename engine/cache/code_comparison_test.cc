#include "cache/code_comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "digest/sha256.h"

namespace stepcache::cache {
namespace {

using code_signature::Part;
using code_signature::Source;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Parts = std::vector<Part>;

// A function of one line in features.cpp; its machine code is made from `code`.
Part function(std::string name, const std::string& code, std::vector<std::uint32_t> edges = {}) {
  const Source source{name, "features.cpp", 41, name + " { " + code + " }\n"};
  return {"function", std::move(name), 40, sha256(code), {source}, std::move(edges)};
}
Part constant(std::string value) {
  const Digest digest = sha256(value);
  return {"constant", std::move(value), 8, digest, {}, {}};
}

// fit() reaches normalise() and score(); these reach mean().
Parts base() {
  return {function("fit()", "loop", {1, 2}), function("normalise()", "divide", {3}), function("score()", "add", {3}),
          function("mean()", "sum")};
}

std::string text_of(const Parts& before, const Parts& now) { return code_change_text(compare_code(before, now)); }

TEST(CodeComparison, FindsEveryPartOfEqualSignaturesTheSame) {
  Parts parts = base();
  parts.push_back(constant("0.5"));
  const auto compared = compare_code(parts, parts);
  EXPECT_THAT(compared.counts, ElementsAre(KindCount{"function", 4, 0, 0, 0}, KindCount{"constant", 1, 0, 0, 0}));
  EXPECT_THAT(compared.changes, IsEmpty());
  EXPECT_FALSE(compared.primary);
  EXPECT_FALSE(compared.only_machine_code);
  EXPECT_EQ(code_change_text(compared), "");
  EXPECT_EQ(same_code(parts).counts, compared.counts);
}

TEST(CodeComparison, NamesTheEditedFunctionItsLineAndTheWayToIt) {
  Parts now = base();
  now[3] = function("mean()", "median");
  const auto compared = compare_code(base(), now);
  ASSERT_TRUE(compared.primary);
  EXPECT_EQ(compared.primary->part.name, "mean()");
  EXPECT_TRUE(compared.primary->part.edited);
  EXPECT_THAT(compared.primary->path, ElementsAre("fit()", "normalise()", "mean()"));
  EXPECT_EQ(compared.primary->text_before, "mean() { sum }\n");
  EXPECT_EQ(compared.primary->text_now, "mean() { median }\n");
  EXPECT_EQ(compared.primary->line_now, 41U);
  EXPECT_THAT(compared.counts, ElementsAre(KindCount{"function", 3, 1, 0, 0}));
  EXPECT_EQ(code_change_text(compared), "mean() changed (features.cpp:41)");
}

TEST(CodeComparison, PrefersWhatWasEditedToWhatIsNearerAndOnlyHasOtherMachineCode) {
  Parts now = base();
  now[0].digest = sha256("loop, unrolled");
  now[1].digest = sha256("divide, vectorized");
  now[2] = function("score()", "add twice", {3});
  const auto compared = compare_code(base(), now);
  EXPECT_EQ(code_change_text(compared), "score() changed (features.cpp:41) and 2 more functions");
  ASSERT_THAT(compared.changes, SizeIs(3));
  EXPECT_EQ(compared.changes[0].name, "score()");
  EXPECT_EQ(compared.changes[1].name, "fit()");
  EXPECT_EQ(compared.changes[2].name, "normalise()");
  EXPECT_FALSE(compared.only_machine_code);
}

TEST(CodeComparison, OfSeveralEditsNamesTheNearestToTheRoot) {
  Parts now = base();
  now[3] = function("mean()", "median");
  now[1] = function("normalise()", "subtract", {3});
  EXPECT_EQ(text_of(base(), now), "normalise() changed (features.cpp:41) and 1 more function");
}

TEST(CodeComparison, NamesAnEditedFunctionThatIsOnlyInlined) {
  Parts before = base();
  before[0].sources.push_back({"clamp(double)", "math.h", 7, "old text"});
  Parts now = base();
  now[0].digest = sha256("loop with another clamp");
  now[0].sources.push_back({"clamp(double)", "math.h", 9, "new text"});
  const auto compared = compare_code(before, now);
  EXPECT_EQ(code_change_text(compared), "clamp(double) changed (math.h:9), inlined into fit()");
  EXPECT_EQ(compared.primary->text_before, "old text");
  EXPECT_EQ(compared.primary->line_before, 7U);
  EXPECT_THAT(compared.primary->path, ElementsAre("fit()"));
  EXPECT_EQ(compared.changes[0].name, "fit()") << "the part that differs is the one that holds it";
}

TEST(CodeComparison, SeesAnEditThroughAnInliningDecision) {
  Parts before = base();
  before[0].sources.push_back({"clamp(double)", "math.h", 7, "old text"});
  Parts now = base();
  now[0].digest = sha256("loop that calls clamp");
  now[0].edges = {1, 2, 4};
  now.push_back({"function", "clamp(double)", 9, sha256("clamp"), {{"clamp(double)", "math.h", 7, "new text"}}, {}});
  EXPECT_EQ(text_of(before, now), "clamp(double) changed (math.h:7) and 1 more function");
  // The same text: only the compiler decided otherwise.
  now.back().sources[0].text = "old text";
  EXPECT_TRUE(compare_code(before, now).only_machine_code);
}

TEST(CodeComparison, CountsARenamedFunctionAsTheSame) {
  Parts now = base();
  now[3].name = "average()";
  now[3].sources[0].function = "average()";
  const auto compared = compare_code(base(), now);
  EXPECT_THAT(compared.changes, IsEmpty());
  EXPECT_THAT(compared.counts, ElementsAre(KindCount{"function", 4, 0, 0, 0}));
}

TEST(CodeComparison, TellsANewFunctionAndOneThatIsGone) {
  Parts now = base();
  now[0].edges = {1, 2, 4};  // a virtual function: no text of a caller changed
  now.push_back(function("Tree::split()", "split"));
  EXPECT_EQ(text_of(base(), now), "Tree::split() is new (features.cpp:41) and 1 more function");
  const auto compared = compare_code(now, base());
  EXPECT_EQ(code_change_text(compared), "Tree::split() is gone (features.cpp:41) and 1 more function");
  EXPECT_THAT(compared.primary->path, ElementsAre("fit()", "Tree::split()"));
  EXPECT_EQ(compared.primary->text_now, "");
  EXPECT_THAT(compared.counts, ElementsAre(KindCount{"function", 3, 1, 0, 1}));
}

TEST(CodeComparison, SaysThatOnlyMachineCodeChanged) {
  Parts now = base();
  now[1].digest = sha256("divide by another compiler");
  now[1].sources[0].line = 50;
  const auto compared = compare_code(base(), now);
  EXPECT_TRUE(compared.only_machine_code);
  EXPECT_EQ(code_change_text(compared),
            "only machine code changed (a type or macro, compiler, flags, inlining or a line number): normalise() "
            "(features.cpp:50)");
}

TEST(CodeComparison, ClaimsNothingOfSourcesThatItDoesNotKnow) {
  Parts now = base();
  now[1].digest = sha256("divide by another compiler");
  now[1].sources[0].text.clear();
  EXPECT_FALSE(compare_code(base(), now).only_machine_code);
  EXPECT_EQ(text_of(base(), now), "normalise() changed (features.cpp:41)");
  now[1].sources.clear();
  EXPECT_EQ(text_of(base(), now), "normalise() changed");
}

TEST(CodeComparison, SeesThatAPartOfTheSameBytesReachesAnother) {
  const Parts before = base();
  Parts now = base();
  now[1].edges = {2};  // normalise() calls score() instead of mean()
  now[1].sources[0].text = "normalise() { score }\n";
  EXPECT_EQ(text_of(before, now), "normalise() changed (features.cpp:41)");
}

TEST(CodeComparison, TellsAConstantByTheFunctionThatReachesIt) {
  Parts before = base();
  before[2].edges.push_back(4);
  before.push_back(constant("0.1"));
  Parts now = base();
  now[2].edges.push_back(4);
  now.push_back(constant("0.2"));
  for (Part& part : now) part.sources.clear();
  const auto compared = compare_code(before, now);
  EXPECT_EQ(code_change_text(compared), "constant 0.2 of score() is new and 1 more function");
  EXPECT_THAT(compared.changes, SizeIs(3));
}

TEST(CodeComparison, TellsChangedDataThoughNoTextOfAFunctionIsAnother) {
  Parts before = base();
  before[3].edges.push_back(4);
  before.push_back({"data", "k_weights", 80, sha256("1 2 3"), {}, {}});
  Parts now = before;
  now[4].digest = sha256("1 2 4");
  const auto compared = compare_code(before, now);
  EXPECT_EQ(code_change_text(compared), "data k_weights of mean() changed");
  EXPECT_FALSE(compared.only_machine_code);
}

TEST(CodeComparison, MatchesSeveralOfOneNameByDigestAndThenInOrder) {
  const Parts before = {function("fit()", "loop", {1, 2, 3}), function("scale()", "a"), function("scale()", "b"),
                        function("scale()", "c")};
  const Parts now = {function("fit()", "loop", {1, 2, 3}), function("scale()", "c"), function("scale()", "a"),
                     function("scale()", "new b")};
  const auto compared = compare_code(before, now);
  ASSERT_THAT(compared.counts, SizeIs(1));
  EXPECT_EQ(compared.counts[0].added + compared.counts[0].removed, 0U);
  ASSERT_TRUE(compared.primary);
  EXPECT_EQ(compared.primary->text_before, "scale() { b }\n");
}

TEST(CodeComparison, KnowsALambdaAgainThatOneBeforeItGaveAnotherNumber) {
  const Parts before = {function("fit()", "loop", {1}), function("fit()::{lambda()#1}::operator()", "a")};
  const Parts now = {function("fit()", "loop", {1, 2}), function("fit()::{lambda()#1}::operator()", "b"),
                     function("fit()::{lambda()#2}::operator()", "a")};
  const auto compared = compare_code(before, now);
  EXPECT_THAT(compared.counts, ElementsAre(KindCount{"function", 1, 1, 1, 0}));
}

TEST(CodeComparison, GoesRoundCyclesAndPastEdgesThatLeadNowhere) {
  Parts before = base();
  before[3].edges = {0, 3, 77};
  Parts now = before;
  now[2] = function("score()", "multiply", {3});
  EXPECT_EQ(text_of(before, now), "score() changed (features.cpp:41)");
  EXPECT_EQ(text_of({}, {}), "");
  EXPECT_EQ(text_of({}, base()), "fit() is new (features.cpp:41) and 3 more functions");
}

TEST(CodeComparison, FollowsAChainOfAHundredThousandParts) {
  constexpr std::uint32_t k_length = 100'000;
  Parts before;
  for (std::uint32_t i = 0; i < k_length; ++i) {
    before.push_back(function("f" + std::to_string(i) + "()", "code " + std::to_string(i)));
    if (i + 1 < k_length) before.back().edges = {i + 1};
  }
  Parts now = before;
  now.back() = function(before.back().name, "edited");
  const auto compared = compare_code(before, now);
  ASSERT_TRUE(compared.primary);
  EXPECT_THAT(compared.primary->path, SizeIs(k_length));
  EXPECT_THAT(compared.changes, SizeIs(1));
  EXPECT_THAT(compared.counts, ElementsAre(KindCount{"function", k_length - 1, 1, 0, 0}));
}

TEST(CodeComparison, NamesALibraryThatIsAnother) {
  Parts before = base();
  before.push_back({"library", "libm.so.6", 0, sha256("1"), {}, {}});
  before[0].edges.push_back(4);
  Parts now = before;
  now[4].digest = sha256("2");
  EXPECT_EQ(text_of(before, now), "library libm.so.6 of fit() changed");
}

}  // namespace
}  // namespace stepcache::cache
