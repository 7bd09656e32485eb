#include "metadata/record_blobs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "digest/sha256.h"
#include "metadata/blob.h"

namespace stepcache::metadata {
namespace {

std::vector<RunStep> cached_steps(std::size_t count) {
  std::vector<RunStep> steps(count);
  for (std::size_t i = 0; i < count; ++i) {
    steps[i] = {StepStatus::cached, static_cast<ExecutionId>(i + 1), "unchanged", "nothing that it depends on changed"};
  }
  return steps;
}

TEST(Blob, ReadsBackNumbersOfEverySize) {
  const std::vector<std::uint64_t> numbers = {0, 1, 127, 128, 16383, 16384, UINT64_MAX - 1, UINT64_MAX};
  const std::vector<std::int64_t> signed_numbers = {0, -1, 1, 63, -64, 64, INT64_MIN, INT64_MAX};
  BlobWriter out;
  for (const auto number : numbers) out.number(number);
  for (const auto number : signed_numbers) out.signed_number(number);
  out.real(-0.0);
  const std::string blob = out.take();
  BlobReader in(blob);
  for (const auto number : numbers) EXPECT_EQ(in.number(), number);
  for (const auto number : signed_numbers) EXPECT_EQ(in.signed_number(), number);
  EXPECT_TRUE(std::signbit(in.real()));
  EXPECT_TRUE(in.done());
}

TEST(Blob, BreaksOffAtANumberThatNeverEnds) {
  const std::string blob(20, '\xff');
  BlobReader in(blob);
  EXPECT_EQ(in.number(), 0U);
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.text(), "");
  EXPECT_FALSE(in.done());
}

TEST(RecordBlobs, ReadBackWhatWasWritten) {
  const std::vector<std::string> texts = {"", std::string("\0\xff", 2), "a b"};
  EXPECT_EQ(decode_texts(encode_texts(texts)), texts);
  EXPECT_EQ(decode_texts(encode_texts({})), std::vector<std::string>());

  const std::vector<OutputRecord> outputs = {
      {sha256("a"), 8, "", false}, {sha256("b"), UINT64_MAX, "out/model.bin", false}, {sha256("c"), 0, "folder", true}};
  EXPECT_EQ(decode_outputs(encode_outputs(outputs)), outputs);

  const std::vector<KeyPart> parts = {{KeyPartKind::code, "", "trainer", sha256("x"), "code of trainer"},
                                      {KeyPartKind::key_format, "p", "", Digest(), ""}};
  EXPECT_EQ(decode_key_parts(encode_key_parts(parts)), parts);

  const auto metrics = decode_metrics(encode_metrics({{"loss", -0.0}, {"nan", std::nan("")}}));
  ASSERT_TRUE(metrics && metrics->size() == 2);
  EXPECT_EQ((*metrics)[0].name, "loss");
  EXPECT_TRUE(std::signbit((*metrics)[0].value));
  EXPECT_TRUE(std::isnan((*metrics)[1].value));

  const auto events = decode_events(encode_events({{0, EventKind::output, UINT32_MAX, "train", sha256("a")}}), 7);
  ASSERT_TRUE(events && events->size() == 1);
  EXPECT_EQ((*events)[0].execution, 7);
  EXPECT_EQ((*events)[0].kind, EventKind::output);
  EXPECT_EQ((*events)[0].position, UINT32_MAX);
  EXPECT_EQ((*events)[0].port, "train");
  EXPECT_EQ((*events)[0].artifact, sha256("a"));
}

TEST(RunSteps, ReadBackWhatWasWritten) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    std::vector<RunStep> steps(random() % 40);
    for (RunStep& step : steps) {
      step.status = static_cast<StepStatus>(1 + random() % 7);
      step.execution = random() % 3 == 0 ? 0 : static_cast<ExecutionId>(random() % 1000);
      step.reason_code = std::string(random() % 3, 'c');
      step.reason_text = std::string(random() % 3, 't');
    }
    EXPECT_EQ(decode_run_steps(encode_run_steps(steps)), steps);
  }
  const std::vector<RunStep> far_apart = {{StepStatus::completed, std::numeric_limits<ExecutionId>::max(), "", ""},
                                          {StepStatus::completed, 1, "", ""},
                                          {StepStatus::completed, std::numeric_limits<ExecutionId>::min(), "", ""}};
  EXPECT_EQ(decode_run_steps(encode_run_steps(far_apart)), far_apart);
}

TEST(RunSteps, OfACachedRunTakeNextToNoBytes) {
  const auto steps = cached_steps(100'000);
  const std::string blob = encode_run_steps(steps);
  EXPECT_LT(blob.size(), 100U);
  EXPECT_EQ(decode_run_steps(blob), steps);
}

TEST(RunSteps, KeepEachReasonOnce) {
  auto steps = cached_steps(1000);
  for (std::size_t i = 0; i < steps.size(); i += 2) steps[i].status = StepStatus::completed;
  const std::string blob = encode_run_steps(steps);
  EXPECT_EQ(blob.find(steps[0].reason_text), blob.rfind(steps[0].reason_text));
  EXPECT_NE(blob.find(steps[0].reason_text), std::string::npos);
}

TEST(RunSteps, DoNotAskForMoreMemoryThanStepsWereAnnounced) {
  BlobWriter out;
  out.number(3);  // steps
  out.number(1);  // reasons
  out.text("");
  out.text("");
  out.number(1);  // groups
  out.byte(static_cast<std::uint8_t>(StepStatus::cached));
  out.signed_number(1);
  out.number(0);
  out.number(1ULL << 60U);  // length
  EXPECT_EQ(decode_run_steps(out.take()), std::nullopt);
  BlobWriter many;
  many.number(UINT64_MAX);
  EXPECT_EQ(decode_run_steps(many.take()), std::nullopt);
}

// Whatever stands there: an answer or none, and nothing read past the end (the sanitizers see that).
TEST(RecordBlobs, GiveNothingForBytesThatWereCutOffOrAppendedTo) {
  const std::vector<std::string> blobs = {
      encode_texts({"one", "two"}),
      encode_outputs({{sha256("a"), 300, "path", true}}),
      encode_key_parts({{KeyPartKind::file, "p", "n", sha256("x"), "text"}}),
      encode_metrics({{"loss", 1.5}}),
      encode_events({{0, EventKind::input, 3, "p", sha256("a")}}),
      encode_run_steps(cached_steps(5)),
  };
  const auto reads = [](std::size_t which, std::string_view blob) {
    switch (which) {
      case 0:
        return decode_texts(blob).has_value();
      case 1:
        return decode_outputs(blob).has_value();
      case 2:
        return decode_key_parts(blob).has_value();
      case 3:
        return decode_metrics(blob).has_value();
      case 4:
        return decode_events(blob, 1).has_value();
      default:
        return decode_run_steps(blob).has_value();
    }
  };
  for (std::size_t which = 0; which < blobs.size(); ++which) {
    const std::string& blob = blobs[which];
    EXPECT_TRUE(reads(which, blob));
    EXPECT_FALSE(reads(which, blob + '\0')) << which;
    for (std::size_t size = 0; size < blob.size(); ++size) {
      EXPECT_FALSE(reads(which, std::string_view(blob).substr(0, size))) << which << " cut at " << size;
    }
    for (std::size_t at = 0; at < blob.size(); ++at) {
      std::string flipped = blob;
      flipped[at] = static_cast<char>(flipped[at] ^ '\xff');
      (void)reads(which, flipped);
    }
  }
}

}  // namespace
}  // namespace stepcache::metadata
