#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cache/key.h"
#include "execution/attempt.h"
#include "external_input/external_input.h"
#include "metadata/metadata_store.h"
#include "pipeline/pipeline.h"

namespace stepcache::scheduler {

// What the inputs of a step hold, as its key sees them, when the step is about to run.
class InputResolver {
 public:
  InputResolver(const pipeline::Pipeline& pipeline, metadata::MetadataStore& metadata, platform::FileSystem& files,
                platform::Clock& clock, std::filesystem::path working_directory);

  // `outputs_of(step, output)` gives the digest of an upstream output. Errors: those of external_input::observe.
  template <class OutputsOf>
  Result<void> resolve(const pipeline::Step& step, std::vector<cache::ResolvedInput>& resolved, OutputsOf outputs_of) {
    resolved.clear();
    for (const pipeline::Source& source : step.inputs) {
      if (const auto* ref = std::get_if<pipeline::OutputRef>(&source)) {
        resolved.emplace_back(cache::ArtifactInput{outputs_of(ref->step, ref->output)});
      } else {
        STEPCACHE_TRY_ASSIGN(auto input, resolve_own(source));
        resolved.push_back(std::move(input));
      }
    }
    return {};
  }

  // Observes the step's external inputs again: the first one that no longer holds what `resolved` says, for people.
  Result<std::optional<std::string>> moved(const pipeline::Step& step, std::span<const cache::ResolvedInput> resolved);

  // A parameter, literal or external input as the step gets it.
  Result<execution::InputValue> value_for_step(const pipeline::Source& source);

  // Whether the file at `path` holds these bytes now. Reads it only when it may have changed since it was last seen.
  bool holds(const std::string& path, const Digest& digest);

  // Records what files were seen to hold, so that they need not be read again.
  void remember_observed();

 private:
  Result<cache::ResolvedInput> resolve_own(const pipeline::Source& source);
  Result<external_input::Observation> observe(const pipeline::ExternalInput& input);
  const pipeline::ExternalInput* external(const pipeline::Source& source) const;
  std::optional<metadata::FileObservation> recall(const std::string& path);

  const pipeline::Pipeline& pipeline_;
  metadata::MetadataStore& metadata_;
  external_input::Context context_;
  bool has_secret_ = false;
  std::unordered_map<std::string, metadata::FileObservation> observed_;  // in this run, by path
};

}  // namespace stepcache::scheduler
