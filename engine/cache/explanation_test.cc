#include "cache/explanation.h"

#include <gtest/gtest.h>

#include "digest/sha256.h"

namespace stepcache::cache {
namespace {

using metadata::KeyPart;
using metadata::KeyPartKind;

KeyPart part(KeyPartKind kind, std::string port, std::string part_name, const std::string& text) {
  return {kind, std::move(port), std::move(part_name), sha256(text), text};
}

std::vector<KeyPart> base() {
  return {part(KeyPartKind::code, "", "trainer", "c0de"), part(KeyPartKind::artifact, "0", "importer.train", "aaaa"),
          part(KeyPartKind::parameter, "1", "epochs", "20"), part(KeyPartKind::output_port, "output", "", "m/1")};
}

TEST(Explanation, SaysNothingChangedWhenNothingDid) {
  const auto parts = compare(base(), base());
  for (const PartComparison& compared : parts) EXPECT_TRUE(compared.same);
  EXPECT_EQ(reason_for_change(parts).code, ReasonCode::not_cached_before);
}

TEST(Explanation, NamesAParameterWithOldAndNewValue) {
  auto now = base();
  now[2] = part(KeyPartKind::parameter, "1", "epochs", "30");
  EXPECT_EQ(reason_for_change(compare(base(), now)),
            (Reason{ReasonCode::parameter_changed, "parameter epochs: 20 -> 30"}));
}

TEST(Explanation, NamesEveryChangeAndCodeFirst) {
  auto now = base();
  now[0] = part(KeyPartKind::code, "", "trainer", "beef");
  now[1] = part(KeyPartKind::artifact, "0", "importer.train", "bbbb");
  EXPECT_EQ(reason_for_change(compare(base(), now)),
            (Reason{ReasonCode::code_changed, "code changed; artifact importer.train: aaaa -> bbbb"}));
}

TEST(Explanation, SaysWhatChangedInTheCodeWhereThatIsKnown) {
  auto now = base();
  now[0] = part(KeyPartKind::code, "", "trainer", "beef");
  now[2] = part(KeyPartKind::parameter, "1", "epochs", "30");
  EXPECT_EQ(reason_for_change(compare(base(), now), "fit() changed (fit.cpp:4)").text,
            "fit() changed (fit.cpp:4); parameter epochs: 20 -> 30");
  now[0] = base()[0];
  EXPECT_EQ(reason_for_change(compare(base(), now), "fit() changed (fit.cpp:4)").text, "parameter epochs: 20 -> 30");
}

TEST(Explanation, PutsOnePortSideBySideWhateverFeedsIt) {
  auto now = base();
  now[2] = part(KeyPartKind::literal, "1", "", "20");
  const auto parts = compare(base(), now);
  ASSERT_EQ(parts.size(), base().size());
  EXPECT_TRUE(parts[2].same);
}

TEST(Explanation, ShowsWhatCameAndWhatWent) {
  auto now = base();
  now.pop_back();
  now.push_back(part(KeyPartKind::salt, "", "", "\"s\""));
  const auto parts = compare(base(), now);
  ASSERT_EQ(parts.size(), 5U);
  EXPECT_FALSE(parts[3].has_before);
  EXPECT_FALSE(parts[4].has_now);
  EXPECT_EQ(reason_for_change(parts).text, "output output is gone (was m/1); cache_salt is new (\"s\")");
}

TEST(Explanation, DoesNotShowTheValueOfAVariable) {
  const std::vector<KeyPart> before = {part(KeyPartKind::environment, "0", "TOKEN", "d1")};
  const std::vector<KeyPart> now = {part(KeyPartKind::environment, "0", "TOKEN", "d2")};
  EXPECT_EQ(reason_for_change(compare(before, now)),
            (Reason{ReasonCode::environment_changed, "environment TOKEN changed"}));
}

}  // namespace
}  // namespace stepcache::cache
