#include "platform/output_capture.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <utility>

#include "platform/file_system.h"
#include "testing/temporary_folder.h"

namespace stepcache::platform {
namespace {

class OutputCaptureTest : public ::testing::Test {
 protected:
  std::string log() { return read_whole(real_file_system(), log_).value_or("(none)"); }

  testing::TemporaryFolder folder_;
  std::filesystem::path log_ = folder_.path() / "log";
};

TEST_F(OutputCaptureTest, TakesWhatCAndCppAndChildrenPrint) {
  {
    const auto capture = OutputCapture::start(log_);
    ASSERT_TRUE(capture);
    std::printf("printf\n");
    std::fflush(stdout);
    std::cout << "cout\n" << std::flush;
    std::cerr << "cerr\n";
    ASSERT_EQ(std::system("echo child"), 0);
    std::printf("not flushed by the step");
  }
  EXPECT_EQ(log(), "printf\ncout\ncerr\nchild\nnot flushed by the step");
}

TEST_F(OutputCaptureTest, TakesNothingFromBeforeOrAfter) {
  std::printf("before, not flushed ");
  {
    ASSERT_TRUE(OutputCapture::start(log_));
  }
  std::printf("after\n");
  std::fflush(stdout);
  EXPECT_EQ(log(), "");
}

TEST_F(OutputCaptureTest, AppendsToALogThatIsThere) {
  for (const char* line : {"one\n", "two\n"}) {
    const auto capture = OutputCapture::start(log_);
    ASSERT_TRUE(capture);
    std::cout << line;
  }
  EXPECT_EQ(log(), "one\ntwo\n");
}

TEST_F(OutputCaptureTest, IsOneAtATime) {
  auto first = OutputCapture::start(log_);
  ASSERT_TRUE(first);
  EXPECT_EQ(OutputCapture::start(folder_.path() / "other").error().code, ErrorCode::busy);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "other"));
  std::optional<OutputCapture> moved(std::move(*first));
  EXPECT_EQ(OutputCapture::start(log_).error().code, ErrorCode::busy) << "a moved one is alive";
  moved.reset();
  EXPECT_TRUE(OutputCapture::start(log_));
}

TEST_F(OutputCaptureTest, CapturesNothingWhenTheLogCannotBeOpened) {
  EXPECT_EQ(OutputCapture::start(folder_.path() / "none" / "log").error().code, ErrorCode::not_found);
  EXPECT_TRUE(OutputCapture::start(log_)) << "and the next one can start";
}

TEST_F(OutputCaptureTest, LeavesAClosedOutputClosed) {
  std::fflush(stdout);
  const int saved = ::dup(STDOUT_FILENO);
  ::close(STDOUT_FILENO);
  {
    const auto capture = OutputCapture::start(log_);
    EXPECT_TRUE(capture);
    std::cout << "logged" << std::flush;
  }
  const bool is_closed = ::fcntl(STDOUT_FILENO, F_GETFD) == -1;
  ::dup2(saved, STDOUT_FILENO);
  ::close(saved);
  EXPECT_TRUE(is_closed);
  EXPECT_EQ(log(), "logged");
}

}  // namespace
}  // namespace stepcache::platform
