#include "report/console.h"

#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>

#include "platform/process.h"
#include "platform/terminal.h"
#include "report/error_json.h"
#include "report/table.h"

namespace stepcache::report {
namespace {

// While alive, a write to a pipe without a reader fails instead of ending the process. Of this thread only: the
// signal's handler belongs to the program, which may be a user's.
class NoPipeSignal {
 public:
  NoPipeSignal() {
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  // `broken`: a write met a pipe without a reader, so that a signal waits; it is ours unless the program held it back
  // before, and may have had one waiting.
  void finish(bool broken) {
    if (!broken || ::sigismember(&before_, SIGPIPE) == 1) return;
    const timespec no_wait{};
    while (::sigtimedwait(&pipe_, nullptr, &no_wait) == -1 && errno == EINTR) {
    }
  }
  ~NoPipeSignal() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  NoPipeSignal(const NoPipeSignal&) = delete;
  NoPipeSignal& operator=(const NoPipeSignal&) = delete;

 private:
  sigset_t pipe_{};
  sigset_t before_{};
};

std::string_view code_of(Style style) {
  switch (style) {
    case Style::plain:
      return "";
    case Style::strong:
      return "\x1b[1m";
    case Style::muted:
      return "\x1b[2m";
    case Style::good:
      return "\x1b[36m";
    case Style::reused:
      return "\x1b[32m";
    case Style::warning:
      return "\x1b[33m";
    case Style::bad:
      return "\x1b[31m";
  }
  return "";
}

std::string paint(bool color, Style style, std::string_view text) {
  const std::string_view code = code_of(style);
  if (!color || code.empty() || text.empty()) return std::string(text);
  std::string out(code);
  out += text;
  out += "\x1b[0m";
  return out;
}

}  // namespace

Streams standard_streams() {
  Streams streams;
  streams.output = stdout;
  streams.error = stderr;
  streams.output_is_terminal = platform::is_terminal(STDOUT_FILENO);
  streams.error_is_terminal = platform::is_terminal(STDERR_FILENO);
  const auto no_color = platform::environment_variable("NO_COLOR");
  streams.no_color = no_color && !no_color->empty();
  const auto terminal = platform::environment_variable("TERM");
  streams.dumb = !terminal || terminal->empty() || *terminal == "dumb";
  return streams;
}

Console::Console(OutputOptions options, Streams streams) : options_(std::move(options)), streams_(streams) {
  // The setting is the user's word for this program; NO_COLOR is one for all programs, and weaker.
  const bool always = options_.color == "always";
  const bool never = options_.color == "never" || (options_.color == "auto" && (streams_.no_color || streams_.dumb));
  color_output_ = !options_.json && !never && (always || streams_.output_is_terminal);
  color_error_ = !never && (always || streams_.error_is_terminal);
}

void Console::print(std::string_view text) {
  if (reader_gone_ || output_error_ != 0 || text.empty()) return;
  NoPipeSignal no_signal;
  if (std::fwrite(text.data(), 1, text.size(), streams_.output) != text.size()) output_error_ = errno;
  if (output_error_ == EPIPE) {
    reader_gone_ = true;
    output_error_ = 0;
    no_signal.finish(true);
  }
}

void Console::tell(std::string_view text) {
  if (!quiet() && !json()) print(text);
}

void Console::flush() {
  NoPipeSignal no_signal;
  if (!reader_gone_ && output_error_ == 0 && std::fflush(streams_.output) != 0) {
    if (errno == EPIPE) {
      reader_gone_ = true;
      no_signal.finish(true);
    } else {
      output_error_ = errno;
    }
  }
}

void Console::write_error(Style style, std::string_view label, std::string_view text) {
  flush();
  std::string line = paint(color_error_, style, label);
  line += shown_lines(text);
  line.push_back('\n');
  NoPipeSignal no_signal;
  std::fwrite(line.data(), 1, line.size(), streams_.error);
  no_signal.finish(std::fflush(streams_.error) != 0 && errno == EPIPE);
}

void Console::warn(std::string_view text) { write_error(Style::warning, "warning: ", text); }
void Console::complain(std::string_view text) { write_error(Style::bad, "error: ", text); }
void Console::debug(std::string_view text) {
  if (verbose()) write_error(Style::muted, "", text);
}

std::string Console::painted(Style style, std::string_view text) const { return paint(color_output_, style, text); }

int Console::finish(int status) {
  flush();
  if (output_error_ == 0) return status;
  complain(std::string("standard output cannot be written: ") + std::strerror(output_error_) +
           "; what was asked for was not printed in full");
  return status == 0 ? 1 : status;
}

int report_error(Console& console, const Error& error) {
  if (console.json()) {
    console.print(error_json(error));
  } else {
    console.complain(to_string(error));
  }
  return exit_status(error.code);
}

}  // namespace stepcache::report
