#pragma once

#include <string>
#include <string_view>

#include "metadata/records.h"
#include "pipeline/pipeline.h"
#include "report/console.h"
#include "scheduler/scheduler.h"

// One step of a run on one line.
namespace stepcache::report {

Style style_of(metadata::StepStatus status);

// Columns for the names of a pipeline's steps: the longest of the first thousand, at most 40.
std::size_t name_width(const pipeline::Pipeline& pipeline);

// What became of a step, behind its status: "(saved 1.2 s, made by run 3)", "840 ms  because enable_cache is false for
// this step", "12 ms  std::runtime_error: no such column".
std::string outcome_text(const scheduler::StepResult& result);

// "trainer   completed  840 ms  because enable_cache is false for this step", without a newline.
std::string step_line(const Console& console, std::string_view name, std::size_t width,
                      const scheduler::StepResult& result);

// "nondeterministic: the same code and inputs gave other bytes than in run 3 (output model, element 17: 0.1 -> 0.2)".
std::string nondeterminism_text(const scheduler::Nondeterministic& found);

// The outputs of a step, a line each, indented.
std::string output_lines(const pipeline::Step& step, const scheduler::StepResult& result);

}  // namespace stepcache::report
