#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "cli/option_value.h"
#include "cli/pipeline_command.h"

namespace stepcache::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Arguments = std::vector<std::string>;

bool about(std::string_view command, const Arguments& arguments) { return is_about_pipeline(command, arguments); }

TEST(PipelineCommand, run_plan_and_graph_are_about_a_pipeline_unless_only_help_is_asked_for) {
  EXPECT_TRUE(about("run", {"pipeline.cpp"}));
  EXPECT_TRUE(about("run", {}));  // to be told what is missing
  EXPECT_FALSE(about("run", {"--help"}));
  EXPECT_TRUE(about("plan", {"pipeline.cpp", "--help"}));
  EXPECT_FALSE(about("runs", {"pipeline.cpp"}));
}

TEST(PipelineCommand, why_is_about_a_pipeline_when_a_file_stands_before_the_step) {
  EXPECT_FALSE(about("why", {"trainer"}));
  EXPECT_FALSE(about("why", {"3/trainer", "--json"}));
  EXPECT_FALSE(about("why", {"--workspace", "folder", "trainer"}));
  EXPECT_FALSE(about("why", {"--help"}));
  EXPECT_TRUE(about("why", {"pipeline.cpp", "trainer"}));
  EXPECT_TRUE(about("why", {"./program", "trainer", "--epochs", "3"}));
  EXPECT_TRUE(about("why", {"pipeline.py"}));
  EXPECT_FALSE(about("why", {"trainer", "--", "-lm"}));
}

TEST(PipelineCommand, signature_is_about_a_pipeline_as_why_is_and_its_depth_is_no_word) {
  EXPECT_FALSE(about("signature", {"trainer", "--depth", "2"}));
  EXPECT_TRUE(about("signature", {"./program", "trainer"}));
  EXPECT_TRUE(about("signature", {"--depth", "2", "pipeline.cpp", "trainer"}));
  const auto made = pipeline_command("signature", Arguments{"--depth", "2", "pipeline.cpp", "trainer"});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->pipeline, "pipeline.cpp");
  EXPECT_THAT(made->arguments, ElementsAre("--depth", "2", "trainer"));
}

TEST(PipelineCommand, accept_is_about_a_pipeline_unless_it_lists_or_revokes) {
  EXPECT_TRUE(about("accept", {"pipeline.cpp", "trainer"}));
  EXPECT_TRUE(about("accept", {"./program", "trainer", "--yes", "--note", "text"}));
  EXPECT_TRUE(about("accept", {}));
  EXPECT_FALSE(about("accept", {"--help"}));
  EXPECT_FALSE(about("accept", {"--list"}));
  EXPECT_FALSE(about("accept", {"--revoke", "3"}));
  EXPECT_FALSE(about("accept", {"--revoke=3", "--json"}));
  EXPECT_TRUE(about("accept", {"pipeline.cpp", "trainer", "--", "--list"}));
}

TEST(PipelineCommand, takes_out_what_is_for_us_and_passes_the_rest_on_in_its_order) {
  const Arguments given = {"-v", "p q.cpp", "--epochs", "30",    "--workspace", "w", "--json",
                           "--", "-Ia b",   "--",       "x.cpp", "--workspace", "y"};
  const auto made = pipeline_command("run", given);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->command, "run");
  EXPECT_EQ(made->pipeline, "p q.cpp");
  EXPECT_EQ(made->workspace_option, "w");
  EXPECT_THAT(made->arguments, ElementsAre("-v", "--epochs", "30", "--json"));
  EXPECT_THAT(made->compile_arguments, ElementsAre("-Ia b", "--", "x.cpp", "--workspace", "y"));
}

TEST(PipelineCommand, a_parameter_called_like_our_option_in_one_word_is_ours_too) {
  const Arguments given = {"p.cpp", "--workspace=a=b"};
  const auto made = pipeline_command("plan", given);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->workspace_option, "a=b");
  EXPECT_THAT(made->arguments, IsEmpty());
}

TEST(PipelineCommand, without_a_pipeline_says_how_it_goes) {
  const auto none = pipeline_command("run", Arguments{"--json"});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(none.error().message, HasSubstr("stepcache run pipeline.cpp"));
  EXPECT_FALSE(pipeline_command("run", Arguments{"--", "p.cpp"}));
  EXPECT_FALSE(pipeline_command("run", Arguments{"p.cpp", "--workspace"}));
}

TEST(OptionValue, ages_sizes_and_counts_are_read_with_their_units) {
  constexpr std::int64_t k_s = 1'000'000'000;
  EXPECT_EQ(*parse_age("--older-than", "7d"), std::int64_t{7} * 86'400 * k_s);
  EXPECT_EQ(*parse_age("--older-than", "12h"), std::int64_t{12} * 3600 * k_s);
  EXPECT_EQ(*parse_age("--older-than", "30m"), 1800 * k_s);
  EXPECT_EQ(*parse_size("--max-size", "500MB"), 500'000'000U);
  EXPECT_EQ(*parse_size("--max-size", "2GiB"), 2ULL << 30U);
  EXPECT_EQ(*parse_size("--max-size", "0"), 0U);
  EXPECT_EQ(*parse_count("--limit", "20"), 20U);
}

TEST(OptionValue, what_is_none_is_refused_with_the_option_and_an_example) {
  for (const char* text : {"", "d", "7", "7 d", "-7d", "7days", "1.5h", "99999999999999999999d", "999999999d"}) {
    const auto age = parse_age("--older-than", text);
    ASSERT_FALSE(age) << text;
    EXPECT_EQ(age.error().where, "--older-than");
    EXPECT_THAT(age.error().message, HasSubstr("7d"));
  }
  for (const char* text : {"", "MB", "5 MB", "-1", "5mb", "5XB", "99999999999TB"}) {
    EXPECT_FALSE(parse_size("--max-size", text)) << text;
  }
  for (const char* text : {"", "many", "-1", "1.0", "99999999999999999999"}) {
    EXPECT_FALSE(parse_count("--limit", text)) << text;
  }
}

}  // namespace
}  // namespace stepcache::cli
