#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "artifact_store/artifact_store.h"
#include "cache/explanation.h"
#include "code_signature/parts.h"
#include "execution/executor.h"
#include "metadata/metadata_store.h"
#include "pipeline/graph.h"
#include "pipeline/pipeline.h"
#include "platform/clock.h"
#include "platform/file_system.h"

namespace stepcache::scheduler {

enum class Decision : std::uint8_t { reuse = 1, run = 2, undetermined = 3 };
std::string_view name(Decision decision);

// A result that is not what an earlier execution made of the same code and inputs.
struct Nondeterministic {
  std::string output;             // output port: the first one that differs
  std::string difference;         // the first one in it, for people
  metadata::RunId first_run = 0;  // in which that earlier execution ran; 0: not recorded any more
  friend bool operator==(const Nondeterministic&, const Nondeterministic&) = default;
};

// What is known of one step of a run.
struct StepResult {
  metadata::StepStatus status = metadata::StepStatus::pending;
  Decision decision = Decision::undetermined;
  cache::Reason reason;
  bool cacheable = true;
  std::string why_not;                  // why its result cannot serve later runs
  Digest key;                           // zero: none
  metadata::ExecutionId execution = 0;  // that made its outputs
  metadata::RunId produced_by_run = 0;
  std::int64_t duration_ns = 0;  // how long it took in this run
  std::int64_t saved_ns = 0;     // cached: how long its execution took when it ran
  std::int64_t expected_ns = 0;  // plan: of a step that would run, from its earlier execution; 0: unknown
  std::string error;             // of a failed step
  ErrorCode error_code = ErrorCode::step_failed;
  std::vector<metadata::OutputRecord> outputs;  // by output port; empty until known
  std::vector<metadata::KeyPart> inputs;        // key parts, when asked for or when the step ran
  std::shared_ptr<const Nondeterministic> nondeterministic;  // null: it did not run, or gave the same bytes as before
};

// One change of a step's status.
struct Event {
  pipeline::StepId step = 0;
  metadata::StepStatus status = metadata::StepStatus::pending;
};

// The rooms that the loop uses. All must outlive it.
struct Rooms {
  metadata::MetadataStore& metadata;
  artifact_store::ArtifactStore& artifacts;
  execution::Executor& executor;
  platform::FileSystem& files;
  platform::Clock& clock;
};

struct Request {
  const pipeline::Pipeline& pipeline;
  const pipeline::Graph& graph;
  std::function<Result<std::shared_ptr<const code_signature::CodeSignature>>(pipeline::StepId)> signature_of;
  // The parts of a step's code, for its record: asked once in a run for each signature that is not recorded yet. Empty:
  // none are recorded. An error is a warning.
  std::function<Result<std::vector<code_signature::Part>>(pipeline::StepId)> code_parts_of;
  std::optional<bool> enable_cache;  // the run's own; overrides step and pipeline
  bool enable_cache_by_default = true;
  bool fail_fast = false;
  double check = 0;          // share of the hits that is run again to compare what they give; 0 to 1
  bool plan = false;         // decide only: run nothing, record nothing
  bool keep_inputs = false;  // fill StepResult::inputs also for hits
  metadata::RunId run = 0;
  std::filesystem::path working_directory;
  std::filesystem::path temporary_folder;
  std::filesystem::path log_folder;  // empty: what steps print is not captured
};

// The loop:
//   ready step -> observe external inputs -> cache key -> look up
//     hit  -> verify the artifacts are there and whole -> publish outputs (cached)
//     miss -> hand to the executor -> store outputs -> observe the external inputs again -> commit -> publish
//     (completed)
// Published outputs make further steps ready, by content digest. Pulled forward by its owner; one thread.
class Scheduler {
 public:
  Scheduler(const Rooms& rooms, Request request);
  ~Scheduler();
  Scheduler(Scheduler&&) noexcept;

  // The next change of a step's status; nothing when all steps are decided. Blocks while steps run. An error ends the
  // run: only the stores' own errors come here, a failed step does not.
  Result<std::optional<Event>> advance();
  // No further step starts; those under way are asked to stop; what did not start is `skipped` with reason `stopped`.
  void cancel();
  bool cancelled() const;

  const std::vector<StepResult>& steps() const;
  std::vector<StepResult> take_steps();
  const std::vector<std::string>& warnings() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace stepcache::scheduler
