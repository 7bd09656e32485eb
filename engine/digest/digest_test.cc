#include "digest/digest.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "digest/field_hasher.h"
#include "digest/sha256.h"

namespace stepcache {
namespace {

TEST(Sha256, GivesTheStandardsTestVectors) {
  EXPECT_EQ(sha256("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc").hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, StartsAnewAfterFinish) {
  Sha256 hasher;
  hasher.update("something else");
  (void)hasher.finish();
  hasher.update("a");
  hasher.update("bc");
  EXPECT_EQ(hasher.finish(), sha256("abc"));
}

TEST(Digest, ReadsBackItsOwnHexAndNothingElse) {
  const Digest digest = sha256("abc");
  EXPECT_EQ(Digest::from_hex(digest.hex()), digest);
  EXPECT_EQ(Digest::from_hex("ba78"), std::nullopt);
  EXPECT_EQ(Digest::from_hex(std::string(64, 'G')), std::nullopt);
  EXPECT_EQ(Digest::from_bytes(as_bytes("short")), std::nullopt);
}

TEST(FieldHasher, NeverRunsFieldsTogether) {
  FieldHasher hasher;
  const std::vector<Digest> digests = {
      hasher.text("ab").text("c").finish(),
      hasher.text("a").text("bc").finish(),
      hasher.text("abc").finish(),
      hasher.bytes(as_bytes("abc")).finish(),
      hasher.begin("a").text("bc").end().finish(),
      hasher.begin("a").end().text("bc").finish(),
  };
  for (std::size_t i = 0; i < digests.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(digests[i], digests[j]) << i << " and " << j;
  }
}

TEST(FieldHasher, TellsValuesOfDifferentTypesApart) {
  FieldHasher hasher;
  const std::vector<Digest> digests = {
      hasher.integer(1).finish(), hasher.real(1.0).finish(), hasher.boolean(true).finish(),
      hasher.text("1").finish(),  hasher.none().finish(),    hasher.integer(-1).finish(),
      hasher.integer(0).finish(), hasher.real(0.0).finish(), hasher.real(-0.0).finish(),
  };
  for (std::size_t i = 0; i < digests.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(digests[i], digests[j]) << i << " and " << j;
  }
}

TEST(FieldHasher, GivesOneNumberOneDigest) {
  FieldHasher hasher;
  EXPECT_EQ(hasher.integer(7).finish(), hasher.unsigned_integer(7).finish());
  EXPECT_EQ(hasher.real(std::nan("1")).finish(), hasher.real(-std::numeric_limits<double>::quiet_NaN()).finish());
  EXPECT_NE(hasher.integer(std::numeric_limits<std::int64_t>::min()).finish(),
            hasher.unsigned_integer(1ULL << 63U).finish());
}

TEST(FieldHasher, KeepsItsPublishedBytes) {
  FieldHasher hasher;
  hasher.begin("g").integer(-258).boolean(true).none().end();
  EXPECT_EQ(hasher.fields(), std::string_view("(\0\0\0\0\0\0\0\1gi-\2\1\2b\1n)", 19));
}

}  // namespace
}  // namespace stepcache
