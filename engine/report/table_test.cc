#include "report/table.h"

#include <gtest/gtest.h>

namespace stepcache::report {
namespace {

TEST(Table, aligns_by_columns_on_the_terminal_not_by_bytes) {
  Table table({{"name"}, {"size", Table::Align::right}, {""}});
  table.add({"\xe6\x97\xa5\xe6\x9c\xac", "1 B", "x"});
  table.add({"e\xcc\x81t\xc3\xa9", "400 MB"});
  EXPECT_EQ(table.text("  "), "  name    size\n  \xe6\x97\xa5\xe6\x9c\xac     1 B  x\n  e\xcc\x81t\xc3\xa9   400 MB\n");
}

TEST(Table, colours_take_no_room) { EXPECT_EQ(display_width("\x1b[31mred\x1b[0m"), 3U); }

TEST(Table, shortens_to_a_width_and_never_inside_a_character) {
  EXPECT_EQ(shortened("evaluator", 9), "evaluator");
  EXPECT_EQ(shortened("evaluators", 9), "evalua...");
  EXPECT_EQ(shortened("\xe6\x97\xa5\xe6\x9c\xac\xe6\x97\xa5", 5), "\xe6\x97\xa5...");
  EXPECT_EQ(shortened("evaluator", 2), "..");
}

TEST(Table, names_from_outside_stay_on_their_line_and_control_nothing) {
  EXPECT_EQ(shown("a\nb\x1b[31m\xff"), "a\\nb\\x1b[31m\\xff");
  EXPECT_EQ(shown_lines("one\ntwo\x1b\n\n", "  "), "  one\n  two\\x1b");
}

}  // namespace
}  // namespace stepcache::report
