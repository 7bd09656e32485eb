#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "digest/digest.h"

namespace stepcache::report {

// Writes one JSON text, front to back, into a string: fast enough for the 100,000 steps of a run. The caller keeps the
// grammar (a key before each value of an object, every begin with its end). Any bytes may be given as text or key:
// what is not UTF-8 becomes \xNN, four characters of text.
class JsonWriter {
 public:
  // Objects and arrays nested deeper than `pretty_depth` are written on one line; 0: all on one line.
  explicit JsonWriter(int pretty_depth = k_all_pretty) : pretty_depth_(pretty_depth) {}
  static constexpr int k_all_pretty = 1 << 20;

  void begin_object() { begin('{'); }
  void end_object() { end('}'); }
  void begin_array() { begin('['); }
  void end_array() { end(']'); }

  // The name of the next value.
  JsonWriter& key(std::string_view name);

  void text(std::string_view bytes);
  void text_or_null(std::string_view bytes);  // null when empty
  void digest_or_null(const Digest& digest);  // null when zero
  void id_or_null(std::int64_t id);           // null when 0
  void number(std::int64_t value);
  void number(std::uint64_t value);
  void number(double value);               // NaN and infinities as the texts "NaN", "Infinity", "-Infinity"
  void seconds(std::int64_t nanoseconds);  // as seconds, to the microsecond
  void boolean(bool value);
  void null();

  // The finished text, with a newline at its end.
  std::string take();

 private:
  void begin(char bracket);
  void end(char bracket);
  void before_value();
  void new_line();
  void quoted(std::string_view bytes);

  int pretty_depth_;
  std::string out_;
  std::vector<bool> has_elements_;  // of each open object or array
  bool after_key_ = false;
};

// How deep to indent a text with that many rows: wholly when a person may read it, else each row on a line of its own.
int pretty_depth_for(std::size_t rows);

// RFC 3339 in UTC with milliseconds, as in "2026-11-25T10:17:34.123Z".
std::string json_time(std::int64_t wall_ns);

}  // namespace stepcache::report
