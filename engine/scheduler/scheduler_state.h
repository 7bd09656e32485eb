#pragma once

#include <deque>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "cache/accepted_code.h"
#include "digest/field_hasher.h"
#include "scheduler/code_changes.h"
#include "scheduler/earlier_executions.h"
#include "scheduler/input_resolver.h"
#include "scheduler/scheduler.h"
#include "scheduler/stored_results.h"

namespace stepcache::scheduler {

// An earlier result of a step that runs, to compare with what it gives.
struct Baseline {
  metadata::CacheEntry entry;
  std::shared_ptr<const metadata::Acceptance> acceptance;  // not null: the result is that of code which it counts as
};

// An attempt under way: what is needed when it is over.
struct Flight {
  pipeline::StepId step = 0;
  std::vector<cache::ResolvedInput> inputs;
  std::shared_ptr<const code_signature::CodeSignature> code;
  std::filesystem::path log_file;
  std::optional<Baseline> baseline;
};

// The loop's memory and its parts, in the order in which a step goes through them.
struct Scheduler::State {
  State(const Rooms& given_rooms, Request given_request);

  // A ready step: from its inputs to a decision.
  Result<void> decide(pipeline::StepId id);
  Result<bool> serve_from_cache(pipeline::StepId id);
  // The same, of the results that one key has; `acceptance` is why its code counts as that key's, or null.
  Result<bool> serve_key(pipeline::StepId id, const Digest& key, const metadata::Acceptance* acceptance);
  Result<void> read_acceptances();
  cache::Reason reason_to_run(pipeline::StepId id, bool enabled);
  // A miss: hand it to the executor; or first its producers again, when what they left is damaged.
  Result<void> start(pipeline::StepId id);
  Result<std::vector<execution::InputValue>> load_inputs(pipeline::StepId id, std::optional<pipeline::StepId>& broken);
  void run_again(pipeline::StepId producer, pipeline::StepId consumer, const std::string& what);
  // An attempt that is over: store, record, publish.
  Result<void> land(execution::Outcome outcome);
  Result<void> land_failure(Flight& flight, const execution::Outcome& outcome, const Error& error);
  Result<void> record_execution(Flight& flight, const execution::Outcome& outcome,
                                metadata::FinishedExecution& finished);
  // Its code, and the parts of it unless they are recorded.
  Result<void> add_code(const Flight& flight, metadata::FinishedExecution& finished);
  // Before its result is recorded: which earlier one of the same key there is.
  Result<void> find_baseline(Flight& flight);
  // After that: compares, records and warns of what differs.
  Result<void> compare_with_baseline(const Flight& flight);

  // Warns when two steps leave one file behind.
  void note_output_files(pipeline::StepId id);
  void publish(pipeline::StepId id, metadata::StepStatus status);
  void fail_before_start(pipeline::StepId id, const Error& error);
  void skip_dependents(pipeline::StepId id);
  void skip_what_did_not_start();
  void settle(pipeline::StepId id, metadata::StepStatus status);

  Rooms rooms;
  Request request;
  InputResolver resolver;
  StoredResults results;
  EarlierExecutions earlier;
  CodeChanges code_changes;
  FieldHasher hasher;

  std::vector<StepResult> steps;
  std::vector<std::string> warnings;
  std::deque<pipeline::StepId> ready;
  std::deque<Event> events;
  std::vector<std::uint32_t> waiting;  // how many steps each still waits for
  std::unordered_map<std::uint64_t, Flight> flights;
  std::unordered_map<pipeline::StepId, std::vector<pipeline::StepId>> reruns;  // producer -> consumers that wait for it
  std::unordered_map<std::string, pipeline::StepId> output_files;              // path -> the step that left it behind
  std::unordered_set<Digest> codes;  // signatures whose parts need not be asked for any more
  std::vector<cache::ResolvedInput> scratch;
  std::shared_ptr<const code_signature::CodeSignature> code;  // of the step being decided
  std::optional<Baseline> drawn;                              // the hit that it runs again to check
  cache::AcceptedCode accepted;
  bool acceptances_read = false;
  std::uint64_t next_attempt = 1;
  bool cancelled = false;
  bool stopping = false;  // cancelled, or failed with fail_fast
  bool done = false;
};

}  // namespace stepcache::scheduler
