#pragma once

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

#include "result/error.h"

namespace stepcache::report {

// What a command line says about output; the same for every program.
struct OutputOptions {
  bool json = false;            // --json: one object on standard output and nothing else there
  int verbosity = 0;            // -1: -q, 0: normal, 1: -v
  std::string color = "auto";   // the setting: auto, always, never
  std::filesystem::path trace;  // --trace FILE; empty: none
};

// Where text goes. A test gives its own.
struct Streams {
  std::FILE* output = nullptr;
  std::FILE* error = nullptr;
  bool output_is_terminal = false;
  bool error_is_terminal = false;
  bool no_color = false;  // NO_COLOR is set and not empty
  bool dumb = false;      // the terminal cannot move its cursor (TERM is unset or "dumb")
};
// This process's own.
Streams standard_streams();

enum class Style : unsigned char { plain, strong, muted, good, reused, warning, bad };

// The two streams of a command, with what was said about verbosity and colour. Answers, progress and summaries go to
// standard output, diagnostics to standard error. When the reader of standard output has gone away (`| head`), what is
// printed there is dropped without a word. Not thread-safe.
class Console {
 public:
  explicit Console(OutputOptions options, Streams streams = standard_streams());

  const OutputOptions& options() const { return options_; }
  bool json() const { return options_.json; }
  bool quiet() const { return options_.verbosity < 0; }
  bool verbose() const { return options_.verbosity > 0; }
  // Whether standard output is a terminal on which lines can be redrawn.
  bool live() const { return streams_.output_is_terminal && !streams_.dumb && !json() && !quiet(); }

  // What was asked for: also under -q.
  void print(std::string_view text);
  // Progress and summaries: not under -q and not under --json.
  void tell(std::string_view text);
  // Standard error, also under -q and --json; `text` may have several lines.
  void warn(std::string_view text);
  void complain(std::string_view text);
  // Standard error, with -v only.
  void debug(std::string_view text);

  // `text` in a style, when standard output shows colours.
  std::string painted(Style style, std::string_view text) const;

  void flush();
  // The process's exit status: `status`, or 1 with a message when standard output could not be written (a full disk).
  int finish(int status);

 private:
  void write_error(Style style, std::string_view label, std::string_view text);

  OutputOptions options_;
  Streams streams_;
  bool color_output_ = false;
  bool color_error_ = false;
  bool reader_gone_ = false;
  int output_error_ = 0;  // errno of the first failed write
};

// Prints an error where it belongs (under --json as an object on standard output) and gives its exit status.
int report_error(Console& console, const Error& error);

}  // namespace stepcache::report
