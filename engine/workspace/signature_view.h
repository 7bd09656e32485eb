#pragma once

#include <optional>
#include <string>
#include <vector>

#include "code_signature/parts.h"
#include "metadata/records.h"
#include "workspace/run_pipeline.h"
#include "workspace/workspace.h"

namespace stepcache::workspace {

// The code of a step with all that it was made of.
struct SignatureView {
  std::string step;
  metadata::RunId run = 0;                               // the run asked about; 0: now
  std::optional<code_signature::Precision> precision;    // unset: not known
  Digest digest;                                         // of the whole signature
  std::string note;                                      // of now only: why it is only coarse, and what helps
  std::string why_not;                                   // why no result of it serves later runs; empty: they do
  std::vector<std::string> remarks;                      // of now only: what it reaches that cannot be followed
  std::vector<code_signature::Part> parts;               // the root first
};

// From records: the code with which `step` ran in `run`, or with which its reused result was made. Errors: not_found
// (no such run or step: names the nearest; its code is not recorded), damaged.
Result<SignatureView> signature_recorded(Workspace& workspace, metadata::RunId run, const std::string& step);
// Of now. Errors: not_found (no such step; names the nearest), those of taking the signature.
Result<SignatureView> signature_now(Workspace& workspace, const PipelineProgram& program, const std::string& step);

}  // namespace stepcache::workspace
