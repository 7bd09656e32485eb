#include "encoding/tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "digest/sha256.h"

namespace stepcache::encoding {
namespace {

TreeEntry entry(std::string name, std::uint64_t size_bytes = 3, bool is_tree = false) {
  const Digest digest = sha256(name);
  return {std::move(name), digest, size_bytes, is_tree};
}

std::vector<TreeEntry> random_entries(std::mt19937_64& random, bool paths) {
  std::set<std::string> names;
  for (auto count = random() % 8; count > 0; --count) {
    std::string name = "n" + std::to_string(count);
    for (auto bytes = random() % 6; bytes > 0; --bytes) name.push_back(static_cast<char>(1 + random() % 255));
    std::replace(name.begin(), name.end(), '/', '_');
    if (paths && random() % 2 == 0) name += "/file";
    names.insert(name);
  }
  std::vector<TreeEntry> entries;
  entries.reserve(names.size());
  for (const auto& name : names) entries.push_back({name, sha256(name), random(), random() % 3 == 0});
  return entries;
}

TEST(Tree, KeepsItsPublishedForm) {
  const auto bytes = encode_tree({entry("y", 18446744073709551615U), entry("\xe9", 0, true), entry("x")});
  ASSERT_TRUE(bytes);
  EXPECT_EQ(*bytes,
            "{\"schema\":\"stepcache.tree/1\",\"names\":\"parts\",\"entries\":[\n"
            "{\"name\":\"x\",\"size_bytes\":3,\"digest\":\"" +
                sha256("x").hex() +
                "\",\"tree\":false},\n"
                "{\"name\":\"y\",\"size_bytes\":18446744073709551615,\"digest\":\"" +
                sha256("y").hex() +
                "\",\"tree\":false},\n"
                "{\"name\":\"\\udce9\",\"size_bytes\":0,\"digest\":\"" +
                sha256("\xe9").hex() +
                "\",\"tree\":true}\n"
                "]}\n");
  EXPECT_EQ(encode_tree({}, TreeNames::paths).value(),
            "{\"schema\":\"stepcache.tree/1\",\"names\":\"paths\",\"entries\":[\n]}\n");
}

TEST(Tree, GivesAnyEntriesBackWhateverTheirOrderWas) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 5'000; ++i) {
    const bool paths = random() % 2 == 0;
    const auto entries = random_entries(random, paths);
    auto shuffled = entries;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    const auto bytes = encode_tree(shuffled, paths ? TreeNames::paths : TreeNames::parts);
    ASSERT_TRUE(bytes) << bytes.error().message;
    ASSERT_TRUE(bytes->starts_with(tree_prefix()));
    const auto decoded = decode_whole_tree(as_bytes(*bytes));
    ASSERT_TRUE(decoded) << decoded.error().message;
    ASSERT_EQ(decoded->entries, entries);
    ASSERT_EQ(decoded->names, paths ? TreeNames::paths : TreeNames::parts);
  }
}

TEST(Tree, RefusesNamesThatCouldLeadElsewhere) {
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string("a/b"), std::string("a\0b", 3)}) {
    EXPECT_EQ(encode_tree({entry(name)}).error().code, ErrorCode::invalid_argument) << name;
  }
  for (const std::string name : {"", "/a", "a/", "a//b", "a/../b", "./a", ".."}) {
    EXPECT_EQ(encode_tree({entry(name)}, TreeNames::paths).error().code, ErrorCode::invalid_argument) << name;
  }
  EXPECT_TRUE(encode_tree({entry("..a"), entry("...")}, TreeNames::paths));
}

TEST(Tree, RefusesANameThatComesTwiceOrIsAFileAndAFolder) {
  EXPECT_FALSE(encode_tree({entry("a"), entry("a")}));
  EXPECT_FALSE(encode_tree({entry("a"), entry("a!"), entry("a/b/c")}, TreeNames::paths));
  EXPECT_FALSE(encode_tree({entry("a/b"), entry("a/b/c")}, TreeNames::paths));
  EXPECT_TRUE(encode_tree({entry("a/b"), entry("a/c"), entry("ab")}, TreeNames::paths));
}

TEST(Tree, ReadsNoOtherSpelling) {
  const std::string bytes = encode_tree({entry("a"), entry("b")}).value();
  const auto changed = [&](std::string_view from, std::string_view to) {
    std::string copy = bytes;
    copy.replace(copy.find(from), from.size(), to);
    return decode_tree(as_bytes(copy));
  };
  ASSERT_TRUE(decode_tree(as_bytes(bytes)));
  EXPECT_FALSE(decode_tree(as_bytes(bytes + "\n")));
  EXPECT_FALSE(changed("\"a\"", "\"c\""));  // no longer sorted
  EXPECT_FALSE(changed("\"a\"", "\"\\u0061\""));
  EXPECT_FALSE(changed("\"a\"", "\"b\""));
  EXPECT_FALSE(changed("\"a\"", "\"..\""));
  EXPECT_FALSE(changed("\"parts\"", "\"other\""));
  EXPECT_FALSE(changed(":3,", ":03,"));
  EXPECT_FALSE(changed(":3,", ":-3,"));
  EXPECT_FALSE(changed("tree/1\",", "tree/1\", "));
  EXPECT_EQ(changed("tree/1", "tree/2").error().code, ErrorCode::unsupported_format);
  EXPECT_EQ(decode_tree(as_bytes("{}")).error().code, ErrorCode::damaged);
}

TEST(Tree, SurvivesEveryCutAndFlippedBytes) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 50; ++i) {
    const std::string bytes = encode_tree(random_entries(random, false)).value();
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      ASSERT_FALSE(decode_tree(as_bytes(std::string_view(bytes).substr(0, length))));
    }
    for (int flip = 0; flip < 500; ++flip) {
      std::string flipped = bytes;
      flipped[random() % flipped.size()] = static_cast<char>(random());
      const auto tree = decode_whole_tree(as_bytes(flipped));
      if (!tree) continue;
      ASSERT_EQ(encode_tree(tree->entries, tree->names).value(), flipped);
    }
  }
}

}  // namespace
}  // namespace stepcache::encoding
