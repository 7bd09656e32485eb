#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "digest/digest.h"
#include "metadata/records.h"
#include "pipeline/pipeline.h"

// Lineage: which step read what and made what, as a graph to print, draw or send. Everything in this room is a pure
// function of its arguments: no clock, disk or thread; equal arguments give equal bytes. Names are bytes as the user
// gave them; only the printers (text, dot, svg, json) make them printable.
namespace stepcache::lineage {

using NodeId = std::uint32_t;  // position in LineageGraph::nodes

// A step of one run, or an execution met across runs.
struct StepNode {
  std::string name;
  metadata::ExecutionId execution = 0;  // that made its outputs; 0: none
  metadata::RunId run = 0;              // in which that execution ran; 0: unknown
  metadata::StepStatus status = metadata::StepStatus::pending;
  std::string reason;             // why it ran or did not, for people; may be empty
  std::string error;              // of a failed step
  std::int64_t duration_ns = -1;  // how long the execution took; negative: unknown
};

struct ArtifactNode {
  std::string name;              // output port
  std::string type;              // type tag
  std::optional<Digest> digest;  // nothing: not made (yet)
  std::uint64_t size_bytes = 0;
};

// Something outside the store that a step reads.
struct ExternalNode {
  pipeline::ExternalKind kind = pipeline::ExternalKind::file;
  std::string name;
};

using Node = std::variant<StepNode, ArtifactNode, ExternalNode>;

// An edge belongs to the step at one of its ends, and has happened as far as that step has.
enum class EdgeState : std::uint8_t {
  fresh = 1,     // read or written by an execution of this run
  cached = 2,    // derived: the step's result came from an earlier execution
  expected = 3,  // the pipeline says so, but the step did not run (yet)
};
enum class EdgeKind : std::uint8_t {
  data = 1,
  order = 2,  // step after step, without data
};
struct Edge {
  NodeId from = 0;
  NodeId to = 0;
  std::string port;  // of the step at the data edge's end
  EdgeState state = EdgeState::fresh;
  EdgeKind kind = EdgeKind::data;
};

struct LineageGraph {
  std::string title;
  metadata::RunId run = 0;      // the run that it shows; 0: none, or several
  std::optional<NodeId> focus;  // the artifact asked about
  std::vector<Node> nodes;
  std::vector<Edge> edges;
};

std::string_view name(EdgeState state);
std::string_view name(pipeline::ExternalKind kind);

// --- Of one run, or of a pipeline that has not run

// What became of one step.
struct StepView {
  metadata::RunStep outcome;
  metadata::RunId produced_by_run = 0;
  std::int64_t duration_ns = -1;                // negative: unknown
  std::vector<metadata::OutputRecord> outputs;  // by output port; may be shorter
  std::string error;
};

struct RunView {
  const pipeline::Pipeline& pipeline;  // its shape: values of parameters are not shown; must outlive the view
  std::string title;
  metadata::RunId run = 0;
  std::vector<StepView> steps;  // by step id; steps beyond its end are pending
  // External inputs held by parameters, by their position, where the pipeline does not say: a recorded shape has no
  // values.
  std::vector<std::optional<pipeline::ExternalInput>> parameters = {};
};

// The view of a recorded run: `executions` are those that the steps name, in any order; one that is missing (forgotten
// by collect_garbage) leaves outputs and times unknown.
RunView view_of_run(const pipeline::Pipeline& pipeline, const metadata::RunRecord& run,
                    std::span<const metadata::RunStep> steps, std::span<const metadata::ExecutionRecord> executions);

// One node for each step, each of its output ports and each external input that a step reads (equal ones once).
// External inputs held by parameters count; small values do not. References out of range are left out.
LineageGraph graph_of_run(const RunView& view);

// --- Across runs

struct ArtifactView {
  Digest digest;
  std::string type;
  std::uint64_t size_bytes = 0;
};

// What the records say around one artifact; more than is needed does no harm.
struct ArtifactHistory {
  Digest focus;
  std::string title;
  std::vector<metadata::ExecutionRecord> executions;
  std::vector<metadata::EventRecord> events;
  std::vector<ArtifactView> artifacts;
  std::vector<metadata::RunRecord> runs = {};  // of the executions: they tell which path a parameter held
};

// Where the focus came from and what was made from it: all that lies on a way of events to it or from it, and no other.
// One node for each artifact digest and each execution; the external inputs of an execution are read from its key
// parts. Two executions that made equal bytes share the artifact's node, so there may be cycles (a step that returns
// its input unchanged). Events that name an unknown execution or artifact give a node with what is known.
LineageGraph graph_of_artifact(const ArtifactHistory& history);

}  // namespace stepcache::lineage
