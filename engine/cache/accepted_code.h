#pragma once

#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "metadata/records.h"

namespace stepcache::cache {

// The edits of one pipeline that somebody declared to change no result, as far as they are in force.
//
// An accepted edit lets a step be served what its old code made; it never lets the new code's results pass as those of
// the old code. So a step's own signature is looked up first, then those that it counts as, and what runs is kept under
// its own: an acceptance that is revoked, or was wrong, leaves nothing behind under a key that others use.
class AcceptedCode {
 public:
  AcceptedCode() = default;
  // Keeps those of `pipeline` that were not revoked; of several for one step and signature the latest counts.
  AcceptedCode(std::string_view pipeline, std::span<const metadata::Acceptance> acceptances);

  bool empty() const { return by_step_.empty(); }
  // What `now` counts as for the step, nearest first: an edit accepted as one that was accepted itself counts as both.
  // Each signature comes once, however they are linked; `now` itself does not. The pointers are good as long as this.
  std::vector<const metadata::Acceptance*> counts_as(std::string_view step, const Digest& now) const;

 private:
  std::unordered_map<std::string, std::vector<metadata::Acceptance>> by_step_;
};

}  // namespace stepcache::cache
