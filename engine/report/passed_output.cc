#include "report/passed_output.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace stepcache::report {
namespace {

// What a signal handler can reach: the pipe and where it goes; -1: nothing to pass on.
volatile std::sig_atomic_t g_reader = -1;
volatile std::sig_atomic_t g_terminal = -1;
constexpr std::array k_deadly = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
std::array<struct sigaction, k_deadly.size()> g_before;

void pass_the_rest(int reader, int terminal) {
  std::array<char, 4096> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
  while (true) {
    const ssize_t got = ::read(reader, buffer.data(), buffer.size());
    if (got <= 0) return;
    for (ssize_t at = 0; at < got;) {
      const ssize_t put = ::write(terminal, buffer.data() + at, static_cast<std::size_t>(got - at));
      if (put <= 0) return;
      at += put;
    }
  }
}

// Only calls that are safe in a handler. SA_RESETHAND has put the default back: raising again ends the process.
void on_deadly_signal(int signal) {
  if (g_reader >= 0) pass_the_rest(g_reader, g_terminal);
  ::raise(signal);
}

bool same_file(int a, int b) {
  struct stat left{};
  struct stat right{};
  return ::fstat(a, &left) == 0 && ::fstat(b, &right) == 0 && left.st_dev == right.st_dev &&
         left.st_ino == right.st_ino;
}

}  // namespace

std::optional<PassedOutput> PassedOutput::start() {
  if (g_reader >= 0) return std::nullopt;
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  const bool both = same_file(STDOUT_FILENO, STDERR_FILENO);
  std::fflush(stdout);
  const int output = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  const int error = both ? ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3) : -1;
  if (output < 0 || (both && error < 0)) {
    for (const int descriptor : {ends[0], ends[1], output, error}) {
      if (descriptor >= 0) ::close(descriptor);
    }
    return std::nullopt;
  }
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  constexpr int k_pipe_bytes = 1 << 20;
  ::fcntl(ends[0], F_SETPIPE_SZ, k_pipe_bytes);  // as much as a user may have; less works too
  ::dup2(ends[1], STDOUT_FILENO);
  if (both) ::dup2(ends[1], STDERR_FILENO);
  ::close(ends[1]);
  // It is a terminal still, to who prints: line by line.
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  g_terminal = output;
  g_reader = ends[0];
  for (std::size_t i = 0; i < k_deadly.size(); ++i) {
    ::sigaction(k_deadly[i], nullptr, &g_before[i]);
    // A handler that the program (or a sanitizer) has stays.
    if ((g_before[i].sa_flags & SA_SIGINFO) != 0 || g_before[i].sa_handler != SIG_DFL) continue;
    struct sigaction action{};
    action.sa_handler = on_deadly_signal;
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
    ::sigaction(k_deadly[i], &action, nullptr);
  }
  return PassedOutput(ends[0], output, error);
}

PassedOutput::PassedOutput(PassedOutput&& other) noexcept
    : reader_(std::exchange(other.reader_, -1)),
      terminal_(std::exchange(other.terminal_, -1)),
      error_(std::exchange(other.error_, -1)),
      active_(std::exchange(other.active_, false)) {}

PassedOutput::Size PassedOutput::terminal_size() const {
  Size size;
  winsize window{};
  if (::ioctl(terminal_, TIOCGWINSZ, &window) == 0 && window.ws_col > 0 && window.ws_row > 0) {
    size.columns = window.ws_col;
    size.rows = window.ws_row;
  }
  return size;
}

void PassedOutput::put_back() {
  if (!active_) return;
  active_ = false;
  std::fflush(stdout);
  g_reader = -1;
  for (std::size_t i = 0; i < k_deadly.size(); ++i) {
    struct sigaction now{};
    ::sigaction(k_deadly[i], nullptr, &now);
    if ((now.sa_flags & SA_SIGINFO) == 0 && now.sa_handler == on_deadly_signal) {
      ::sigaction(k_deadly[i], &g_before[i], nullptr);
    }
  }
  ::dup2(terminal_, STDOUT_FILENO);
  if (error_ >= 0) ::dup2(error_, STDERR_FILENO);
}

PassedOutput::~PassedOutput() {
  put_back();
  for (const int descriptor : {reader_, terminal_, error_}) {
    if (descriptor >= 0) ::close(descriptor);
  }
}

}  // namespace stepcache::report
