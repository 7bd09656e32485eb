#include "platform/loaded_code.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace stepcache::platform {
namespace {

int loaded_number = 0x12345678;
thread_local int thread_number = 0x1badcafe;

TEST(LoadedCode, ReadsAVariableOfTheProgramThroughItsPlace) {
  const auto place = code_place(&loaded_number);
  ASSERT_TRUE(place);
  EXPECT_EQ(place->module, "");
  loaded_number = 77;
  const auto bytes = loaded_bytes(*place, sizeof loaded_number);
  ASSERT_TRUE(bytes);
  int read = 0;
  std::memcpy(&read, bytes->data(), sizeof read);
  EXPECT_EQ(read, 77);
}

TEST(LoadedCode, GivesNothingOutsideOfTheModule) {
  EXPECT_FALSE(loaded_bytes({"", UINT64_MAX - 64}, 8));
  EXPECT_FALSE(loaded_bytes({"no_such_library.so", 0}, 8));
  EXPECT_FALSE(thread_bytes({"", 1U << 30U}, 8));
}

TEST(LoadedCode, ReadsAThreadsOwnVariables) {
  thread_number = 0x1badcafe;  // also makes sure that there is a block
  const auto block = thread_bytes({"", 0}, sizeof thread_number);
  ASSERT_TRUE(block);
}

TEST(LoadedCode, KnowsWhichAddressesMeanMemory) {
  const int local = 0;
  const MappedMemory memory = MappedMemory::read();
  EXPECT_TRUE(memory.contains(reinterpret_cast<std::uintptr_t>(&local)));
  EXPECT_TRUE(memory.contains(reinterpret_cast<std::uintptr_t>(&loaded_number)));
  EXPECT_FALSE(memory.contains(0));
  EXPECT_FALSE(memory.contains(42));
}

}  // namespace
}  // namespace stepcache::platform
