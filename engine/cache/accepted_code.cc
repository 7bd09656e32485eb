#include "cache/accepted_code.h"

#include <algorithm>

namespace stepcache::cache {

AcceptedCode::AcceptedCode(std::string_view pipeline, std::span<const metadata::Acceptance> acceptances) {
  for (const metadata::Acceptance& acceptance : acceptances) {
    if (acceptance.revoked_ns != 0 || acceptance.pipeline != pipeline) continue;
    by_step_[acceptance.step].push_back(acceptance);
  }
}

std::vector<const metadata::Acceptance*> AcceptedCode::counts_as(std::string_view step, const Digest& now) const {
  std::vector<const metadata::Acceptance*> chain;
  if (by_step_.empty()) return chain;
  const auto found = by_step_.find(std::string(step));
  if (found == by_step_.end()) return chain;
  Digest at = now;
  while (true) {
    const metadata::Acceptance* next = nullptr;
    for (const metadata::Acceptance& acceptance : found->second) {
      if (acceptance.now == at && (next == nullptr || acceptance.id > next->id)) next = &acceptance;
    }
    // A ring (an edit accepted, undone and accepted the other way round) ends where it began.
    const bool seen = next == nullptr || next->before == now ||
                      std::any_of(chain.begin(), chain.end(), [&](const metadata::Acceptance* earlier) {
                        return earlier->before == next->before;
                      });
    if (seen) return chain;
    chain.push_back(next);
    at = next->before;
  }
}

}  // namespace stepcache::cache
