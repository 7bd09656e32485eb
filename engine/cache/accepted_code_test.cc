#include "cache/accepted_code.h"

#include <gtest/gtest.h>

#include "digest/sha256.h"

namespace stepcache::cache {
namespace {

using metadata::Acceptance;

Acceptance accepted(std::int64_t id, std::string_view now, std::string_view before, const std::string& step = "a",
                    const std::string& pipeline = "p") {
  Acceptance made;
  made.id = id;
  made.pipeline = pipeline;
  made.step = step;
  made.now = sha256(now);
  made.before = sha256(before);
  return made;
}

std::vector<std::int64_t> ids(const AcceptedCode& code, std::string_view now, std::string_view step = "a") {
  std::vector<std::int64_t> found;
  for (const Acceptance* acceptance : code.counts_as(step, sha256(now))) found.push_back(acceptance->id);
  return found;
}
using Ids = std::vector<std::int64_t>;

TEST(AcceptedCode, counts_for_one_step_of_one_pipeline_only) {
  const std::vector<Acceptance> all = {accepted(1, "b", "a"), accepted(2, "b", "a", "other"),
                                       accepted(3, "b", "a", "a", "q")};
  const AcceptedCode code("p", all);
  EXPECT_EQ(ids(code, "b"), Ids{1});
  EXPECT_EQ(ids(code, "b", "other"), Ids{2});
  EXPECT_EQ(ids(code, "a"), Ids());
  EXPECT_EQ(ids(code, "b", "third"), Ids());
  EXPECT_TRUE(AcceptedCode("r", all).empty());
}

TEST(AcceptedCode, follows_a_chain_as_far_as_it_is_in_force) {
  std::vector<Acceptance> all = {accepted(1, "b", "a"), accepted(2, "c", "b"), accepted(3, "d", "c")};
  EXPECT_EQ(ids(AcceptedCode("p", all), "d"), (Ids{3, 2, 1}));
  all[1].revoked_ns = 1;
  EXPECT_EQ(ids(AcceptedCode("p", all), "d"), Ids{3});
}

TEST(AcceptedCode, takes_the_latest_of_two_and_ends_in_a_ring) {
  EXPECT_EQ(ids(AcceptedCode("p", std::vector{accepted(1, "b", "a"), accepted(2, "b", "z")}), "b"), Ids{2});
  const std::vector<Acceptance> ring = {accepted(1, "b", "a"), accepted(2, "a", "b"), accepted(3, "c", "b"),
                                        accepted(4, "s", "s")};
  EXPECT_EQ(ids(AcceptedCode("p", ring), "b"), Ids{1});
  EXPECT_EQ(ids(AcceptedCode("p", ring), "a"), Ids{2});
  EXPECT_EQ(ids(AcceptedCode("p", ring), "c"), (Ids{3, 1}));
  EXPECT_EQ(ids(AcceptedCode("p", ring), "s"), Ids());
}

}  // namespace
}  // namespace stepcache::cache
