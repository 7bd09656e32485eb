#include "report/quantities.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace stepcache::report {
namespace {

constexpr std::int64_t k_ms = 1'000'000;
constexpr std::int64_t k_s = 1000 * k_ms;

TEST(Quantities, durations_grow_through_their_units) {
  EXPECT_EQ(duration_text(0), "0 ms");
  EXPECT_EQ(duration_text(-5), "0 ms");
  EXPECT_EQ(duration_text(400), "0 ms");
  EXPECT_EQ(duration_text(338'400), "338 us");
  EXPECT_EQ(duration_text(840 * k_ms), "840 ms");
  EXPECT_EQ(duration_text(1240 * k_ms), "1.2 s");
  EXPECT_EQ(duration_text(243 * k_s), "4 min 3 s");
  EXPECT_EQ(duration_text(std::int64_t{2} * 3600 * k_s + 300 * k_s), "2 h 5 min");
  EXPECT_EQ(duration_text(std::int64_t{76} * 3600 * k_s), "3 d 4 h");
}

TEST(Quantities, durations_are_rounded_in_the_unit_shown) {
  EXPECT_EQ(duration_text(999'600), "1 ms");
  EXPECT_EQ(duration_text(999'700'000), "1.0 s");
  EXPECT_EQ(duration_text(59'960 * k_ms), "1 min");
  EXPECT_EQ(duration_text(3'599'600 * k_ms), "1 h");
}

TEST(Quantities, sizes_are_powers_of_1000) {
  EXPECT_EQ(size_text(0), "0 B");
  EXPECT_EQ(size_text(999), "999 B");
  EXPECT_EQ(size_text(1'300'000), "1.3 MB");
  EXPECT_EQ(size_text(400'000'000), "400 MB");
  EXPECT_EQ(size_text(999'600), "1.0 MB");
  EXPECT_EQ(size_text(UINT64_MAX), "18447 PB");
}

TEST(Quantities, counts_have_thousands_and_a_noun) {
  EXPECT_EQ(count_text(1'234'567), "1,234,567");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(counted(1, "run"), "1 run");
  EXPECT_EQ(counted(0, "run"), "0 runs");
}

TEST(Quantities, ages_become_dates_after_a_day_and_before_their_time) {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  const std::int64_t now = 1'764'072'000 * k_s;
  EXPECT_EQ(when_text(now - 3 * k_s, now), "just now");
  EXPECT_EQ(when_text(now - 59 * k_s, now), "59 s ago");
  EXPECT_EQ(when_text(now - 125 * k_s, now), "2 min ago");
  EXPECT_EQ(when_text(now - std::int64_t{3} * 3600 * k_s, now), "3 h ago");
  EXPECT_EQ(when_text(now - std::int64_t{48} * 3600 * k_s, now), "2025-11-23 12:00");
  EXPECT_EQ(when_text(now + 60 * k_s, now), "2025-11-25 12:01");
}

}  // namespace
}  // namespace stepcache::report
