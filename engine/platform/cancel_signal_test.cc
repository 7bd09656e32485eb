#include "platform/cancel_signal.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <future>

namespace stepcache::platform {
namespace {

constexpr int k_never_ms = 3'600'000;
constexpr std::chrono::seconds k_patience{30};

std::atomic<int> handled_before{0};
void count_signal(int) { ++handled_before; }

void set_handler(int signal, void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  ::sigaction(signal, &action, nullptr);
}

class CancelSignalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    handled_before = 0;
    set_handler(SIGINT, count_signal);
    set_handler(SIGTERM, count_signal);
  }
  void TearDown() override {
    set_handler(SIGINT, SIG_DFL);
    set_handler(SIGTERM, SIG_DFL);
  }
};

TEST_F(CancelSignalTest, IsRequestedByEitherSignalAndByNoOther) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const CancelSignal cancel(k_never_ms, [] { ADD_FAILURE() << "the grace time is not over"; });
    EXPECT_FALSE(cancel.requested());
    ::raise(signal);
    EXPECT_TRUE(cancel.requested());
  }
  EXPECT_EQ(handled_before, 0);
}

TEST_F(CancelSignalTest, PutsTheHandlersBack) {
  {
    const CancelSignal cancel(k_never_ms, [] {});
  }
  ::raise(SIGINT);
  ::raise(SIGTERM);
  EXPECT_EQ(handled_before, 2);
}

TEST_F(CancelSignalTest, CallsOnceAtTheSecondSignal) {
  std::promise<void> called;
  std::atomic<int> calls{0};
  {
    const CancelSignal cancel(k_never_ms, [&] {
      if (++calls == 1) called.set_value();
    });
    ::raise(SIGINT);
    ::raise(SIGTERM);
    ASSERT_EQ(called.get_future().wait_for(k_patience), std::future_status::ready);
    ::raise(SIGINT);
  }
  EXPECT_EQ(calls, 1);
}

TEST_F(CancelSignalTest, CallsWhenTheGraceTimeIsOver) {
  std::promise<void> called;
  const CancelSignal cancel(1, [&] { called.set_value(); });
  ::raise(SIGINT);
  EXPECT_EQ(called.get_future().wait_for(k_patience), std::future_status::ready);
}

TEST_F(CancelSignalTest, CallsNothingWithoutASignalOrAfterItsEnd) {
  std::atomic<int> calls{0};
  {
    const CancelSignal cancel(0, [&] { ++calls; });
  }
  {
    const CancelSignal cancel(k_never_ms, [&] { ++calls; });
    ::raise(SIGINT);
  }
  EXPECT_EQ(calls, 0);
}

TEST_F(CancelSignalTest, StartsAnewEachTime) {
  {
    const CancelSignal cancel(k_never_ms, {});
    ::raise(SIGINT);
    EXPECT_TRUE(cancel.requested());
  }
  const CancelSignal cancel(k_never_ms, {});
  EXPECT_FALSE(cancel.requested());
}

TEST_F(CancelSignalTest, RestartsTheSystemCallsOfAStep) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const CancelSignal cancel(k_never_ms, {});
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::usleep(20'000);
    ::kill(parent, SIGINT);
    ::usleep(20'000);
    ::_exit(::write(ends[1], "x", 1) == 1 ? 0 : 1);
  }
  char got = '?';
  EXPECT_EQ(::read(ends[0], &got, 1), 1) << "not EINTR";
  EXPECT_TRUE(cancel.requested());
  ::waitpid(child, nullptr, 0);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(CancelSignalTest, EndsAProcessWhoseStepDoesNotStop) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const CancelSignal cancel(1, [] { ::_exit(130); });
    ::raise(SIGTERM);
    while (true) ::pause();
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 130);
}

}  // namespace
}  // namespace stepcache::platform
