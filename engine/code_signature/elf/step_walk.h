#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "code_signature/elf/program_graph.h"

namespace stepcache::code_signature {

// What a step reaches, numbered as it was met.
struct StepReach {
  std::vector<NodeId> nodes;         // in order
  std::size_t roots = 0;             // of nodes, the first so many are what the step starts from
  std::vector<NodeId> initialisers;  // code that runs before main and shares memory with the step, in order
};

// Walks from steps over one graph: every function and object that they reach, and the code that fills what they read.
// No symbol name of the program enters the digest and no place in it: only content, and which of the numbered nodes
// each edge leads to.
class StepWalk {
 public:
  StepWalk(ProgramGraph& graph, const EdgeSources& sources) : graph_(graph), sources_(sources) {}

  // Errors: as ProgramGraph's.
  Result<StepReach> reach(const std::vector<NodeId>& roots);
  Result<Digest> digest(const StepReach& reach);
  // The writable memory that `main` reaches without going through a step's own code.
  Result<std::vector<bool>> state_of_main(const std::vector<NodeId>& step_roots);

 private:
  // Marks by node: the round in which it was met, so that a new walk starts without clearing.
  class Marks {
   public:
    void start() { ++round_; }
    bool set(NodeId node) {
      if (node >= rounds_.size()) rounds_.resize(node + 1024, 0);
      if (rounds_[node] == round_) return false;
      rounds_[node] = round_;
      return true;
    }
    bool has(NodeId node) const { return node < rounds_.size() && rounds_[node] == round_; }

   private:
    std::vector<std::uint32_t> rounds_;
    std::uint32_t round_ = 0;
  };

  struct Initialiser {
    NodeId node = 0;
    std::vector<NodeId> state;  // writable memory that it reaches
  };

  Result<void> extend(std::vector<NodeId>& nodes, std::size_t from);
  Result<void> read_initialisers();
  Result<void> join_initialisers(StepReach& reach);

  ProgramGraph& graph_;
  EdgeSources sources_;
  Marks marks_;
  bool initialisers_read_ = false;
  std::vector<Initialiser> initialisers_;
  std::unordered_map<NodeId, std::vector<std::uint32_t>> by_state_;  // writable memory -> initialisers that reach it
  std::vector<std::uint32_t> numbers_;                               // by node, of the walk being digested
  FieldHasher hasher_;
};

}  // namespace stepcache::code_signature
