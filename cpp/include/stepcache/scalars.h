#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <variant>

#include "stepcache/materializer.h"

// bool, numbers, std::string, enumerations, std::monostate.

namespace stepcache::detail {

// Integers that are numbers, with the same size and sign wherever the program is compiled.
template <class T>
concept Integer = std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, wchar_t> &&
                  !std::is_same_v<T, char8_t> && !std::is_same_v<T, char16_t> && !std::is_same_v<T, char32_t> &&
                  sizeof(T) <= 8 && std::is_same_v<T, std::remove_cv_t<T>>;
// Not long double: its bytes differ from machine to machine.
template <class T>
concept Real = std::is_same_v<T, float> || std::is_same_v<T, double>;

template <>
struct Structured<bool> {
  static constexpr bool k_exists = true;
  static constexpr bool k_nullable = false;
  static std::string type() { return "bool"; }
  static void write(bool value, StructuredWriter& writer) { writer.boolean(value); }
  static bool read(const StructuredReader& reader) { return reader.boolean(); }
};

template <Integer T>
struct Structured<T> {
  static constexpr bool k_exists = true;
  static constexpr bool k_nullable = false;
  static std::string type() { return (std::is_signed_v<T> ? "int" : "uint") + std::to_string(8 * sizeof(T)); }
  static void write(T value, StructuredWriter& writer) {
    if constexpr (std::is_signed_v<T>)
      writer.integer(value);
    else
      writer.natural(value);
  }
  static T read(const StructuredReader& reader) {
    if constexpr (std::is_signed_v<T>) {
      const std::int64_t value = reader.integer();
      if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max()) out_of_range();
      return static_cast<T>(value);
    } else {
      const std::uint64_t value = reader.natural();
      if (value > std::numeric_limits<T>::max()) out_of_range();
      return static_cast<T>(value);
    }
  }
  [[noreturn]] static void out_of_range() { throw UnreadableValue("a number is out of the range of " + type()); }
};

template <Real T>
struct Structured<T> {
  static constexpr bool k_exists = true;
  static constexpr bool k_nullable = false;
  static std::string type() { return std::is_same_v<T, float> ? "float32" : "float64"; }
  static void write(T value, StructuredWriter& writer) { writer.real(value); }
  static T read(const StructuredReader& reader) {
    if constexpr (std::is_same_v<T, float>)
      return reader.real_float();
    else
      return reader.real();
  }
};

template <class Allocator>
struct Structured<std::basic_string<char, std::char_traits<char>, Allocator>> {
  using String = std::basic_string<char, std::char_traits<char>, Allocator>;
  static constexpr bool k_exists = true;
  static constexpr bool k_nullable = false;
  static std::string type() { return "str"; }
  static void write(const String& value, StructuredWriter& writer) { writer.text(value); }
  static String read(const StructuredReader& reader) { return String(reader.text()); }
};

// By its number.
template <class T>
  requires(std::is_enum_v<T> && !Converts<T> && !Saves<T>)
struct Structured<T> {
  using Number = std::underlying_type_t<T>;
  static constexpr bool k_exists = Structured<Number>::k_exists;
  static constexpr bool k_nullable = false;
  static std::string type() { return Structured<Number>::type(); }
  static void write(T value, StructuredWriter& writer) {
    Structured<Number>::write(static_cast<Number>(value), writer);
  }
  static T read(const StructuredReader& reader) { return static_cast<T>(Structured<Number>::read(reader)); }
};

template <>
struct Structured<std::monostate> {
  static constexpr bool k_exists = true;
  static constexpr bool k_nullable = true;
  static std::string type() { return "null"; }
  static void write(std::monostate, StructuredWriter& writer) { writer.null(); }
  static std::monostate read(const StructuredReader& reader) {
    if (!reader.is_null()) throw UnreadableValue("a value stands where there is none");
    return {};
  }
};

// Elements of arrays.
template <class T>
concept ArrayScalar = (Integer<T> || Real<T> || std::is_same_v<T, bool>);

template <ArrayScalar T>
constexpr ArrayType array_type_of() {
  const char kind = std::is_same_v<T, bool> ? 'b' : Real<T> ? 'f' : std::is_signed_v<T> ? 'i' : 'u';
  return {kind, static_cast<std::uint8_t>(sizeof(T))};
}

}  // namespace stepcache::detail
