#include "platform/cancel_signal.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <stop_token>
#include <thread>
#include <utility>

#include "platform/descriptor.h"

namespace stepcache::platform {
namespace {

constexpr std::array k_signals = {SIGINT, SIGTERM};

// A signal handler reaches nothing but what is global.
std::atomic<int> signals_seen{0};
std::atomic<bool> signal_alive{false};
static_assert(std::atomic<int>::is_always_lock_free);

// Wakes the watching thread. Never closed: a handler may be at work on some thread while its CancelSignal ends, and
// must not write into a descriptor that has become somebody else's.
int wake_descriptor() {
  static const int k_descriptor = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return k_descriptor;
}
std::atomic<int> wake{-1};

void wake_watcher() {
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then the watcher is awake.
  [[maybe_unused]] const ssize_t written = ::write(wake.load(), &one, sizeof one);
}

extern "C" void stepcache_on_cancel_signal(int) {
  const int saved_errno = errno;
  signals_seen.fetch_add(1);
  wake_watcher();
  errno = saved_errno;
}

// Blocks all signals in this thread, and so in the threads that it starts, while alive.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

void watch(const std::stop_token& stop, std::chrono::milliseconds grace, const std::function<void()>& on_expired) {
  using Clock = std::chrono::steady_clock;
  const std::stop_callback wake_to_stop(stop, wake_watcher);
  Clock::time_point first_signal{};
  bool waiting = false;  // for the second signal, or the end of the grace time
  bool expired = false;
  while (!stop.stop_requested()) {
    int timeout_ms = -1;
    const int seen = signals_seen.load();
    if (!expired && seen > 0) {
      if (!waiting) first_signal = Clock::now();
      waiting = true;
      const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - first_signal);
      if (seen > 1 || passed >= grace) {
        expired = true;
        if (on_expired) on_expired();
      } else {
        timeout_ms = static_cast<int>((grace - passed).count());
      }
    }
    pollfd event{wake.load(), POLLIN, 0};
    if (::poll(&event, 1, timeout_ms) > 0) {
      std::uint64_t count = 0;
      [[maybe_unused]] const ssize_t got = ::read(wake.load(), &count, sizeof count);
    }
  }
}

}  // namespace

struct CancelSignal::State {
  std::array<struct sigaction, k_signals.size()> before{};
  std::function<void()> on_grace_expired;
  std::jthread watcher;  // last: ends before what it uses
};

CancelSignal::CancelSignal(int grace_ms, std::function<void()> on_grace_expired) : state_(std::make_unique<State>()) {
  if (signal_alive.exchange(true)) std::abort();
  signals_seen = 0;
  wake = wake_descriptor();
  state_->on_grace_expired = std::move(on_grace_expired);
  {
    // Signals are for the threads that were there before; SA_RESTART counts for their system calls.
    const SignalsBlocked blocked;
    const std::chrono::milliseconds grace(grace_ms);
    state_->watcher = std::jthread(
        [grace, state = state_.get()](const std::stop_token& stop) { watch(stop, grace, state->on_grace_expired); });
  }
  struct sigaction action{};
  action.sa_handler = stepcache_on_cancel_signal;
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < k_signals.size(); ++i) ::sigaction(k_signals[i], &action, &state_->before[i]);
}

CancelSignal::~CancelSignal() {
  for (std::size_t i = 0; i < k_signals.size(); ++i) ::sigaction(k_signals[i], &state_->before[i], nullptr);
  state_.reset();
  signal_alive = false;
}

bool CancelSignal::requested() const { return signals_seen.load() > 0; }

}  // namespace stepcache::platform
