#include "scheduler/code_changes.h"

#include "cache/code_comparison.h"

namespace stepcache::scheduler {

using code_signature::Part;

std::string CodeChanges::text(pipeline::StepId step, const Digest& before, const Digest& now) {
  if (before.is_zero() || now.is_zero() || before == now) return "";
  const auto [known, is_new] = texts_.try_emplace({before, now});
  if (!is_new) return known->second;
  const auto old_parts = metadata_.code_parts(before);
  if (!old_parts || old_parts->empty()) return "";
  auto new_parts = metadata_.code_parts(now);
  const bool recorded = new_parts.has_value();
  if (!recorded && parts_of_) new_parts = parts_of_(step);
  if (!new_parts || new_parts->empty()) return "";
  known->second = cache::code_change_text(cache::compare_code(*old_parts, *new_parts));
  if (keep_ && !recorded) computed_.insert_or_assign(now, std::move(*new_parts));
  return known->second;
}

Result<std::vector<Part>> CodeChanges::parts_to_record(pipeline::StepId step, const Digest& signature) {
  if (const auto found = computed_.find(signature); found != computed_.end()) {
    std::vector<Part> computed = std::move(found->second);
    computed_.erase(found);
    return computed;
  }
  return parts_of_ ? parts_of_(step) : std::vector<Part>();
}

}  // namespace stepcache::scheduler
