#pragma once

#include <chrono>
#include <string>

#include "stepcache/scalars.h"

// Durations, as their count of ticks; the type tag holds the tick in seconds.

namespace stepcache::detail {

template <class Rep, class Period>
  requires IsStructured<Rep>
struct Structured<std::chrono::duration<Rep, Period>> {
  using Duration = std::chrono::duration<Rep, Period>;
  static constexpr bool k_exists = true;
  static constexpr bool k_nullable = false;
  static std::string type() {
    return "duration<" + Structured<Rep>::type() + "," + std::to_string(Period::num) + "/" +
           std::to_string(Period::den) + ">";
  }
  static void write(const Duration& value, StructuredWriter& writer) { Structured<Rep>::write(value.count(), writer); }
  static Duration read(const StructuredReader& reader) { return Duration(Structured<Rep>::read(reader)); }
};

}  // namespace stepcache::detail
