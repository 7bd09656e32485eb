#include "pipeline/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace stepcache::pipeline {
namespace {

// A value whose elements are being walked.
struct Frame {
  const Value* value = nullptr;
  std::size_t next = 0;
};

// The elements of a list or map, as one sequence; nothing for any other kind.
std::size_t element_count(const Value& value) {
  if (const auto* list = value.get_if<Value::List>()) return list->size();
  if (const auto* map = value.get_if<Value::Map>()) return 2 * map->size();
  return 0;
}

const Value& element(const Value& value, std::size_t index) {
  if (const auto* list = value.get_if<Value::List>()) return (*list)[index];
  const auto& entry = (*value.get_if<Value::Map>())[index / 2];
  return index % 2 == 0 ? entry.first : entry.second;
}

bool is_container(const Value& value) {
  return value.get_if<Value::List>() != nullptr || value.get_if<Value::Map>() != nullptr;
}

void add_set(FieldHasher& hasher, const Value::Set& set) {
  std::vector<std::string> elements;
  elements.reserve(set.elements.size());
  for (const Value& item : set.elements) {
    FieldHasher fields;
    item.add_to(fields);
    elements.emplace_back(fields.fields());
  }
  std::sort(elements.begin(), elements.end());
  hasher.begin("set");
  for (const std::string& fields : elements) hasher.text(fields);
  hasher.end();
}

void add_leaf(FieldHasher& hasher, const Value& value) {
  if (value.get_if<Value::Null>() != nullptr) hasher.none();
  if (const auto* boolean = value.get_if<bool>()) hasher.boolean(*boolean);
  if (const auto* integer = value.get_if<std::int64_t>()) hasher.integer(*integer);
  if (const auto* natural = value.get_if<std::uint64_t>()) hasher.unsigned_integer(*natural);
  if (const auto* real = value.get_if<double>()) hasher.real(*real);
  if (const auto* text = value.get_if<std::string>()) hasher.text(*text);
  if (const auto* bytes = value.get_if<Value::BytesValue>()) hasher.bytes(as_bytes(bytes->bytes));
  if (const auto* set = value.get_if<Value::Set>()) add_set(hasher, *set);
}

std::string_view group_of(const Value& value) { return value.get_if<Value::List>() != nullptr ? "list" : "map"; }

// Visits a value and all below it in order, without recursion, until `go_on` says no: leaf(value), open(value),
// separator(value, index), close(value).
template <class Leaf, class Open, class Separator, class Close, class GoOn>
void walk(const Value& root, Leaf leaf, Open open, Separator separator, Close close, GoOn go_on) {
  if (!is_container(root)) return leaf(root);
  std::vector<Frame> stack;
  open(root);
  stack.push_back({&root, 0});
  while (!stack.empty() && go_on()) {
    Frame& frame = stack.back();
    if (frame.next == element_count(*frame.value)) {
      close(*frame.value);
      stack.pop_back();
      continue;
    }
    separator(*frame.value, frame.next);
    const Value& child = element(*frame.value, frame.next++);
    if (is_container(child)) {
      open(child);
      stack.push_back({&child, 0});
    } else {
      leaf(child);
    }
  }
}

void append_quoted(std::string& out, std::string_view text, bool as_bytes_literal) {
  if (as_bytes_literal) out.push_back('b');
  out.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f || (as_bytes_literal && byte >= 0x80)) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

// The shortest text that reads back as the same float, and never looks like an integer.
std::string real_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

void append_leaf(std::string& out, const Value& value, std::size_t limit) {
  if (value.get_if<Value::Null>() != nullptr) out += "null";
  if (const auto* boolean = value.get_if<bool>()) out += *boolean ? "true" : "false";
  if (const auto* integer = value.get_if<std::int64_t>()) out += fmt::format("{}", *integer);
  if (const auto* natural = value.get_if<std::uint64_t>()) out += fmt::format("{}", *natural);
  if (const auto* real = value.get_if<double>()) out += real_text(*real);
  if (const auto* text = value.get_if<std::string>()) {
    append_quoted(out, std::string_view(*text).substr(0, limit + 1), false);
  }
  if (const auto* bytes = value.get_if<Value::BytesValue>()) {
    append_quoted(out, std::string_view(bytes->bytes).substr(0, limit + 1), true);
  }
  if (const auto* set = value.get_if<Value::Set>()) {
    out.push_back('{');
    for (std::size_t i = 0; i < set->elements.size() && out.size() <= limit; ++i) {
      if (i > 0) out += ", ";
      out += set->elements[i].to_text(limit);
    }
    out.push_back('}');
  }
}

// Cuts at a character's start, so that UTF-8 stays whole.
std::string cut(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  std::size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  text.resize(end);
  return text + "...";
}

}  // namespace

void Value::add_to(FieldHasher& hasher) const {
  walk(
      *this, [&](const Value& value) { add_leaf(hasher, value); },
      [&](const Value& value) { hasher.begin(group_of(value)); }, [](const Value&, std::size_t) {},
      [&](const Value&) { hasher.end(); }, [] { return true; });
}

Digest Value::digest() const {
  FieldHasher hasher;
  add_to(hasher);
  return hasher.finish();
}

std::string Value::to_text(std::size_t limit) const {
  std::string out;
  walk(
      *this, [&](const Value& value) { append_leaf(out, value, limit); },
      [&](const Value& value) { out.push_back(value.get_if<List>() != nullptr ? '[' : '{'); },
      [&](const Value& value, std::size_t index) {
        if (index == 0) return;
        const bool after_key = value.get_if<Map>() != nullptr && index % 2 == 1;
        out += after_key ? ": " : ", ";
      },
      [&](const Value& value) { out.push_back(value.get_if<List>() != nullptr ? ']' : '}'); },
      [&] { return out.size() <= limit; });
  return cut(std::move(out), limit);
}

bool operator==(const Value& a, const Value& b) {
  FieldHasher left;
  FieldHasher right;
  a.add_to(left);
  b.add_to(right);
  return left.fields() == right.fields();
}

}  // namespace stepcache::pipeline
