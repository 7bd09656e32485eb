#include "workspace/artifacts.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "digest/sha256.h"
#include "encoding/preview.h"
#include "workspace/history.h"
#include "workspace/nearest_name.h"

namespace stepcache::workspace {
namespace {

constexpr std::size_t k_shortest_prefix = 8;

bool is_digest_prefix(std::string_view text) {
  return text.size() >= k_shortest_prefix && text.size() <= 2 * Digest::k_size &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// "STEP" or "STEP.OUTPUT" of a run: the output's artifact.
Result<metadata::ArtifactRecord> output_of_step(Workspace& workspace, const StepOfRun& step,
                                                const std::string& output) {
  STEPCACHE_TRY_ASSIGN(const auto recorded, recorded_run(workspace, step.run));
  for (const RecordedStep& candidate : recorded.steps) {
    if (candidate.name != step.step) continue;
    const std::string where = fmt::format("{}/{}", step.run, step.step);
    if (!candidate.execution || candidate.execution->outputs.empty()) {
      return fail(ErrorCode::not_found,
                  fmt::format("it has no outputs: it is {} in this run", metadata::name(candidate.state.status)),
                  where);
    }
    const metadata::ExecutionRecord& execution = *candidate.execution;
    if (output.empty() && execution.outputs.size() == 1)
      return workspace.metadata().artifact(execution.outputs[0].digest);
    for (std::size_t i = 0; i < execution.outputs.size(); ++i) {
      if (i < execution.output_names.size() && execution.output_names[i] == output) {
        return workspace.metadata().artifact(execution.outputs[i].digest);
      }
    }
    std::string names;
    for (const std::string& name : execution.output_names) names += (names.empty() ? "" : ", ") + name;
    if (output.empty()) {
      return fail(ErrorCode::invalid_argument, fmt::format("it has several outputs, name one ({})", names), where);
    }
    return fail(ErrorCode::not_found, fmt::format("it has no output {} (it has {})", output, names), where);
  }
  return fail(ErrorCode::not_found, fmt::format("run {} has no such step", step.run), step.step);
}

}  // namespace

Result<metadata::ArtifactRecord> resolve_artifact(Workspace& workspace, std::string_view text) {
  if (is_digest_prefix(text)) {
    constexpr std::size_t k_candidates = 3;
    STEPCACHE_TRY_ASSIGN(auto found, workspace.metadata().artifacts_with_prefix(text, k_candidates));
    if (found.size() == 1) return std::move(found.front());
    if (found.size() > 1) {
      std::string names;
      for (const auto& artifact : found) names += (names.empty() ? "" : ", ") + artifact.digest.hex();
      return fail(ErrorCode::invalid_argument, "several artifacts begin like this, give more digits: " + names,
                  std::string(text));
    }
  }
  // A step's name may have dots: first all of it, then what stands before the last one.
  auto step = resolve_step(workspace, text);
  std::string output;
  if (!step) {
    const auto dot = text.rfind('.');
    if (dot != std::string_view::npos) {
      output = text.substr(dot + 1);
      auto shorter = resolve_step(workspace, text.substr(0, dot));
      if (shorter) step = std::move(shorter);
    }
  }
  if (!step) {
    return fail(step.error().code,
                "there is no such artifact: name it by 8 or more digits of its digest, or as [RUN/]STEP[.OUTPUT] (" +
                    step.error().message + ")",
                std::string(text));
  }
  return output_of_step(workspace, *step, output);
}

Result<std::vector<ListedArtifact>> list_artifacts(Workspace& workspace, const ArtifactFilter& filter) {
  std::vector<ListedArtifact> listed;
  constexpr std::size_t k_page = 100;
  metadata::RunId before = 0;
  while (listed.size() < filter.limit) {
    STEPCACHE_TRY_ASSIGN(const auto runs, workspace.metadata().runs({"", k_page, before}));
    if (runs.empty()) break;
    before = runs.back().id;
    for (const metadata::RunRecord& run : runs) {
      STEPCACHE_TRY_ASSIGN(auto executions, workspace.metadata().executions_of_run(run.id));
      std::reverse(executions.begin(), executions.end());
      for (const metadata::ExecutionRecord& execution : executions) {
        for (std::size_t i = 0; i < execution.outputs.size(); ++i) {
          auto artifact = workspace.metadata().artifact(execution.outputs[i].digest);
          if (!artifact || (!filter.type.empty() && artifact->type != filter.type)) continue;
          artifact->content.reset();
          const std::string port = i < execution.output_names.size() ? execution.output_names[i] : "";
          listed.push_back({std::move(*artifact), execution.id, run.id, execution.step, port});
          if (listed.size() == filter.limit) return listed;
        }
      }
    }
  }
  return listed;
}

Result<std::string> read_artifact(Workspace& workspace, const metadata::ArtifactRecord& artifact) {
  if (artifact.size_bytes > metadata::k_inline_limit) return workspace.artifacts().read(artifact.digest);
  if (!artifact.content || sha256(*artifact.content) != artifact.digest) {
    return fail(ErrorCode::damaged,
                "its bytes are not what was stored: run the step that made it again, or `stepcache verify`",
                "artifact " + artifact.digest.short_hex());
  }
  return *artifact.content;
}

Result<std::string> preview_artifact(Workspace& workspace, const metadata::ArtifactRecord& artifact) {
  STEPCACHE_TRY_ASSIGN(const auto bytes, read_artifact(workspace, artifact));
  return encoding::preview(artifact.type, as_bytes(bytes), artifact.size_bytes);
}

}  // namespace stepcache::workspace
