#include "platform/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <initializer_list>

namespace stepcache::platform {

bool is_terminal(int file_descriptor) { return ::isatty(file_descriptor) == 1; }

int terminal_width() {
  constexpr int k_default_columns = 80;
  // Standard error too: with the output in a pipe, that is where a live table goes.
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) {
    winsize size{};
    if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  }
  return k_default_columns;
}

}  // namespace stepcache::platform
