#include "workspace/accept.h"

#include <fmt/format.h>

#include <algorithm>

#include "cache/accepted_code.h"
#include "cache/key.h"
#include "pipeline/graph_blob.h"
#include "platform/process.h"
#include "workspace/step_lookup.h"

namespace stepcache::workspace {
namespace {

constexpr std::size_t k_runs_to_search = 50;

Error nothing_to_accept(const std::string& step, const std::string& why) {
  return {ErrorCode::invalid_argument, "nothing to accept: " + why, step};
}

// The execution that made the step's result in a run; 0: none is recorded.
metadata::ExecutionId execution_in(metadata::MetadataStore& metadata, const metadata::RunRecord& run,
                                   const std::string& step) {
  if (run.steps.is_zero()) {
    const auto executions = metadata.executions_of_run(run.id);
    if (!executions) return 0;
    for (const metadata::ExecutionRecord& execution : *executions) {
      if (execution.step == step) return execution.id;
    }
    return 0;
  }
  const auto steps = metadata.run_steps(run.steps);
  const auto blob = metadata.graph_blob(run.graph);
  if (!steps || !blob) return 0;
  const auto graph = pipeline::decode_graph(*blob);
  if (!graph || graph->steps.size() != steps->size()) return 0;
  for (std::size_t id = 0; id < steps->size(); ++id) {
    if (graph->steps[id].name == step) return (*steps)[id].execution;
  }
  return 0;
}

// The latest execution that made a result of the step which can be reused. Records that cannot be read are passed over.
Result<std::optional<metadata::ExecutionRecord>> latest_reusable(Workspace& workspace, const std::string& pipeline,
                                                                 const std::string& step) {
  STEPCACHE_TRY_ASSIGN(const auto runs, workspace.metadata().runs({pipeline, k_runs_to_search, 0}));
  for (const metadata::RunRecord& run : runs) {
    const metadata::ExecutionId id = execution_in(workspace.metadata(), run, step);
    if (id == 0) continue;
    auto execution = workspace.metadata().execution(id);
    if (!execution || execution->status != metadata::StepStatus::completed || !execution->cached_for_later) continue;
    if (execution->code.is_zero()) continue;
    return std::optional(std::move(*execution));
  }
  return std::optional<metadata::ExecutionRecord>();
}

// Whether the execution's key was made with a signature of `code`'s kind. The record tells what entered the key.
bool same_kind(const pipeline::Pipeline& pipeline, const pipeline::Step& step, code_signature::CodeSignature code,
               const metadata::ExecutionRecord& execution) {
  code.digest = execution.code;
  const auto wanted = cache::key_parts(pipeline, step, code, {}).front();
  return std::any_of(execution.key_parts.begin(), execution.key_parts.end(), [&](const metadata::KeyPart& part) {
    return part.kind == metadata::KeyPartKind::code && part.digest == wanted.digest;
  });
}

}  // namespace

Result<ProposedAcceptance> propose_acceptance(Workspace& workspace, const PipelineProgram& program,
                                              const std::string& name) {
  const pipeline::Pipeline& pipeline = program.pipeline;
  STEPCACHE_TRY_ASSIGN(const pipeline::StepId id, step_named(pipeline, name));
  STEPCACHE_TRY_ASSIGN(const auto code, program.signature_of(id));
  if (!code->why_not.empty()) return fail(nothing_to_accept(name, "its results are not reused: " + code->why_not));

  STEPCACHE_TRY_ASSIGN(const auto before, latest_reusable(workspace, pipeline.name, name));
  if (!before) return fail(nothing_to_accept(name, "no run left a result of it here that can be reused"));
  if (before->code == code->digest) {
    return fail(nothing_to_accept(
        name, fmt::format("its code is what it was in run {}, which made its latest result", before->run)));
  }
  STEPCACHE_TRY_ASSIGN(const auto acceptances, workspace.metadata().acceptances());
  const cache::AcceptedCode accepted(pipeline.name, acceptances);
  for (const metadata::Acceptance* acceptance : accepted.counts_as(name, code->digest)) {
    if (acceptance->before != before->code) continue;
    return fail(nothing_to_accept(
        name, fmt::format("its code counts as that of run {} already (acceptance {})", before->run, acceptance->id)));
  }
  if (!same_kind(pipeline, pipeline.steps[id], *code, *before)) {
    return fail(nothing_to_accept(
        name, fmt::format("of run {} only the signature of the whole program is known, or now only that is: build both "
                          "alike, or run it once",
                          before->run)));
  }
  ProposedAcceptance proposed;
  proposed.pipeline = pipeline.name;
  proposed.step = name;
  proposed.now = code->digest;
  proposed.before = before->code;
  proposed.before_run = before->run;
  proposed.whole_program = code->precision == code_signature::Precision::coarse;
  proposed.code = explain_code_now(workspace, program, id, before->code);
  return proposed;
}

Result<metadata::Acceptance> accept(Workspace& workspace, const ProposedAcceptance& proposed, const std::string& note) {
  metadata::Acceptance acceptance;
  acceptance.pipeline = proposed.pipeline;
  acceptance.step = proposed.step;
  acceptance.now = proposed.now;
  acceptance.before = proposed.before;
  acceptance.by = platform::user_name();
  acceptance.note = note;
  acceptance.accepted_ns = workspace.clock().wall_ns();
  STEPCACHE_TRY_ASSIGN(acceptance.id, workspace.metadata().add_acceptance(acceptance));
  STEPCACHE_TRY(workspace.metadata().sync());
  return acceptance;
}

Result<std::vector<metadata::Acceptance>> list_acceptances(Workspace& workspace) {
  return workspace.metadata().acceptances();
}

Result<metadata::Acceptance> revoke_acceptance(Workspace& workspace, std::int64_t id) {
  STEPCACHE_TRY_ASSIGN(auto acceptances, workspace.metadata().acceptances());
  const auto found = std::find_if(acceptances.begin(), acceptances.end(),
                                  [&](const metadata::Acceptance& acceptance) { return acceptance.id == id; });
  if (found == acceptances.end()) {
    return fail(ErrorCode::not_found, "there is no such acceptance: `stepcache accept --list` lists those there are",
                fmt::format("acceptance {}", id));
  }
  if (found->revoked_ns != 0) return std::move(*found);
  found->revoked_ns = workspace.clock().wall_ns();
  STEPCACHE_TRY(workspace.metadata().revoke_acceptance(id, found->revoked_ns));
  STEPCACHE_TRY(workspace.metadata().sync());
  return std::move(*found);
}

}  // namespace stepcache::workspace
