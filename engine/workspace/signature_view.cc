#include "workspace/signature_view.h"

#include <fmt/format.h>

#include "workspace/history.h"
#include "workspace/step_lookup.h"

namespace stepcache::workspace {
namespace {

using code_signature::Precision;

// Records keep the parts, which tell: a coarse signature is that of a whole program.
Precision precision_of(const std::vector<code_signature::Part>& parts) {
  return !parts.empty() && parts.front().kind == "program" ? Precision::coarse : Precision::exact;
}

}  // namespace

Result<SignatureView> signature_recorded(Workspace& workspace, metadata::RunId run, const std::string& step) {
  STEPCACHE_TRY_ASSIGN(const auto recorded, recorded_run(workspace, run));
  STEPCACHE_TRY_ASSIGN(const RecordedStep* const found, step_named(recorded, step));
  if (!found->execution) {
    return fail(ErrorCode::not_found, fmt::format("it did not run in run {}, or its record is gone", run), step);
  }
  const metadata::ExecutionRecord& execution = *found->execution;
  SignatureView view;
  view.step = step;
  view.run = run;
  view.digest = execution.code;
  if (!execution.cached_for_later) view.why_not = execution.why_not;
  auto parts = workspace.metadata().code_parts(execution.code);
  if (!parts) {
    if (parts.error().code != ErrorCode::not_found) return fail(std::move(parts).error());
    return fail(ErrorCode::not_found,
                fmt::format("run {} recorded no parts of its code; `stepcache signature PIPELINE {}` shows the code of "
                            "now",
                            execution.run, step),
                step);
  }
  view.parts = std::move(*parts);
  view.precision = precision_of(view.parts);
  return view;
}

Result<SignatureView> signature_now(Workspace& workspace, const PipelineProgram& program, const std::string& step) {
  STEPCACHE_TRY_ASSIGN(const pipeline::StepId id, step_named(program.pipeline, step));
  STEPCACHE_TRY_ASSIGN(const auto signature, program.signature_of(id));
  SignatureView view;
  view.step = step;
  view.precision = signature->precision;
  view.digest = signature->digest;
  view.note = signature->note;
  view.why_not = signature->why_not;
  view.remarks = signature->remarks;
  if (program.code_parts_of) {
    STEPCACHE_TRY_ASSIGN(view.parts, program.code_parts_of(id));
  } else if (auto parts = workspace.metadata().code_parts(signature->digest)) {
    view.parts = std::move(*parts);
  }
  return view;
}

}  // namespace stepcache::workspace
