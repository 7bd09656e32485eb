#pragma once

namespace stepcache::platform {

// True when the file descriptor is a terminal.
bool is_terminal(int file_descriptor);
// Columns of the terminal that this process writes to, now (it can be resized), or 80 when there is none.
int terminal_width();

}  // namespace stepcache::platform
