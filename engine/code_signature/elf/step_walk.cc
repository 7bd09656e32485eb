#include "code_signature/elf/step_walk.h"

#include <algorithm>
#include <set>

namespace stepcache::code_signature {
namespace {

// A new rule is a new number: signatures of different rules never meet.
constexpr std::int64_t k_rule = 1;

}  // namespace

// Breadth first, from nodes[from] on, over everything that was not met in this round.
Result<void> StepWalk::extend(std::vector<NodeId>& nodes, std::size_t from) {
  for (std::size_t next = from; next < nodes.size(); ++next) {
    STEPCACHE_TRY_ASSIGN(const auto edges, graph_.edges(nodes[next]));
    for (const NodeId target : edges) {
      if (marks_.set(target)) nodes.push_back(target);
    }
  }
  return {};
}

Result<void> StepWalk::read_initialisers() {
  if (initialisers_read_) return {};
  initialisers_read_ = true;
  STEPCACHE_TRY_ASSIGN(const auto found, graph_.initialisers());
  for (const NodeId node : found) {
    marks_.start();
    std::vector<NodeId> nodes = {node};
    marks_.set(node);
    STEPCACHE_TRY(extend(nodes, 0));
    Initialiser initialiser{node, {}};
    std::copy_if(nodes.begin(), nodes.end(), std::back_inserter(initialiser.state),
                 [&](NodeId reached) { return graph_.is_state(reached); });
    const auto position = static_cast<std::uint32_t>(initialisers_.size());
    for (const NodeId state : initialiser.state) by_state_[state].push_back(position);
    initialisers_.push_back(std::move(initialiser));
  }
  return {};
}

// To a fixed point: what an initialiser reaches may be filled by another one.
Result<void> StepWalk::join_initialisers(StepReach& reach) {
  std::set<std::uint32_t> joined;
  std::size_t looked_at = 0;
  while (looked_at < reach.nodes.size()) {
    std::set<std::uint32_t> meeting;
    for (; looked_at < reach.nodes.size(); ++looked_at) {
      const auto found = by_state_.find(reach.nodes[looked_at]);
      if (found == by_state_.end()) continue;
      meeting.insert(found->second.begin(), found->second.end());
    }
    for (const std::uint32_t position : meeting) {
      if (!joined.insert(position).second) continue;
      const NodeId node = initialisers_[position].node;
      reach.initialisers.push_back(node);
      const std::size_t from = reach.nodes.size();
      if (marks_.set(node)) reach.nodes.push_back(node);
      STEPCACHE_TRY(extend(reach.nodes, from));
    }
  }
  return {};
}

Result<StepReach> StepWalk::reach(const std::vector<NodeId>& roots) {
  if (sources_.initialisers) STEPCACHE_TRY(read_initialisers());
  marks_.start();
  StepReach reach;
  for (const NodeId root : roots) {
    if (marks_.set(root)) reach.nodes.push_back(root);
  }
  reach.roots = reach.nodes.size();
  STEPCACHE_TRY(extend(reach.nodes, 0));
  if (sources_.initialisers) STEPCACHE_TRY(join_initialisers(reach));
  return reach;
}

Result<Digest> StepWalk::digest(const StepReach& reach) {
  for (std::uint32_t number = 0; number < reach.nodes.size(); ++number) {
    const NodeId node = reach.nodes[number];
    if (node >= numbers_.size()) numbers_.resize(graph_.size(), 0);
    numbers_[node] = number;
  }
  hasher_.begin("exact").integer(k_rule).unsigned_integer(reach.roots);
  for (const NodeId node : reach.nodes) {
    STEPCACHE_TRY_ASSIGN(const Digest* const content, graph_.content(node));
    hasher_.digest(*content);
    STEPCACHE_TRY_ASSIGN(const auto edges, graph_.edges(node));
    for (const NodeId target : edges) hasher_.unsigned_integer(numbers_[target]);
  }
  hasher_.begin("initialisers");
  for (const NodeId node : reach.initialisers) hasher_.unsigned_integer(numbers_[node]);
  return hasher_.end().end().finish();
}

Result<std::vector<bool>> StepWalk::state_of_main(const std::vector<NodeId>& step_roots) {
  std::vector<bool> state;
  const auto start = graph_.function_named("main");
  if (start) {
    marks_.start();
    for (const NodeId root : step_roots) marks_.set(root);
    std::vector<NodeId> nodes;
    if (marks_.set(*start)) nodes.push_back(*start);
    STEPCACHE_TRY(extend(nodes, 0));
    state.resize(graph_.size(), false);
    for (const NodeId node : nodes) state[node] = graph_.is_state(node);
  } else {
    // Nobody knows what ran before: whatever can be written may have been.
    state.resize(graph_.size(), false);
    for (NodeId node = 0; node < graph_.size(); ++node) state[node] = graph_.is_state(node);
  }
  return state;
}

}  // namespace stepcache::code_signature
