#include "report/step_json.h"

#include <nlohmann/json.hpp>

#include "metadata/parameter_record.h"

namespace stepcache::report {
namespace {

using pipeline::Value;

struct ValueWriter {
  JsonWriter& json;
  int depth;

  void operator()(Value::Null) const { json.null(); }
  void operator()(bool value) const { json.boolean(value); }
  void operator()(std::int64_t value) const { json.number(value); }
  void operator()(std::uint64_t value) const { json.number(value); }
  void operator()(double value) const { json.number(value); }
  void operator()(const std::string& value) const { json.text(value); }
  void operator()(const Value::BytesValue& value) const { json.text(value.bytes); }
  void operator()(const Value::List& value) const { list(value); }
  void operator()(const Value::Set& value) const { list(value.elements); }
  void operator()(const Value::Map& value) const {
    // Keys that are no texts cannot be an object's: a list of pairs.
    bool texts = true;
    for (const auto& [key, element] : value) texts = texts && key.get_if<std::string>() != nullptr;
    if (texts) {
      json.begin_object();
      for (const auto& [key, element] : value) {
        json.key(*key.get_if<std::string>());
        write(element);
      }
      json.end_object();
      return;
    }
    json.begin_array();
    for (const auto& [key, element] : value) {
      json.begin_array();
      write(key);
      write(element);
      json.end_array();
    }
    json.end_array();
  }
  void list(const Value::List& elements) const {
    json.begin_array();
    for (const Value& element : elements) write(element);
    json.end_array();
  }
  void write(const Value& element) const {
    // A parameter is small; one nested deeper is told as text rather than by a deep stack.
    constexpr int k_deepest = 64;
    if (depth >= k_deepest) {
      json.text(element.to_text());
    } else {
      std::visit(ValueWriter{json, depth + 1}, element.kind());
    }
  }
};

bool is_external(std::string_view type) { return type == "file" || type == "folder" || type == "environment"; }

void write_parsed(JsonWriter& json, const nlohmann::ordered_json& value) {
  if (value.is_boolean()) {
    json.boolean(value.get<bool>());
  } else if (value.is_number_unsigned()) {
    json.number(value.get<std::uint64_t>());
  } else if (value.is_number_integer()) {
    json.number(value.get<std::int64_t>());
  } else if (value.is_number_float()) {
    json.number(value.get<double>());
  } else if (value.is_string()) {
    json.text(value.get_ref<const std::string&>());
  } else if (value.is_null()) {
    json.null();
  } else {
    json.text(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
}

bool is_input(metadata::KeyPartKind kind) {
  switch (kind) {
    case metadata::KeyPartKind::literal:
    case metadata::KeyPartKind::parameter:
    case metadata::KeyPartKind::artifact:
    case metadata::KeyPartKind::file:
    case metadata::KeyPartKind::folder:
    case metadata::KeyPartKind::environment:
      return true;
    default:
      return false;
  }
}

}  // namespace

void write_value(JsonWriter& json, const Value& value) { ValueWriter{json, 0}.write(value); }

void write_parameters(JsonWriter& json, const std::vector<pipeline::Parameter>& parameters) {
  json.begin_object();
  for (const pipeline::Parameter& parameter : parameters) {
    json.key(parameter.name);
    if (const auto* value = std::get_if<Value>(&parameter.value)) {
      write_value(json, *value);
    } else {
      json.text(std::get<pipeline::ExternalInput>(parameter.value).name);
    }
  }
  json.end_object();
}

void write_recorded_parameters(JsonWriter& json, std::string_view recorded) {
  json.begin_object();
  for (const auto& [name, parameter] : metadata::read_parameters(recorded)) {
    json.key(name);
    // Records keep values as text for people; a scalar's is also JSON.
    const auto value = is_external(parameter.type) ? nlohmann::ordered_json(nlohmann::ordered_json::value_t::discarded)
                                                   : nlohmann::ordered_json::parse(parameter.value, nullptr, false);
    if (value.is_discarded()) {
      json.text(parameter.value);
    } else {
      write_parsed(json, value);
    }
  }
  json.end_object();
}

std::string_view reason_text(const cache::Reason& reason) {
  if (!reason.text.empty()) return reason.text;
  return reason.code == cache::ReasonCode::unchanged ? "nothing that it depends on changed" : "";
}

void write_reason(JsonWriter& json, std::string_view code, std::string_view text) {
  if (code.empty()) {
    json.null();
    return;
  }
  json.begin_object();
  json.key("code").text(code);
  json.key("text").text(text);
  json.end_object();
}

void write_inputs(JsonWriter& json, std::span<const metadata::KeyPart> parts) {
  json.begin_array();
  for (const metadata::KeyPart& part : parts) {
    if (!is_input(part.kind)) continue;
    json.begin_object();
    json.key("port").text(part.port);
    json.key("kind").text(cache::name(part.kind));
    json.key("name").text_or_null(part.name);
    json.key("value").text_or_null(part.text);
    json.key("digest").digest_or_null(part.digest);
    json.end_object();
  }
  json.end_array();
}

void write_nondeterministic(JsonWriter& json, const scheduler::Nondeterministic* found) {
  if (found == nullptr) {
    json.null();
    return;
  }
  json.begin_object();
  json.key("output").text(found->output);
  json.key("difference").text(found->difference);
  json.key("first_run").id_or_null(found->first_run);
  json.end_object();
}

std::vector<OutputShape> output_shapes(const pipeline::Step& step) {
  std::vector<OutputShape> shapes;
  if (!step.interface) return shapes;
  for (const pipeline::OutputPort& port : step.interface->outputs) shapes.push_back({port.name, port.type});
  return shapes;
}

void write_outputs(JsonWriter& json, std::span<const metadata::OutputRecord> outputs,
                   std::span<const OutputShape> shapes) {
  json.begin_array();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    json.begin_object();
    json.key("name").text(i < shapes.size() ? shapes[i].name : std::string_view());
    json.key("digest").digest_or_null(outputs[i].digest);
    json.key("type").text_or_null(i < shapes.size() ? shapes[i].type : std::string_view());
    json.key("size_bytes").number(outputs[i].size_bytes);
    json.end_object();
  }
  json.end_array();
}

}  // namespace stepcache::report
