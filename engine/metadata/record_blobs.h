#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metadata/records.h"

// The parts of records that are lists, as the bytes of one column. The same in every backend; docs/formats/metadata.md
// gives the layout. What is read back equals what was written; bytes that nothing here wrote give nothing, never a
// guess.
namespace stepcache::metadata {

std::string encode_texts(const std::vector<std::string>& texts);
std::optional<std::vector<std::string>> decode_texts(std::string_view blob);

std::string encode_outputs(const std::vector<OutputRecord>& outputs);
std::optional<std::vector<OutputRecord>> decode_outputs(std::string_view blob);

std::string encode_key_parts(const std::vector<KeyPart>& parts);
std::optional<std::vector<KeyPart>> decode_key_parts(std::string_view blob);

std::string encode_metrics(const std::vector<Metric>& metrics);
std::optional<std::vector<Metric>> decode_metrics(std::string_view blob);

// The execution's id is not in the blob: it is that of the row.
std::string encode_events(const std::vector<EventRecord>& events);
std::optional<std::vector<EventRecord>> decode_events(std::string_view blob, ExecutionId execution);

// Steps that follow each other with the same status and reason, made by executions at equal distances, are one group: a
// cached run of 100,000 steps takes some 20 bytes, one in which no two are alike a few bytes a step and its texts once.
std::string encode_run_steps(const std::vector<RunStep>& steps);
std::optional<std::vector<RunStep>> decode_run_steps(std::string_view blob);

}  // namespace stepcache::metadata
