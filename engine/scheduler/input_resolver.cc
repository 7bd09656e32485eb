#include "scheduler/input_resolver.h"

#include <fmt/format.h>

namespace stepcache::scheduler {
namespace {

std::string_view noun(pipeline::ExternalKind kind) {
  switch (kind) {
    case pipeline::ExternalKind::file:
      return "file";
    case pipeline::ExternalKind::folder:
      return "folder";
    case pipeline::ExternalKind::environment:
      return "environment variable";
  }
  return "input";
}

// What `why` shows of an external input. A variable's value is never shown.
std::string text_of(const pipeline::ExternalInput& input, const external_input::Observation& seen) {
  if (input.kind == pipeline::ExternalKind::environment) {
    return seen.value ? fmt::format("set ({})", seen.digest.short_hex()) : "not set";
  }
  return fmt::format("{} ({} bytes)", seen.digest.short_hex(), seen.size_bytes);
}

}  // namespace

InputResolver::InputResolver(const pipeline::Pipeline& pipeline, metadata::MetadataStore& metadata,
                             platform::FileSystem& files, platform::Clock& clock,
                             std::filesystem::path working_directory)
    : pipeline_(pipeline),
      metadata_(metadata),
      context_{files, clock, std::move(working_directory), "",
               [this](const std::string& path) { return recall(path); }} {}

std::optional<metadata::FileObservation> InputResolver::recall(const std::string& path) {
  if (const auto found = observed_.find(path); found != observed_.end()) return found->second;
  const auto recorded = metadata_.file_observation(path);
  // A record that cannot be read costs one reading of the file, no more.
  return recorded ? *recorded : std::nullopt;
}

const pipeline::ExternalInput* InputResolver::external(const pipeline::Source& source) const {
  if (const auto* ref = std::get_if<pipeline::ParameterRef>(&source)) {
    return std::get_if<pipeline::ExternalInput>(&pipeline_.parameters[ref->parameter].value);
  }
  return std::get_if<pipeline::ExternalInput>(&source);
}

Result<external_input::Observation> InputResolver::observe(const pipeline::ExternalInput& input) {
  if (input.kind == pipeline::ExternalKind::environment && !has_secret_) {
    STEPCACHE_TRY_ASSIGN(context_.secret, metadata_.secret());
    has_secret_ = true;
  }
  STEPCACHE_TRY_ASSIGN(auto seen, external_input::observe(context_, input));
  for (metadata::FileObservation& file : seen.to_remember) {
    std::string path = file.path;
    observed_.insert_or_assign(std::move(path), std::move(file));
  }
  seen.to_remember.clear();
  return seen;
}

Result<cache::ResolvedInput> InputResolver::resolve_own(const pipeline::Source& source) {
  if (const auto* value = std::get_if<pipeline::Value>(&source)) return cache::ResolvedInput(value);
  const pipeline::ExternalInput* input = external(source);
  if (input == nullptr) {
    const auto& parameter = pipeline_.parameters[std::get<pipeline::ParameterRef>(source).parameter];
    return cache::ResolvedInput(&std::get<pipeline::Value>(parameter.value));
  }
  STEPCACHE_TRY_ASSIGN(auto seen, observe(*input));
  std::string text = text_of(*input, seen);
  return cache::ResolvedInput(
      cache::ExternalContent{input->kind, seen.digest, std::move(seen.base_name), std::move(text)});
}

Result<std::optional<std::string>> InputResolver::moved(const pipeline::Step& step,
                                                        std::span<const cache::ResolvedInput> resolved) {
  for (std::size_t port = 0; port < step.inputs.size(); ++port) {
    const pipeline::ExternalInput* input = external(step.inputs[port]);
    if (input == nullptr) continue;
    const auto& before = std::get<cache::ExternalContent>(resolved[port]);
    const auto seen = observe(*input);
    if (!seen || seen->digest != before.digest) {
      return fmt::format("{} {} {} while the step ran", noun(input->kind), input->name,
                         seen || seen.error().code == ErrorCode::busy ? "changed" : "vanished");
    }
  }
  return std::nullopt;
}

Result<execution::InputValue> InputResolver::value_for_step(const pipeline::Source& source) {
  if (const pipeline::ExternalInput* input = external(source)) {
    if (input->kind == pipeline::ExternalKind::environment) {
      STEPCACHE_TRY_ASSIGN(auto seen, observe(*input));
      return execution::InputValue(execution::ExternalValue{*input, {}, std::move(seen.value)});
    }
    return execution::InputValue(execution::ExternalValue{
        *input, (context_.working_directory / std::filesystem::path(input->name)).lexically_normal(), std::nullopt});
  }
  if (const auto* ref = std::get_if<pipeline::ParameterRef>(&source)) {
    return execution::InputValue(std::get<pipeline::Value>(pipeline_.parameters[ref->parameter].value));
  }
  return execution::InputValue(std::get<pipeline::Value>(source));
}

bool InputResolver::holds(const std::string& path, const Digest& digest) {
  const auto seen = observe({pipeline::ExternalKind::file, path});
  return seen && seen->digest == digest;
}

void InputResolver::remember_observed() {
  for (const auto& [path, observation] : observed_) {
    if (!metadata_.put_file_observation(observation)) break;
  }
}

}  // namespace stepcache::scheduler
