#pragma once

#include <span>
#include <vector>

#include "pipeline/pipeline.h"
#include "result/result.h"

namespace stepcache::pipeline {

// The edges of a pipeline, checked, in a form that is quick to walk. All walks are iterative.
class Graph {
 public:
  // Errors (invalid_argument, naming the step): an unconnected port, a reference out of range, two types that differ on
  // an edge, two steps of one name, two parameters of one name, a cycle (the message gives it, step by step).
  static Result<Graph> check(const Pipeline& pipeline);

  std::size_t size() const { return waits_for_.size(); }
  // Steps in an order in which each comes after all that it waits for; among those ready, by position.
  const std::vector<StepId>& order() const { return order_; }
  // Each step that waits for `step` (for an output or by `after`), once, ascending.
  std::span<const StepId> dependents(StepId step) const;
  // How many different steps `step` waits for.
  std::uint32_t waits_for(StepId step) const { return waits_for_[step]; }

 private:
  std::vector<std::uint32_t> waits_for_;
  std::vector<std::uint32_t> begin_;  // dependents of s: targets_[begin_[s]] up to targets_[begin_[s + 1]]
  std::vector<StepId> targets_;
  std::vector<StepId> order_;
};

}  // namespace stepcache::pipeline
