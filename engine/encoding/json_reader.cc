#include "encoding/json_reader.h"

#include <fmt/format.h>

namespace stepcache::encoding {

JsonReader::JsonReader(const JsonValue& root) : root_(&root) {}

const JsonValue* JsonReader::peek() const {
  if (levels_.empty()) return done_ ? nullptr : root_;
  const Level& level = levels_.back();
  if (level.position >= level.container->size()) return nullptr;
  // A map's value is there to be read once its key was.
  if (level.container->kind() == JsonKind::map && !level.key_taken) return nullptr;
  return &level.container->elements()[level.position];
}

void JsonReader::advance() {
  if (levels_.empty()) {
    done_ = true;
    return;
  }
  ++levels_.back().position;
  levels_.back().key_taken = false;
}

std::string JsonReader::place() const {
  std::string text = "$";
  for (const Level& level : levels_) {
    if (level.container->kind() == JsonKind::list) {
      text += fmt::format("[{}]", level.position);
    } else if (level.position < level.container->size()) {
      text += "." + level.container->keys()[level.position];
    }
  }
  return text;
}

tl::unexpected<Error> JsonReader::error(const std::string& message) const {
  return fail(ErrorCode::damaged,
              fmt::format("the stored value is not what its type says: at {}: {}", place(), message));
}

JsonKind JsonReader::next() const {
  const JsonValue* const value = peek();
  return value == nullptr ? JsonKind::null : value->kind();
}

Result<std::size_t> JsonReader::begin(JsonKind kind) {
  const JsonValue* const value = peek();
  if (value == nullptr) return error(fmt::format("{} should be here, found nothing", describe(kind)));
  if (value->kind() != kind)
    return error(fmt::format("{} should be here, found {}", describe(kind), describe(value->kind())));
  levels_.push_back({value});
  return value->size();
}

Result<void> JsonReader::end(JsonKind kind) {
  if (levels_.empty() || levels_.back().container->kind() != kind) {
    return error(fmt::format("the end of {} should be here", describe(kind)));
  }
  const Level& level = levels_.back();
  if (level.position != level.container->size()) {
    return error(fmt::format("{} more than expected", level.container->size() - level.position));
  }
  levels_.pop_back();
  advance();
  return {};
}

Result<std::size_t> JsonReader::begin_list() { return begin(JsonKind::list); }
Result<void> JsonReader::end_list() { return end(JsonKind::list); }
Result<std::size_t> JsonReader::begin_map() { return begin(JsonKind::map); }
Result<void> JsonReader::end_map() { return end(JsonKind::map); }

Result<std::string> JsonReader::key() {
  if (levels_.empty() || levels_.back().container->kind() != JsonKind::map || levels_.back().key_taken ||
      levels_.back().position >= levels_.back().container->size()) {
    return error("a key should be here, found none");
  }
  Level& level = levels_.back();
  level.key_taken = true;
  return level.container->keys()[level.position];
}

Result<void> JsonReader::key(std::string_view expected) {
  STEPCACHE_TRY_ASSIGN(const std::string found, key());
  if (found != expected) return error(fmt::format("the key \"{}\" should be here, found \"{}\"", expected, found));
  return {};
}

Result<const JsonValue*> JsonReader::value() {
  const JsonValue* const found = peek();
  if (found == nullptr) return error("a value should be here, found nothing");
  advance();
  return found;
}

Result<void> JsonReader::null() {
  const JsonValue* const found = peek();
  if (found == nullptr || found->kind() != JsonKind::null) {
    return error(fmt::format("null should be here, found {}", found == nullptr ? "nothing" : describe(found->kind())));
  }
  advance();
  return {};
}

template <class T>
Result<T> JsonReader::scalar(Result<T> (JsonValue::*read)() const) {
  const JsonValue* const found = peek();
  if (found == nullptr) return error("a value should be here, found nothing");
  Result<T> result = (found->*read)();
  if (!result) return error(result.error().message);
  advance();
  return result;
}

Result<bool> JsonReader::boolean() { return scalar(&JsonValue::boolean); }
Result<std::int64_t> JsonReader::integer() { return scalar(&JsonValue::integer); }
Result<std::uint64_t> JsonReader::unsigned_integer() { return scalar(&JsonValue::unsigned_integer); }
Result<double> JsonReader::real() { return scalar(&JsonValue::real); }
Result<float> JsonReader::real_float() { return scalar(&JsonValue::real_float); }
Result<std::string> JsonReader::text() { return scalar(&JsonValue::text); }
Result<std::string> JsonReader::bytes() { return scalar(&JsonValue::bytes); }

Result<void> JsonReader::finish() const {
  if (!levels_.empty() || !done_) return error("the value was not read to its end");
  return {};
}

}  // namespace stepcache::encoding
