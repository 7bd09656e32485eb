#include "lineage/escape.h"

#include <gtest/gtest.h>

#include <string>

#include "lineage/label.h"
#include "lineage/lineage_examples.h"
#include "lineage/utf8.h"

namespace stepcache::lineage {
namespace {

using examples::is_valid_utf8;

TEST(Utf8, RefusesWhatTheStandardRefuses) {
  for (const std::string_view bad : {"\x80", "\xC0\xAF", "\xC1\x81", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                     "\xF5\x80\x80\x80", "\xFF", "\xE2\x82", "\xF0\x9F\x98", "\xE2\x28\xA1"}) {
    EXPECT_FALSE(decode_utf8(bad, 0).valid) << one_line(bad);
    EXPECT_EQ(decode_utf8(bad, 0).length, 1U);
  }
  EXPECT_EQ(decode_utf8("€", 0).code_point, U'€');
  EXPECT_EQ(decode_utf8("\xF4\x8F\xBF\xBF", 0).code_point, char32_t{0x10FFFF});
}

TEST(OneLine, KeepsReadableTextOfAnyScript) {
  for (const std::string_view text :
       {"importer", "model file", "השלב", "模型", "👩‍🔬", "naïve", "C:\\temp", ""}) {
    EXPECT_EQ(one_line(text), text);
  }
}

TEST(OneLine, ShowsWhatIsNotText) {
  EXPECT_EQ(one_line("a\nb\tc\r"), "a\\nb\\tc\\r");
  EXPECT_EQ(one_line("\xff\xfe raw"), "\\xff\\xfe raw");
  EXPECT_EQ(one_line(std::string_view("nul\0x", 5)), "nul\\x00x");
  EXPECT_EQ(one_line("\x1b[31mred\x7f"), "\\x1b[31mred\\x7f");
  EXPECT_EQ(one_line("cut\xE2\x82"), "cut\\xe2\\x82");
  EXPECT_EQ(one_line("\u202Eexe.gpj"), "\\u{202e}exe.gpj");  // would be read backwards
  EXPECT_EQ(one_line("\u2028"), "\\u{2028}");
  EXPECT_EQ(one_line("\u009B31m"), "\\u{009b}31m");
  EXPECT_EQ(one_line("\uFFFF"), "\\u{ffff}");
}

TEST(OneLine, GivesPrintableTextForAnyBytes) {
  examples::Dice random(1);
  for (int round = 0; round < 5000; ++round) {
    std::string bytes(random.below(24), '\0');
    for (char& c : bytes) c = static_cast<char>(random.below(256));
    const std::string line = one_line(bytes);
    ASSERT_TRUE(is_valid_utf8(line));
    for (const char c : line) ASSERT_GE(static_cast<unsigned char>(c), 0x20);
    ASSERT_EQ(one_line(line), line);
    ASSERT_TRUE(is_valid_utf8(json_text(bytes)));
  }
}

TEST(JsonText, EscapesOnlyWhatIsNoUtf8) {
  EXPECT_EQ(json_text("a\n\"b\"\x1b€"), "a\n\"b\"\x1b€");
  EXPECT_EQ(json_text("\xffname\xC3"), "\\xffname\\xc3");
}

TEST(XmlText, LeavesNoMarkup) {
  EXPECT_EQ(xml_text("<script a='1' b=\"2\">&amp;"), "&lt;script a=&#39;1&#39; b=&quot;2&quot;&gt;&amp;amp;");
}

TEST(DotText, EndsNoStringAndStartsNoEscape) {
  EXPECT_EQ(dot_text("say \"\\N\" & go\\"), "say \\\"\\\\N\\\" &amp; go\\\\");
}

TEST(FitColumns, CutsBetweenCharactersOnly) {
  EXPECT_EQ(fit_columns("evaluator", 9), "evaluator");
  EXPECT_EQ(fit_columns("evaluator", 8), "evaluat…");
  EXPECT_EQ(fit_columns("evaluator", 8, Cut::start), "…aluator");
  EXPECT_EQ(columns("模型"), 4);
  EXPECT_EQ(fit_columns("模型模型", 6), "模型…");  // half a wide character is not shown
  EXPECT_EQ(columns("e\u0301"), 1);
  EXPECT_EQ(fit_columns("e\u0301e\u0301e\u0301", 2), "e\u0301…");                    // the accent stays with its letter
  EXPECT_EQ(fit_columns("👩‍🔬👩‍🔬👩‍🔬", 6), "👩‍🔬…");  // a joined emoji stays whole
}

TEST(FitPx, NeverExceedsItsLimit) {
  examples::Dice random(2);
  const std::string_view pieces[] = {"W", "m", "i", " ", "模", "e\u0301", "👩‍🔬", "ש", "&", "€"};
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (std::size_t i = random.below(30); i > 0; --i)
      text += pieces[random.below(static_cast<std::uint32_t>(std::size(pieces)))];
    const double limit = 30 + static_cast<double>(random.below(200));
    const Cut cut = random.below(2) == 0 ? Cut::end : Cut::start;
    const std::string fitted = fit_px(text, 13, true, limit, cut);
    ASSERT_LE(width_px(fitted, 13, true), limit);
    ASSERT_TRUE(is_valid_utf8(fitted));
    if (width_px(text, 13, true) <= limit) {
      ASSERT_EQ(fitted, text);
    } else {
      ASSERT_NE(fitted.find("…"), std::string::npos);
    }
  }
}

TEST(DurationText, ReadsWell) {
  EXPECT_EQ(duration_text(0), "0 us");
  EXPECT_EQ(duration_text(840'000), "840 us");
  EXPECT_EQ(duration_text(12'400'000), "12 ms");
  EXPECT_EQ(duration_text(999'600'000), "1.0 s");
  EXPECT_EQ(duration_text(59'960'000'000), "59 s");
  EXPECT_EQ(duration_text(243'000'000'000), "4 min 3 s");
  EXPECT_EQ(duration_text(7'500'000'000'000), "2 h 5 min");
}

TEST(SizeText, ReadsWell) {
  EXPECT_EQ(size_text(0), "0 B");
  EXPECT_EQ(size_text(999), "999 B");
  EXPECT_EQ(size_text(41'234), "41.2 kB");
  EXPECT_EQ(size_text(999'960), "1.0 MB");
  EXPECT_EQ(size_text(UINT64_MAX), "18.4 EB");
}

}  // namespace
}  // namespace stepcache::lineage
