#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "encoding/json_value.h"
#include "result/result.h"

namespace stepcache::encoding {

// Reads a value in the order in which a JsonWriter wrote it: one call here for each call there. Every error is
// `damaged` and says where in the value it is, as "$.rows[3].name". After an error the reader's place is not defined.
// Keeps a pointer to the value, which must outlive it. Not thread-safe.
class JsonReader {
 public:
  explicit JsonReader(const JsonValue& root);

  // What comes next; null at the end too.
  JsonKind next() const;

  // Goes into a list; gives the number of its elements.
  Result<std::size_t> begin_list();
  // Error when elements are left.
  Result<void> end_list();
  // Goes into a map; gives the number of its keys.
  Result<std::size_t> begin_map();
  // The next key; its value comes next.
  Result<std::string> key();
  // The next key, which must be this one.
  Result<void> key(std::string_view expected);
  // Error when keys are left.
  Result<void> end_map();

  Result<void> null();
  Result<bool> boolean();
  Result<std::int64_t> integer();
  Result<std::uint64_t> unsigned_integer();
  Result<double> real();
  Result<float> real_float();
  Result<std::string> text();
  Result<std::string> bytes();
  // The next value as it is.
  Result<const JsonValue*> value();

  // Error when the value was not read to its end.
  Result<void> finish() const;

 private:
  struct Level {
    const JsonValue* container = nullptr;
    std::size_t position = 0;
    bool key_taken = false;
  };
  template <class T>
  Result<T> scalar(Result<T> (JsonValue::*read)() const);
  Result<std::size_t> begin(JsonKind kind);
  Result<void> end(JsonKind kind);
  const JsonValue* peek() const;
  void advance();
  tl::unexpected<Error> error(const std::string& message) const;
  std::string place() const;

  const JsonValue* root_;
  std::vector<Level> levels_;
  bool done_ = false;
};

}  // namespace stepcache::encoding
