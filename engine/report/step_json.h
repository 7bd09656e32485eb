#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cache/explanation.h"
#include "metadata/records.h"
#include "pipeline/pipeline.h"
#include "report/json_writer.h"
#include "scheduler/scheduler.h"

// What the documents of runs have in common.
namespace stepcache::report {

// A parameter's value as JSON has it: numbers, texts, lists; NaN, infinities and bytes as texts; of an external input
// its path or name.
void write_value(JsonWriter& json, const pipeline::Value& value);
// {"epochs": 20, "csv": "boston_housing.csv"}
void write_parameters(JsonWriter& json, const std::vector<pipeline::Parameter>& parameters);
// The same, of a run's record.
void write_recorded_parameters(JsonWriter& json, std::string_view recorded);

void write_reason(JsonWriter& json, std::string_view code, std::string_view text);
// The sentence of a reason, also where the record has none.
std::string_view reason_text(const cache::Reason& reason);

// What a step read: those of its key's parts that are inputs.
void write_inputs(JsonWriter& json, std::span<const metadata::KeyPart> parts);
// null, or which output differs from that of an earlier execution of the same key, and where first.
void write_nondeterministic(JsonWriter& json, const scheduler::Nondeterministic* found);
struct OutputShape {
  std::string_view name, type;
};
void write_outputs(JsonWriter& json, std::span<const metadata::OutputRecord> outputs,
                   std::span<const OutputShape> shapes);
std::vector<OutputShape> output_shapes(const pipeline::Step& step);

}  // namespace stepcache::report
