#include "cache/explanation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace stepcache::cache {
namespace {

using metadata::KeyPart;
using metadata::KeyPartKind;

// Two parts stand side by side when they say the same thing of a step: an input port's content is one thing, whether it
// comes from a parameter, a literal or another step.
enum class Side : std::uint8_t { code, input, output, salt, key_format };

Side side_of(KeyPartKind kind) {
  switch (kind) {
    case KeyPartKind::code:
      return Side::code;
    case KeyPartKind::output_port:
      return Side::output;
    case KeyPartKind::salt:
      return Side::salt;
    case KeyPartKind::key_format:
      return Side::key_format;
    default:
      return Side::input;
  }
}

bool belong_together(const KeyPart& a, const KeyPart& b) {
  return side_of(a.kind) == side_of(b.kind) && a.port == b.port;
}

std::string subject(const PartComparison& part) {
  const std::string_view kind = name(part.kind);
  switch (side_of(part.kind)) {
    case Side::code:
      return "code";
    case Side::salt:
      return "cache_salt";
    case Side::key_format:
      return "key format";
    case Side::output:
      return fmt::format("output {}", part.port);
    case Side::input:
      break;
  }
  if (part.name.empty()) return fmt::format("input {}", part.port);
  return fmt::format("{} {}", kind, part.name);
}

std::string change_text(const PartComparison& part, std::string_view code) {
  if (part.kind == KeyPartKind::code && part.has_before && part.has_now && !code.empty()) return std::string(code);
  const std::string what = subject(part);
  if (!part.has_before) return fmt::format("{} is new ({})", what, part.now);
  if (!part.has_now) return fmt::format("{} is gone (was {})", what, part.before);
  if (part.kind == KeyPartKind::code || part.kind == KeyPartKind::environment) return fmt::format("{} changed", what);
  if (part.before == part.now) return fmt::format("{} changed its type ({})", what, part.now);
  return fmt::format("{}: {} -> {}", what, part.before, part.now);
}

struct Rank {
  KeyPartKind kind;
  ReasonCode code;
};
// What a person wants to hear first.
constexpr std::array k_ranks = {
    Rank{KeyPartKind::key_format, ReasonCode::interface_changed},
    Rank{KeyPartKind::code, ReasonCode::code_changed},
    Rank{KeyPartKind::parameter, ReasonCode::parameter_changed},
    Rank{KeyPartKind::literal, ReasonCode::parameter_changed},
    Rank{KeyPartKind::file, ReasonCode::file_changed},
    Rank{KeyPartKind::folder, ReasonCode::file_changed},
    Rank{KeyPartKind::environment, ReasonCode::environment_changed},
    Rank{KeyPartKind::artifact, ReasonCode::input_changed},
    Rank{KeyPartKind::output_port, ReasonCode::interface_changed},
    Rank{KeyPartKind::salt, ReasonCode::salt_changed},
};

std::size_t rank_of(KeyPartKind kind) {
  const auto* const found =
      std::find_if(k_ranks.begin(), k_ranks.end(), [&](const Rank& rank) { return rank.kind == kind; });
  return static_cast<std::size_t>(found - k_ranks.begin());
}

}  // namespace

std::string_view name(ReasonCode code) {
  switch (code) {
    case ReasonCode::unchanged:
      return "unchanged";
    case ReasonCode::accepted:
      return "accepted";
    case ReasonCode::no_earlier_execution:
      return "no_earlier_execution";
    case ReasonCode::code_changed:
      return "code_changed";
    case ReasonCode::parameter_changed:
      return "parameter_changed";
    case ReasonCode::input_changed:
      return "input_changed";
    case ReasonCode::file_changed:
      return "file_changed";
    case ReasonCode::environment_changed:
      return "environment_changed";
    case ReasonCode::interface_changed:
      return "interface_changed";
    case ReasonCode::salt_changed:
      return "salt_changed";
    case ReasonCode::cache_disabled:
      return "cache_disabled";
    case ReasonCode::not_cached_before:
      return "not_cached_before";
    case ReasonCode::forgotten:
      return "forgotten";
    case ReasonCode::damaged:
      return "damaged";
    case ReasonCode::checked:
      return "checked";
    case ReasonCode::uncacheable:
      return "uncacheable";
    case ReasonCode::upstream_runs:
      return "upstream_runs";
    case ReasonCode::upstream_failed:
      return "upstream_failed";
    case ReasonCode::stopped:
      return "stopped";
  }
  return "unchanged";
}

ReasonCode reason_named(std::string_view text) {
  for (int code = 0; code <= static_cast<int>(ReasonCode::stopped); ++code) {
    if (name(static_cast<ReasonCode>(code)) == text) return static_cast<ReasonCode>(code);
  }
  return ReasonCode::unchanged;
}

std::string_view name(KeyPartKind kind) {
  switch (kind) {
    case KeyPartKind::code:
      return "code";
    case KeyPartKind::literal:
      return "literal";
    case KeyPartKind::parameter:
      return "parameter";
    case KeyPartKind::artifact:
      return "artifact";
    case KeyPartKind::file:
      return "file";
    case KeyPartKind::folder:
      return "folder";
    case KeyPartKind::environment:
      return "environment";
    case KeyPartKind::output_port:
      return "output_port";
    case KeyPartKind::salt:
      return "salt";
    case KeyPartKind::key_format:
      return "key_format";
  }
  return "literal";
}

std::vector<PartComparison> compare(std::span<const KeyPart> before, std::span<const KeyPart> now) {
  std::vector<PartComparison> parts;
  parts.reserve(now.size());
  std::vector<bool> used(before.size(), false);
  for (const KeyPart& part : now) {
    PartComparison compared{part.kind, part.port, part.name, false, true, "", part.text, {}, part.digest, false};
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (used[i] || !belong_together(before[i], part)) continue;
      used[i] = true;
      compared.has_before = true;
      compared.before = before[i].text;
      compared.before_digest = before[i].digest;
      compared.same = before[i].digest == part.digest;
      break;
    }
    parts.push_back(std::move(compared));
  }
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (used[i]) continue;
    parts.push_back(
        {before[i].kind, before[i].port, before[i].name, true, false, before[i].text, "", before[i].digest, {}, false});
  }
  return parts;
}

Reason reason_for_change(std::span<const PartComparison> parts, std::string_view code) {
  std::vector<const PartComparison*> changed;
  for (const PartComparison& part : parts) {
    if (!part.same) changed.push_back(&part);
  }
  if (changed.empty()) {
    return {ReasonCode::not_cached_before,
            "nothing changed, but the earlier execution left no result that can be reused"};
  }
  std::stable_sort(changed.begin(), changed.end(), [](const PartComparison* a, const PartComparison* b) {
    return rank_of(a->kind) < rank_of(b->kind);
  });
  std::string text;
  for (const PartComparison* part : changed) {
    if (!text.empty()) text += "; ";
    text += change_text(*part, code);
  }
  return {k_ranks[rank_of(changed.front()->kind)].code, std::move(text)};
}

}  // namespace stepcache::cache
