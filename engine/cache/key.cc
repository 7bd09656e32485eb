#include "cache/key.h"

#include <fmt/format.h>

namespace stepcache::cache {
namespace {

using metadata::KeyPart;
using metadata::KeyPartKind;

void add_code(FieldHasher& hasher, const code_signature::CodeSignature& code) {
  hasher.begin("code").integer(static_cast<int>(code.precision)).digest(code.digest).end();
}

void add_input(FieldHasher& hasher, const pipeline::InputPort& port, const ResolvedInput& input) {
  hasher.begin("input").text(port.name).text(port.type);
  if (const auto* value = std::get_if<const pipeline::Value*>(&input)) {
    hasher.text("value");
    (*value)->add_to(hasher);
  } else if (const auto* artifact = std::get_if<ArtifactInput>(&input)) {
    hasher.text("artifact").digest(artifact->digest);
  } else if (const auto* external = std::get_if<ExternalContent>(&input)) {
    hasher.text("external").integer(static_cast<int>(external->kind)).digest(external->digest);
    hasher.text(external->base_name);
  }
  hasher.end();
}

void add_output(FieldHasher& hasher, const pipeline::OutputPort& port) {
  hasher.begin("output").text(port.name).text(port.type).text(port.materializer).end();
}

KeyPartKind kind_of(pipeline::ExternalKind kind) {
  switch (kind) {
    case pipeline::ExternalKind::file:
      return KeyPartKind::file;
    case pipeline::ExternalKind::folder:
      return KeyPartKind::folder;
    case pipeline::ExternalKind::environment:
      return KeyPartKind::environment;
  }
  return KeyPartKind::file;
}

std::string name_of_source(const pipeline::Pipeline& pipeline, const pipeline::Source& source) {
  if (const auto* ref = std::get_if<pipeline::ParameterRef>(&source)) return pipeline.parameters[ref->parameter].name;
  if (const auto* external = std::get_if<pipeline::ExternalInput>(&source)) return external->name;
  if (const auto* ref = std::get_if<pipeline::OutputRef>(&source)) {
    const pipeline::Step& producer = pipeline.steps[ref->step];
    return fmt::format("{}.{}", producer.name, producer.interface->outputs[ref->output].name);
  }
  return {};
}

KeyPart input_part(const pipeline::Pipeline& pipeline, const pipeline::InputPort& port, const pipeline::Source& source,
                   const ResolvedInput& input) {
  KeyPart part;
  part.port = port.name;
  part.name = name_of_source(pipeline, source);
  if (const auto* value = std::get_if<const pipeline::Value*>(&input)) {
    part.kind = std::holds_alternative<pipeline::ParameterRef>(source) ? KeyPartKind::parameter : KeyPartKind::literal;
    part.text = (*value)->to_text();
  } else if (const auto* artifact = std::get_if<ArtifactInput>(&input)) {
    part.kind = KeyPartKind::artifact;
    part.text = artifact->digest.short_hex();
  } else if (const auto* external = std::get_if<ExternalContent>(&input)) {
    part.kind = kind_of(external->kind);
    part.text = external->text;
  }
  return part;
}

}  // namespace

Digest cache_key(FieldHasher& hasher, const pipeline::Step& step, const code_signature::CodeSignature& code,
                 std::span<const ResolvedInput> inputs) {
  hasher.begin("stepcache.key").unsigned_integer(k_key_format);
  add_code(hasher, code);
  for (std::size_t port = 0; port < inputs.size(); ++port)
    add_input(hasher, step.interface->inputs[port], inputs[port]);
  for (const pipeline::OutputPort& port : step.interface->outputs) add_output(hasher, port);
  hasher.begin("salt").text(step.cache_salt).end();
  hasher.end();
  return hasher.finish();
}

std::vector<KeyPart> key_parts(const pipeline::Pipeline& pipeline, const pipeline::Step& step,
                               const code_signature::CodeSignature& code, std::span<const ResolvedInput> inputs) {
  FieldHasher hasher;
  std::vector<KeyPart> parts;
  parts.reserve(inputs.size() + step.interface->outputs.size() + 2);
  const auto finish = [&](KeyPart part) {
    part.digest = hasher.finish();
    parts.push_back(std::move(part));
  };

  add_code(hasher, code);
  finish({KeyPartKind::code, "", step.interface->function, {}, code.digest.short_hex()});
  for (std::size_t port = 0; port < inputs.size(); ++port) {
    add_input(hasher, step.interface->inputs[port], inputs[port]);
    finish(input_part(pipeline, step.interface->inputs[port], step.inputs[port], inputs[port]));
  }
  for (const pipeline::OutputPort& port : step.interface->outputs) {
    add_output(hasher, port);
    finish({KeyPartKind::output_port, port.name, "", {}, port.materializer});
  }
  if (!step.cache_salt.empty()) {
    hasher.begin("salt").text(step.cache_salt).end();
    finish({KeyPartKind::salt, "", "", {}, pipeline::Value(step.cache_salt).to_text()});
  }
  hasher.unsigned_integer(k_key_format);
  finish({KeyPartKind::key_format, "", "", {}, std::to_string(k_key_format)});
  return parts;
}

bool cache_enabled(std::optional<bool> run, const pipeline::Step& step, const pipeline::Pipeline& pipeline,
                   bool default_value) {
  if (run) return *run;
  if (step.enable_cache) return *step.enable_cache;
  return pipeline.enable_cache.value_or(default_value);
}

}  // namespace stepcache::cache
