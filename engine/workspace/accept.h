#pragma once

#include <optional>
#include <string>
#include <vector>

#include "metadata/records.h"
#include "workspace/explain.h"
#include "workspace/run_pipeline.h"
#include "workspace/workspace.h"

// Edits that somebody declares to change no result: a refactoring need not cost a night. An acceptance is for one step
// of one pipeline, in force from the next run on until it is revoked; what is recorded of executions stays as it is.
namespace stepcache::workspace {

// What would be accepted, to be shown before it is.
struct ProposedAcceptance {
  std::string pipeline;
  std::string step;
  Digest now;                      // its code's signature
  Digest before;                   // that of the execution which it would count as
  metadata::RunId before_run = 0;  // in which that one ran
  bool whole_program = false;      // both are of the whole program: all that changed in it is accepted for the step
  std::optional<CodeExplanation> code;  // what changed; unset: the parts of one side are not known
};

// Compares the step's code with that of its latest recorded execution whose result can be reused. Errors: not_found (no
// such step; names the nearest); invalid_argument (nothing to accept: there is no such execution, it had the same code,
// its code counts as that already, or the two signatures are of different kinds); what `signature_of` gives.
Result<ProposedAcceptance> propose_acceptance(Workspace& workspace, const PipelineProgram& program,
                                              const std::string& step);
// Records it in the name of the user of this process. Errors: the store's.
Result<metadata::Acceptance> accept(Workspace& workspace, const ProposedAcceptance& proposed, const std::string& note);

// All, also those that were revoked, by id.
Result<std::vector<metadata::Acceptance>> list_acceptances(Workspace& workspace);
// The step runs again with its own signature. One that was revoked before stays as it is. Errors: not_found.
Result<metadata::Acceptance> revoke_acceptance(Workspace& workspace, std::int64_t id);

}  // namespace stepcache::workspace
