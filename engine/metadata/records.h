#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "digest/digest.h"

// Plain records: what the metadata store keeps. Times are nanoseconds since 1970-01-01 UTC; durations nanoseconds.
namespace stepcache::metadata {

using RunId = std::int64_t;        // 1, 2, ...
using ExecutionId = std::int64_t;  // 1, 2, ...; 0: none

// Written into records: never change or reuse a number.
enum class RunStatus : std::uint8_t { running = 1, completed = 2, failed = 3, cancelled = 4, interrupted = 5 };
enum class StepStatus : std::uint8_t {
  pending = 1,
  running = 2,
  completed = 3,
  cached = 4,
  failed = 5,
  skipped = 6,
  cancelled = 7,
};

// The words of records, tables and JSON.
constexpr std::string_view name(RunStatus status) {
  switch (status) {
    case RunStatus::running:
      return "running";
    case RunStatus::completed:
      return "completed";
    case RunStatus::failed:
      return "failed";
    case RunStatus::cancelled:
      return "cancelled";
    case RunStatus::interrupted:
      return "interrupted";
  }
  return "unknown";
}
constexpr std::string_view name(StepStatus status) {
  switch (status) {
    case StepStatus::pending:
      return "pending";
    case StepStatus::running:
      return "running";
    case StepStatus::completed:
      return "completed";
    case StepStatus::cached:
      return "cached";
    case StepStatus::failed:
      return "failed";
    case StepStatus::skipped:
      return "skipped";
    case StepStatus::cancelled:
      return "cancelled";
  }
  return "unknown";
}

// An artifact: bytes in the store. At most k_inline_limit bytes: kept in the record; larger: an object (a file).
constexpr std::uint64_t k_inline_limit = 4096;
struct ArtifactRecord {
  Digest digest;
  std::string type;          // type tag of the first port that made it
  std::string materializer;  // identity of what wrote it
  std::uint64_t size_bytes = 0;
  std::optional<std::string> content;  // the bytes, when inline
  bool pinned = false;                 // kept by collect_garbage
};

// What one output port of an execution holds.
struct OutputRecord {
  Digest digest;
  std::uint64_t size_bytes = 0;
  std::string path;   // an OutputFile: where the user wanted it, as given; empty otherwise
  bool tree = false;  // the bytes are a manifest; its parts are artifacts too
  friend bool operator==(const OutputRecord&, const OutputRecord&) = default;
};

// One row that is all a hit needs. Several rows of one key differ in what they were seen to touch.
struct CacheEntry {
  Digest key;
  Digest observed;  // digest of `observations` lists; zero when there are none
  ExecutionId execution = 0;
  RunId run = 0;
  std::int64_t duration_ns = 0;  // how long it took
  std::vector<OutputRecord> outputs;
};

// One part of a cache key, kept for executions that ran, so that two keys can be compared.
enum class KeyPartKind : std::uint8_t {
  code = 1,
  literal = 2,
  parameter = 3,
  artifact = 4,
  file = 5,
  folder = 6,
  environment = 7,
  output_port = 8,
  salt = 9,
  key_format = 10,
};
struct KeyPart {
  KeyPartKind kind = KeyPartKind::literal;
  std::string port;  // input or output port
  std::string name;  // parameter name, path, variable, upstream "step.output", function
  Digest digest;     // of what enters the key
  std::string text;  // for people: the value, cut at 200 characters; nothing secret
  friend bool operator==(const KeyPart&, const KeyPart&) = default;
};

// A place in the source, and the lines that stood there when it was recorded.
struct CodeSource {
  std::string function;    // demangled, for people
  std::string file;        // as the compiler recorded it, relative to the project where it lies in it; empty: unknown
  std::uint32_t line = 0;  // first line; 0: unknown
  std::string text;        // empty: not at hand when it was recorded
  friend bool operator==(const CodeSource&, const CodeSource&) = default;
};
// One piece of code or data that a step can reach. Stored once by its content; its edges are those of one signature.
struct CodePart {
  std::string kind;  // docs/formats/code_signature.md: "function", "data", "import", "library", "program", ...
  std::string name;  // demangled, for people
  std::uint64_t size_bytes = 0;
  Digest digest;                     // of the part alone: equal digests are equal code, wherever it lies
  std::vector<CodeSource> sources;   // [0] its own place; the rest what was inlined into it; may be empty
  std::vector<std::uint32_t> edges;  // positions of the parts that it reaches, in order
  friend bool operator==(const CodePart&, const CodePart&) = default;
};

// What was found in a program's file, by the identity of the file, so that it is read once for each build.
struct ProgramRecord {
  std::string path;        // absolute
  Digest identity;         // of the identities of the files that were read and of what else the content depends on
  std::string signatures;  // the code_signature room's own encoding
};

// An edit that somebody declared to change no result: the step's code counts as if it were the old one.
struct Acceptance {
  std::int64_t id = 0;  // 1, 2, ...
  std::string pipeline;
  std::string step;
  Digest now;      // code signature that is accepted
  Digest before;   // the one that it counts as
  std::string by;  // user name
  std::string note;
  std::int64_t accepted_ns = 0;
  std::int64_t revoked_ns = 0;  // 0: in force
};

// A key that was computed again and gave other bytes.
struct Nondeterminism {
  Digest key;
  std::string output;  // output port
  ExecutionId first_execution = 0;
  ExecutionId other_execution = 0;
  std::string difference;  // the first one, for people
};

struct Metric {
  std::string name;
  double value = 0;
};

// One step that ran within one run, finished.
struct ExecutionRecord {
  ExecutionId id = 0;
  RunId run = 0;
  std::string pipeline;
  std::string step;
  StepStatus status = StepStatus::completed;
  Digest key;                     // zero when the step is uncacheable
  Digest code;                    // its code signature as it was, whatever was accepted; zero: not known
  bool cached_for_later = false;  // a cache entry was made
  std::string why_not;            // why not, for people
  std::int64_t started_ns = 0;
  std::int64_t duration_ns = 0;
  std::vector<KeyPart> key_parts;
  std::vector<OutputRecord> outputs;  // by output port
  std::vector<std::string> output_names;
  std::vector<Metric> metrics;
  std::string error;  // a failed step's message
  std::string log;    // path of its log, relative to the workspace; empty: none
};

// A lineage edge: execution read or wrote artifact through port.
enum class EventKind : std::uint8_t { input = 1, output = 2 };
struct EventRecord {
  ExecutionId execution = 0;
  EventKind kind = EventKind::input;
  std::uint32_t position = 0;
  std::string port;
  Digest artifact;
};

// A step of a run: what became of it and the execution that made its outputs.
struct RunStep {
  StepStatus status = StepStatus::pending;
  ExecutionId execution = 0;
  std::string reason_code;  // codes of docs/formats/reasons.md
  std::string reason_text;
  friend bool operator==(const RunStep&, const RunStep&) = default;
};

struct RunRecord {
  RunId id = 0;
  std::string pipeline;
  RunStatus status = RunStatus::running;
  std::int64_t started_ns = 0;
  std::int64_t ended_ns = 0;  // 0 while it runs
  std::int64_t duration_ns = 0;
  std::int64_t saved_ns = 0;  // what the cached executions took when they ran
  std::string program;        // path of the program's file
  std::vector<std::string> arguments;
  std::string folder;  // working directory
  std::int64_t process = 0;
  std::string parameters;  // JSON object: name -> {"type", "value"}; values as text
  Digest graph;            // of the graph blob
  Digest steps;            // of the run_steps blob; zero while it runs
  std::uint64_t cached = 0, completed = 0, failed = 0, skipped = 0;  // how many steps
  std::vector<std::string> tags;
  std::string note;
  bool pinned = false;
  // Kept by the store: the executions that ran in it have ids from the first to the last, among those of other runs.
  ExecutionId first_execution = 0;
  ExecutionId last_execution = 0;  // 0 while it runs
};

// Identity of a stored object when it was last verified.
struct ObjectRecord {
  Digest digest;
  std::uint64_t device = 0, inode = 0, size_bytes = 0;
  std::int64_t mtime_ns = 0, ctime_ns = 0;
  std::int64_t verified_ns = 0;  // wall time of that verification
};

// What a file outside the store was seen to hold, by its identity, so that it need not be read again.
struct FileObservation {
  std::string path;  // absolute
  std::uint64_t device = 0, inode = 0, size_bytes = 0;
  std::int64_t mtime_ns = 0, ctime_ns = 0;
  std::int64_t observed_ns = 0;
  Digest digest;
};

}  // namespace stepcache::metadata
