#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "cache/explanation.h"
#include "metadata/metadata_store.h"

namespace stepcache::scheduler {

// What the latest runs of a pipeline know of its steps: with which execution a step's key is compared to say why it
// runs. Read when first asked for: a fully cached run never does.
class EarlierExecutions {
 public:
  EarlierExecutions(metadata::MetadataStore& metadata, std::string pipeline, metadata::RunId this_run)
      : metadata_(metadata), pipeline_(std::move(pipeline)), this_run_(this_run) {}

  // The execution that made the step's outputs in the latest run that got that far; nothing when there is none, or when
  // its record cannot be read.
  std::optional<metadata::ExecutionRecord> latest(const std::string& step);

 private:
  void read();

  metadata::MetadataStore& metadata_;
  std::string pipeline_;
  metadata::RunId this_run_;
  bool read_ = false;
  std::unordered_map<std::string, metadata::ExecutionId> by_step_;
};

}  // namespace stepcache::scheduler
