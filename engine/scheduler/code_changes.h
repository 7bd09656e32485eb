#pragma once

#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "code_signature/parts.h"
#include "metadata/metadata_store.h"
#include "pipeline/pipeline.h"
#include "result/result.h"

namespace stepcache::scheduler {

// What changed in the code of steps that run. A fully cached run never asks. What cannot be read or computed only costs
// an explanation. Each question is answered once for all steps of the same code.
class CodeChanges {
 public:
  using PartsOf = std::function<Result<std::vector<code_signature::Part>>(pipeline::StepId)>;

  // `parts_of` may be empty. `keep`: parts_to_record will be called for the steps whose change was asked for.
  CodeChanges(metadata::MetadataStore& metadata, PartsOf parts_of, bool keep)
      : metadata_(metadata), parts_of_(std::move(parts_of)), keep_(keep) {}

  // What changed between two signatures, `now` being that of `step`: code_change_text; empty when it is not known.
  std::string text(pipeline::StepId step, const Digest& before, const Digest& now);

  // The parts of the step's signature, which are not recorded yet; those that `text` asked for are not asked for again.
  // Errors: those of `parts_of`.
  Result<std::vector<code_signature::Part>> parts_to_record(pipeline::StepId step, const Digest& signature);

 private:
  metadata::MetadataStore& metadata_;
  PartsOf parts_of_;
  bool keep_;
  std::map<std::pair<Digest, Digest>, std::string> texts_;
  std::unordered_map<Digest, std::vector<code_signature::Part>> computed_;  // not recorded yet
};

}  // namespace stepcache::scheduler
