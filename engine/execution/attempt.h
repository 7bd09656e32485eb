#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "digest/digest.h"
#include "metadata/records.h"
#include "pipeline/pipeline.h"
#include "result/result.h"

namespace stepcache::execution {

struct StoredPart;
struct StagedPart;

// Bytes of an artifact for a step to read: in memory, or in a file that is not to be written. The scheduler has checked
// them. A tree's parts come with it, by name.
struct StoredBytes {
  Digest digest;
  std::uint64_t size_bytes = 0;
  std::variant<std::string, std::filesystem::path> where;
  std::vector<StoredPart> parts;  // of a tree, sorted by name
};
struct StoredPart {
  std::string name;
  StoredBytes bytes;
};

// One input port's value.
struct ExternalValue {
  pipeline::ExternalInput input;
  std::filesystem::path path;        // absolute, of a file or folder
  std::optional<std::string> value;  // of an environment variable
};
using InputValue = std::variant<pipeline::Value, StoredBytes, ExternalValue>;

// What a step made on one output port: bytes held in memory (at most metadata::k_inline_limit), or a finished temporary
// file. Digest and size were taken while writing.
struct StagedBytes {
  Digest digest;
  std::uint64_t size_bytes = 0;
  std::variant<std::string, std::filesystem::path> where;
  std::vector<StagedPart> parts;  // of a tree, sorted by name
  std::string output_file;        // an OutputFile: its path as the user gave it; the bytes are a copy
  bool is_tree = false;           // the bytes are a manifest of `parts` (which may be empty)
};
struct StagedPart {
  std::string name;
  StagedBytes bytes;
};

// One try at running a step, as handed to an executor. A worker process gets the same, over its protocol.
struct Attempt {
  std::uint64_t id = 0;
  pipeline::StepId step = 0;
  std::string step_name;
  std::vector<InputValue> inputs;           // by input port
  std::filesystem::path temporary_folder;   // staged files are made here
  std::filesystem::path working_directory;  // relative output files start here
  std::filesystem::path log_file;           // where what the step prints goes; empty: where this process's goes
};

// What came of it.
struct Outcome {
  std::uint64_t attempt = 0;
  Result<std::vector<StagedBytes>> outputs = std::vector<StagedBytes>{};  // by output port; step_failed, cancelled, io
  std::vector<metadata::Metric> metrics;
  std::int64_t started_ns = 0;  // wall time
  std::int64_t duration_ns = 0;
};

// What a surface implements for each of its steps: decode the inputs, call the user's function, stage the outputs.
// Given to the workspace by step id. Must not throw; an exception of the user's is step_failed, with its message.
class StepBody {
 public:
  virtual ~StepBody() = default;
  virtual Result<std::vector<StagedBytes>> run(const Attempt& attempt, std::vector<metadata::Metric>& metrics) = 0;
};

}  // namespace stepcache::execution
