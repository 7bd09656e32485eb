#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "digest/digest.h"
#include "digest/field_hasher.h"

namespace stepcache::pipeline {

// A small typed value on a port: a parameter's or a literal's. Language neutral. `1`, `1.0`, `true` and `"1"` are four
// values; floats are compared by their bits (one NaN; -0.0 differs from 0.0).
class Value {
 public:
  struct Null {
    friend bool operator==(Null, Null) = default;
  };
  using List = std::vector<Value>;
  using Map = std::vector<std::pair<Value, Value>>;  // in its order
  struct BytesValue {
    std::string bytes;
    friend bool operator==(const BytesValue&, const BytesValue&) = default;
  };
  struct Set {
    List elements;  // hashed sorted by their canonical fields
  };
  using Kind = std::variant<Null, bool, std::int64_t, std::uint64_t, double, std::string, BytesValue, List, Map, Set>;

  Value() = default;
  Value(bool value) : kind_(value) {}
  Value(std::int64_t value) : kind_(value) {}
  Value(std::uint64_t value) : kind_(value) {}
  Value(int value) : kind_(std::int64_t{value}) {}
  Value(double value) : kind_(value) {}
  Value(std::string value) : kind_(std::move(value)) {}
  Value(const char* value) : kind_(std::string(value)) {}
  Value(BytesValue value) : kind_(std::move(value)) {}
  Value(List value) : kind_(std::move(value)) {}
  Value(Map value) : kind_(std::move(value)) {}
  Value(Set value) : kind_(std::move(value)) {}

  const Kind& kind() const { return kind_; }
  template <class T>
  const T* get_if() const {
    return std::get_if<T>(&kind_);
  }

  // Adds the value's canonical fields. Nesting is walked with an explicit stack.
  void add_to(FieldHasher& hasher) const;
  Digest digest() const;
  // For people, on one line: 0.2, "text", [1, 2], {"a": 1}, b"\x00"; cut at `limit` characters with an ellipsis.
  std::string to_text(std::size_t limit = 200) const;

  // By canonical fields.
  friend bool operator==(const Value& a, const Value& b);

 private:
  Kind kind_;
};

}  // namespace stepcache::pipeline
