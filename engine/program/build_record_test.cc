#include "program/build_record.h"

#include <gtest/gtest.h>

#include "digest/sha256.h"
#include "program/dependency_file.h"

namespace stepcache::program {
namespace {

using Names = std::vector<std::string>;

TEST(CompilerDependencies, AreReadAsGccWritesThem) {
  EXPECT_EQ(parse_compiler_dependencies("x: a.cpp b.h \\\n c.h\n"), (Names{"a.cpp", "b.h", "c.h"}));
  EXPECT_EQ(parse_compiler_dependencies("x: /two\\ words/a.cpp /dollar$$z /hash\\#1\n"),
            (Names{"/two words/a.cpp", "/dollar$z", "/hash#1"}));
  EXPECT_EQ(parse_compiler_dependencies("x: /it's\"\n$$z/a.cpp \\\n b.h\n"), (Names{"/it's\"\n$z/a.cpp", "b.h"}));
  EXPECT_EQ(parse_compiler_dependencies("x: back\\slash end\\\\\\ space\n"), (Names{"back\\slash", "end\\ space"}));
  EXPECT_EQ(parse_compiler_dependencies("x: a a b\n"), (Names{"a", "b"}));
  EXPECT_EQ(parse_compiler_dependencies(""), Names{});
  EXPECT_EQ(parse_compiler_dependencies("no rule"), Names{});
}

TEST(LinkerDependencies, AreReadAsGnuLdWritesThem) {
  EXPECT_EQ(parse_linker_dependencies(
                "/out put: \\\n  /two words/a.o \\\n  /lib/libm.so.6 \\\n  /lib/libm.so.6\n\n/lib/libm.so.6:\n\n"),
            (Names{"/two words/a.o", "/lib/libm.so.6"}));
  EXPECT_EQ(parse_linker_dependencies("a: \\\n  /with\nnewline/a.o\n\nb:\n"), (Names{"/with\nnewline/a.o"}));
  EXPECT_EQ(parse_linker_dependencies(""), Names{});
}

BuildRecord example() {
  const auto file = [](const std::string& path) {
    return TrackedFile{path, {1, 2, 3, -4, INT64_MAX}, sha256(path), true};
  };
  BuildRecord record;
  record.compiler = {{file("/usr/bin/g++")}, "g++ 12\nwith \xff bytes, 100%"};
  record.objects.push_back({sha256("command"), {file("/a\nb/\xff\"%41.cpp"), file("")}, file("0.o")});
  record.linker_question = sha256("which");
  record.linker = "lld";
  record.link_command = sha256("link");
  record.link_inputs = {file("/lib/libm.so")};
  record.program = file("program");
  return record;
}

TEST(BuildRecord, ComesBackWhole) {
  const std::string text = encode(example());
  const auto back = decode(text);
  ASSERT_TRUE(back);
  EXPECT_EQ(encode(*back), text);
  EXPECT_EQ(back->objects[0].inputs[0].path, "/a\nb/\xff\"%41.cpp");
  EXPECT_EQ(back->objects[0].inputs[0].identity.ctime_ns, INT64_MAX);
  EXPECT_EQ(back->compiler.version, example().compiler.version);
}

TEST(BuildRecord, ThatIsNotWholeIsNone) {
  const std::string text = encode(example());
  for (std::size_t length = 0; length + 2 < text.size(); ++length)
    ASSERT_FALSE(decode(text.substr(0, length))) << length;
  EXPECT_FALSE(decode("{}"));
  EXPECT_FALSE(decode("[]"));
  EXPECT_FALSE(decode(R"({"schema": "stepcache.build/2"})"));
  EXPECT_FALSE(decode(R"({"schema": 1})"));
}

TEST(BuildRecord, SurvivesAnyFlippedByte) {
  const std::string text = encode(example());
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string damaged = text;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x15);
    (void)decode(damaged);  // another record, or none
  }
}

}  // namespace
}  // namespace stepcache::program
