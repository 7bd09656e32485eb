#include "program/sdk.h"

#include <gtest/gtest.h>

#include "program/temporary_folder.h"

namespace stepcache::program {
namespace {

constexpr const char* k_description = R"({"schema": "stepcache.sdk/1", "version": "1.2.3",
 "compile": ["-std=c++20", "-I${prefix}/include"], "link": ["${prefix}/lib/libstepcache.a", "-lz"]})";

struct SdkFiles : ::testing::Test {
  TemporaryFolder folder;
  platform::FileSystem& files = platform::real_file_system();
};

TEST_F(SdkFiles, AreFoundBesideTheRunningProgramsFolder) {
  const auto file = folder.write("usr/lib/stepcache/sdk.json", k_description);
  const auto found = find_sdk(files, std::nullopt, folder.path() / "usr/bin/stepcache");
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, file);
}

TEST_F(SdkFiles, ThatTheEnvironmentNamesComeFirst) {
  folder.write("usr/lib/stepcache/sdk.json", k_description);
  const auto other = folder.write("other/sdk.json", k_description);
  const auto program = folder.path() / "usr/bin/stepcache";
  EXPECT_EQ(*find_sdk(files, other.string(), program), other);
  EXPECT_EQ(*find_sdk(files, other.parent_path().string(), program), other);
  const auto missing = find_sdk(files, (folder.path() / "nowhere").string(), program);
  ASSERT_FALSE(missing);  // not silently another one
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_EQ(missing.error().where, "STEPCACHE_SDK");
}

TEST_F(SdkFiles, ThatAreMissingSayWhatToInstall) {
  const auto missing = find_sdk(files, std::nullopt, folder.path() / "usr/bin/stepcache");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_NE(missing.error().message.find("install"), std::string::npos);
}

TEST_F(SdkFiles, AreRelativeToThePrefixTheyLieIn) {
  const auto sdk = read_sdk(files, folder.write("usr/lib/stepcache/sdk.json", k_description));
  ASSERT_TRUE(sdk) << to_string(sdk.error());
  const std::string prefix = (folder.path() / "usr").string();
  EXPECT_EQ(sdk->version, "1.2.3");
  EXPECT_EQ(sdk->compile_arguments, (std::vector<std::string>{"-std=c++20", "-I" + prefix + "/include"}));
  EXPECT_EQ(sdk->link_arguments, (std::vector<std::string>{prefix + "/lib/libstepcache.a", "-lz"}));
}

TEST_F(SdkFiles, HaveMoreForOneCompilerAndForEachLinker) {
  const auto sdk = read_sdk(files, folder.write("usr/lib/stepcache/sdk.json", R"({"schema": "stepcache.sdk/1",
 "compile": [], "compile_gcc": ["-fmerge-constants"], "link": [],
 "linkers": {"bfd": ["-T${prefix}/lib/stepcache/bfd.ld"], "mold": ["-Wl,--unique=.[rdb]*.*"]}})"));
  ASSERT_TRUE(sdk) << to_string(sdk.error());
  EXPECT_EQ(sdk->compile_arguments_of_gcc, std::vector<std::string>{"-fmerge-constants"});
  const std::string prefix = (folder.path() / "usr").string();
  EXPECT_EQ(sdk->link_arguments_of.at("bfd"), std::vector<std::string>{"-T" + prefix + "/lib/stepcache/bfd.ld"});
  EXPECT_EQ(sdk->link_arguments_of.at("mold"), std::vector<std::string>{"-Wl,--unique=.[rdb]*.*"});
  EXPECT_EQ(sdk->link_arguments_of.count("lld"), 0U);
}

TEST_F(SdkFiles, ThatAreNoDescriptionAreRefused) {
  const auto code_of = [&](const std::string& content) {
    const auto sdk = read_sdk(files, folder.write("usr/lib/stepcache/sdk.json", content));
    return sdk ? ErrorCode::internal : sdk.error().code;
  };
  EXPECT_EQ(code_of(""), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of("{"), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of("[]"), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(R"({"schema": 1})"), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(R"({"schema": "stepcache.sdk/1", "compile": []})"), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(R"({"schema": "stepcache.sdk/1", "compile": [1], "link": []})"), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(R"({"schema": "stepcache.sdk/2", "compile": [], "link": []})"), ErrorCode::unsupported_format);
  EXPECT_EQ(read_sdk(files, folder.path() / "missing.json").error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace stepcache::program
