#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>

// Golden files: what a person or a program reads, kept beside the code and compared byte for byte.
namespace stepcache::testing {

// True when STEPCACHE_ACCEPT_GOLDEN is set to 1: then comparisons write instead.
inline bool accepting_golden() {
  const char* value = std::getenv("STEPCACHE_ACCEPT_GOLDEN");
  return value != nullptr && std::string_view(value) == "1";
}

// Succeeds when `actual` is what the file holds. With STEPCACHE_ACCEPT_GOLDEN=1 writes it there (the folder is made),
// and succeeds. Otherwise a failure names the first line that differs and how to accept:
//   EXPECT_TRUE(matches_golden(to_text(graph), golden_folder / "boston.txt"));
inline ::testing::AssertionResult matches_golden(std::string_view actual, const std::filesystem::path& file) {
  if (accepting_golden()) {
    std::error_code ignored;
    std::filesystem::create_directories(file.parent_path(), ignored);
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << actual;
    out.close();
    if (!out) return ::testing::AssertionFailure() << "cannot write " << file;
    return ::testing::AssertionSuccess();
  }
  constexpr std::string_view k_hint = "\nrun the test with STEPCACHE_ACCEPT_GOLDEN=1 to accept what it gives now";
  const std::ifstream in(file, std::ios::binary);
  if (!in) return ::testing::AssertionFailure() << "there is no golden file " << file << k_hint;
  std::ostringstream content;
  content << in.rdbuf();
  const std::string expected = content.str();
  if (expected == actual) return ::testing::AssertionSuccess();

  const auto line_at = [](std::string_view text, std::size_t at) {
    const std::size_t begin = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
    const std::size_t start = begin == std::string_view::npos ? 0 : begin + 1;
    return text.substr(start, text.find('\n', at) - start);
  };
  const auto differ = std::mismatch(expected.begin(), expected.end(), actual.begin(), actual.end());
  const auto at = static_cast<std::size_t>(differ.first - expected.begin());
  const auto line = std::count(expected.begin(), differ.first, '\n') + 1;
  return ::testing::AssertionFailure() << file << " differs in line " << line << "\n  golden: " << line_at(expected, at)
                                       << "\n  now:    " << line_at(actual, at) << k_hint;
}

}  // namespace stepcache::testing
