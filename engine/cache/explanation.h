#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metadata/records.h"

namespace stepcache::cache {

// Why a step runs or is reused. A closed list; names are docs/formats/reasons.md. Written into records by name.
enum class ReasonCode : std::uint8_t {
  unchanged,             // hit: nothing that the result depends on changed
  accepted,              // hit: only its code changed, by an edit that somebody accepted
  no_earlier_execution,  // this step never ran here
  code_changed,
  parameter_changed,    // a parameter or literal has another value
  input_changed,        // an artifact that it reads has other bytes
  file_changed,         // a file or folder has other bytes
  environment_changed,  // an environment variable has another value
  interface_changed,    // ports or materializers
  salt_changed,
  cache_disabled,     // enable_cache is false
  not_cached_before,  // same key as an earlier execution that left no entry (its input moved, it failed)
  forgotten,          // same key, but its result was removed from the store
  damaged,            // its stored result was not whole
  checked,            // a hit that was run again to compare what it gives
  uncacheable,        // its key cannot be computed soundly
  upstream_runs,      // plan: an input is made by a step that would run
  upstream_failed,    // skipped
  stopped,            // not started: the run was stopped or cancelled
};
std::string_view name(ReasonCode code);
// The code of that name; `unchanged` for an unknown one (a record of a newer version).
ReasonCode reason_named(std::string_view text);

struct Reason {
  ReasonCode code = ReasonCode::unchanged;
  std::string text;  // one sentence for people, without the step's name
  friend bool operator==(const Reason&, const Reason&) = default;
};

// One part of two keys, side by side. An absent side has `has_` false.
struct PartComparison {
  metadata::KeyPartKind kind = metadata::KeyPartKind::literal;
  std::string port;
  std::string name;
  bool has_before = false, has_now = false;
  std::string before, now;  // text for people
  Digest before_digest, now_digest;
  bool same = false;
};

// Compares two keys part by part, in the order of the new one; parts that are only in the old one come last.
std::vector<PartComparison> compare(std::span<const metadata::KeyPart> before, std::span<const metadata::KeyPart> now);
// The reason that the comparison gives: the first kind that changed, in the order code, parameter, file, folder,
// environment, artifact, ports, salt; the text names every changed part ("epochs: 20 -> 30; code"). With nothing
// changed: not_cached_before. `code` is what to say of changed code (code_change_text); empty: "code changed".
Reason reason_for_change(std::span<const PartComparison> parts, std::string_view code = {});

std::string_view name(metadata::KeyPartKind kind);

}  // namespace stepcache::cache
