#include "metadata/code_blobs.h"

#include <gtest/gtest.h>

#include "digest/sha256.h"
#include "metadata/sample_records.h"

namespace stepcache::metadata {
namespace {

SignatureContent some_content() { return {sha256("parts"), {{1, {1, 2}}, {INT64_MAX, {}}, {1, {0, 0, 2}}}}; }

TEST(CodeBlobs, ReadBackWhatWasWritten) {
  for (CodePart part : some_code()) {
    const std::string blob = encode_code_part(part);
    part.edges.clear();  // these belong to the signature
    EXPECT_EQ(decode_code_part(blob), part);
  }
  EXPECT_EQ(decode_signature(encode_signature(some_content())), some_content());
  EXPECT_EQ(decode_signature(encode_signature({})), SignatureContent());
}

TEST(CodeBlobs, GiveNothingWhenTheyWereCutOffOrGoOn) {
  const std::string part = encode_code_part(some_code()[0]);
  for (std::size_t size = 0; size < part.size(); ++size) EXPECT_FALSE(decode_code_part(part.substr(0, size))) << size;
  EXPECT_FALSE(decode_code_part(part + '\0'));
  const std::string signature = encode_signature(some_content());
  for (std::size_t size = 0; size < signature.size(); ++size) {
    EXPECT_FALSE(decode_signature(signature.substr(0, size))) << size;
  }
  EXPECT_FALSE(decode_signature(signature + '\0'));
}

TEST(CodeBlobs, GiveNothingWhenAnEdgeLeadsNowhere) {
  SignatureContent content = some_content();
  content.parts[1].edges = {3};
  EXPECT_FALSE(decode_signature(encode_signature(content)));
}

TEST(CodeBlobs, TellPartsInAnotherOrderApart) {
  EXPECT_NE(digest_of_parts({sha256("a"), sha256("b")}), digest_of_parts({sha256("b"), sha256("a")}));
  EXPECT_NE(digest_of_parts({sha256("a")}), digest_of_parts({sha256("a"), sha256("a")}));
}

}  // namespace
}  // namespace stepcache::metadata
