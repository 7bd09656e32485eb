#include <limits>

#include "encoding/json_value.h"
#include "pipeline/value.h"
#include "stepcache/storage.h"

// A node is an encoding::JsonValue or a pipeline::Value.
namespace stepcache::detail {
namespace {

using encoding::JsonValue;
using pipeline::Value;

const JsonValue& json(const void* node) { return *static_cast<const JsonValue*>(node); }
const Value& literal(const void* node) { return *static_cast<const Value*>(node); }

template <class T>
T take(Result<T> result) {
  if (!result) throw UnreadableValue(result.error().message);
  return *std::move(result);
}

template <class T>
const T& take(const Value& value, const char* wanted) {
  const T* const found = value.get_if<T>();
  if (found == nullptr) throw UnreadableValue(std::string("there should be ") + wanted + ", not " + value.to_text(40));
  return *found;
}

[[noreturn]] void no_element(std::size_t index) {
  throw UnreadableValue("element " + std::to_string(index) + " is missing");
}

// Of a list or set; null for others.
const Value::List* list_of(const Value& value) {
  if (const auto* list = value.get_if<Value::List>()) return list;
  if (const auto* set = value.get_if<Value::Set>()) return &set->elements;
  return nullptr;
}

}  // namespace

bool StructuredReader::is_null() const {
  if (origin_ == Origin::json) return json(node_).kind() == encoding::JsonKind::null;
  return literal(node_).get_if<Value::Null>() != nullptr;
}

bool StructuredReader::boolean() const {
  return origin_ == Origin::json ? take(json(node_).boolean()) : take<bool>(literal(node_), "a boolean");
}

std::int64_t StructuredReader::integer() const {
  if (origin_ == Origin::json) return take(json(node_).integer());
  if (const auto* natural = literal(node_).get_if<std::uint64_t>();
      natural != nullptr && *natural <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return static_cast<std::int64_t>(*natural);
  }
  return take<std::int64_t>(literal(node_), "an integer");
}

std::uint64_t StructuredReader::natural() const {
  if (origin_ == Origin::json) return take(json(node_).unsigned_integer());
  if (const auto* integer = literal(node_).get_if<std::int64_t>(); integer != nullptr && *integer >= 0) {
    return static_cast<std::uint64_t>(*integer);
  }
  return take<std::uint64_t>(literal(node_), "an integer of at least 0");
}

double StructuredReader::real() const {
  return origin_ == Origin::json ? take(json(node_).real()) : take<double>(literal(node_), "a real number");
}

float StructuredReader::real_float() const {
  if (origin_ == Origin::json) return take(json(node_).real_float());
  return static_cast<float>(take<double>(literal(node_), "a real number"));
}

std::string StructuredReader::text() const {
  return origin_ == Origin::json ? take(json(node_).text()) : take<std::string>(literal(node_), "a text");
}

std::size_t StructuredReader::size() const {
  if (origin_ == Origin::json) {
    const encoding::JsonKind kind = json(node_).kind();
    if (kind != encoding::JsonKind::list && kind != encoding::JsonKind::map) {
      throw UnreadableValue("there should be a list or a map, not " + std::string(encoding::describe(kind)));
    }
    return json(node_).size();
  }
  if (const auto* list = list_of(literal(node_))) return list->size();
  return take<Value::Map>(literal(node_), "a list or a map").size();
}

StructuredReader StructuredReader::element(std::size_t index) const {
  if (index >= size()) no_element(index);
  if (origin_ == Origin::json) return {&json(node_).elements()[index], origin_};
  if (const auto* list = list_of(literal(node_))) return {&(*list)[index], origin_};
  return {&take<Value::Map>(literal(node_), "a map")[index].second, origin_};
}

std::string StructuredReader::key(std::size_t index) const {
  if (origin_ == Origin::json) {
    if (index >= json(node_).keys().size()) no_element(index);
    return json(node_).keys()[index];
  }
  const auto& map = take<Value::Map>(literal(node_), "a map");
  if (index >= map.size()) no_element(index);
  return take<std::string>(map[index].first, "a text");
}

StructuredReader StructuredReader::member(std::string_view name) const {
  if (origin_ == Origin::json) {
    if (const JsonValue* found = json(node_).find(name)) return {found, origin_};
  } else {
    for (const auto& [key, value] : take<Value::Map>(literal(node_), "a map")) {
      if (const auto* text = key.get_if<std::string>(); text != nullptr && *text == name) return {&value, origin_};
    }
  }
  throw UnreadableValue("the member '" + std::string(name) + "' is missing");
}

}  // namespace stepcache::detail
