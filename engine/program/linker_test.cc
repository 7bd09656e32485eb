#include "program/linker.h"

#include <gtest/gtest.h>

#include "program/temporary_folder.h"

namespace stepcache::program {
namespace {

TEST(Linkers, AreKnownByTheirAnswers) {
  EXPECT_EQ(linker_in("GNU ld (GNU Binutils for Debian) 2.40\nCopyright (C) 2023"), "bfd");
  EXPECT_EQ(linker_in("Debian LLD 19.1.7 (compatible with GNU linkers)\n"), "lld");
  EXPECT_EQ(linker_in("mold 1.10.1 (compatible with GNU ld)\n"), "mold");
  EXPECT_EQ(linker_in("GNU gold (GNU Binutils for Debian 2.40) 1.16\n"), "other");
  EXPECT_EQ(linker_in(""), "other");
}

TEST(Linkers, AreThoseThatTheCompilerStartsWithItsOptions) {
  TemporaryFolder folder;
  platform::FileSystem& files = platform::real_file_system();
  const auto compiler = folder.write_program("a compiler", R"(#!/bin/sh
echo "collect2 GNU ld" >&2
case " $* " in *" -fuse-ld=lld -Wl,--version "*) echo "LLD 19";; *" -Wl,--version "*) echo "GNU ld 2.40";; esac
)");
  const auto scratch = folder.path() / "scratch";
  EXPECT_EQ(*find_linker(files, {compiler.string()}, scratch), "bfd");
  EXPECT_EQ(*find_linker(files, {compiler.string(), "-fuse-ld=lld"}, scratch), "lld");
  EXPECT_EQ(*find_linker(files, {"/bin/false"}, scratch), "other");
  EXPECT_FALSE(std::filesystem::exists(scratch));
}

TEST(Compilers, ThatAreGccSayWhoseTheyAre) {
  EXPECT_TRUE(is_gcc("g++ (Debian 12.2.0-14) 12.2.0\nCopyright (C) 2022 Free Software Foundation, Inc.\n"));
  EXPECT_FALSE(is_gcc("Debian clang version 19.1.7\nTarget: x86_64-pc-linux-gnu\n"));
}

TEST(Options, MayAskForAFixedAddress) {
  EXPECT_TRUE(asks_for_a_fixed_address({"-O2", "-no-pie"}));
  EXPECT_TRUE(asks_for_a_fixed_address({"-static"}));
  EXPECT_FALSE(asks_for_a_fixed_address({"-O2", "-pie", "-static-libstdc++"}));
}

}  // namespace
}  // namespace stepcache::program
