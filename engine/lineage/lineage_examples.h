#pragma once

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "digest/sha256.h"
#include "lineage/lineage_graph.h"
#include "lineage/utf8.h"

// Graphs for tests.
namespace stepcache::lineage::examples {

// Random numbers, the same on every machine.
class Dice {
 public:
  explicit Dice(std::uint32_t seed) : engine_(seed) {}
  std::uint32_t below(std::uint32_t sides) { return static_cast<std::uint32_t>(engine_() % sides); }
  template <class T>
  void shuffle(std::vector<T>& values) {
    for (std::uint32_t i = 1; i < values.size(); ++i) std::swap(values[i], values[below(i + 1)]);
  }

 private:
  std::mt19937 engine_;
};

inline bool is_valid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Step step = decode_utf8(text, at);
    if (!step.valid) return false;
    at += step.length;
  }
  return true;
}

inline std::shared_ptr<const pipeline::StepInterface> interface_of(
    std::vector<std::string> inputs, std::vector<std::pair<std::string, std::string>> outputs) {
  auto made = std::make_shared<pipeline::StepInterface>();
  for (auto& input : inputs) made->inputs.push_back({std::move(input), "any"});
  for (auto& [name, type] : outputs) made->outputs.push_back({std::move(name), std::move(type), "json/1"});
  return made;
}

inline pipeline::Step step_of(std::string name, std::shared_ptr<const pipeline::StepInterface> interface,
                              std::vector<pipeline::Source> inputs) {
  return {std::move(name), std::move(interface), std::move(inputs), {}, {}, {}};
}

// The seed of the project: importer -> train, test; trainer(train) -> model; evaluator(test, model); deployer(model).
inline pipeline::Pipeline boston() {
  const std::string dataset = "struct{x:array<float64,2>,y:array<float64,1>}";
  pipeline::Pipeline made;
  made.name = "boston_housing";
  made.parameters.push_back(
      {"csv", "file", pipeline::ExternalInput{pipeline::ExternalKind::file, "boston_housing.csv"}, {}, {}, {}});
  made.parameters.push_back({"test_fraction", "float64", pipeline::Value(0.2), {}, {}, {}});
  made.steps.push_back(step_of("importer", interface_of({"0", "1"}, {{"train", dataset}, {"test", dataset}}),
                               {pipeline::ParameterRef{0}, pipeline::ParameterRef{1}}));
  made.steps.push_back(step_of("trainer",
                               interface_of({"0", "1"}, {{"model", "struct{layers:list<array<float64,2>>}"}}),
                               {pipeline::OutputRef{0, 0}, pipeline::Value(20)}));
  made.steps.push_back(step_of("evaluator", interface_of({"0", "1"}, {{"output", "float64"}}),
                               {pipeline::OutputRef{0, 1}, pipeline::OutputRef{1, 0}}));
  made.steps.push_back(step_of("deployer", interface_of({"0"}, {{"deployed", "bool"}, {"model file", "file"}}),
                               {pipeline::OutputRef{1, 0}}));
  return made;
}

inline metadata::OutputRecord output_of(const std::string& content, std::uint64_t size_bytes) {
  return {sha256(content), size_bytes, {}, false};
}

// Its second run: the trainer ran again because it says so and made the same bytes.
inline RunView boston_second_run(const pipeline::Pipeline& pipeline) {
  using metadata::StepStatus;
  RunView view{pipeline, "boston_housing, run 2", 2, {}};
  view.steps.push_back({{StepStatus::cached, 1, "unchanged", "nothing it depends on changed"},
                        1,
                        12'400'000,
                        {output_of("train", 45'360), output_of("test", 11'312)},
                        {}});
  view.steps.push_back({{StepStatus::completed, 5, "cache_disabled", "enable_cache is false for this step"},
                        2,
                        1'234'000'000,
                        {output_of("model", 43'280)},
                        {}});
  view.steps.push_back(
      {{StepStatus::cached, 3, "unchanged", "nothing it depends on changed"}, 1, 820'000, {output_of("2.41", 4)}, {}});
  view.steps.push_back({{StepStatus::cached, 4, "unchanged", "nothing it depends on changed"},
                        1,
                        3'100'000,
                        {output_of("true", 4), output_of("model file", 43'408)},
                        {}});
  return view;
}

// A run whose trainer threw: what depends on it was skipped.
inline RunView boston_failed_run(const pipeline::Pipeline& pipeline) {
  using metadata::StepStatus;
  RunView view{pipeline, "boston_housing, run 3", 3, {}};
  view.steps.push_back({{StepStatus::cached, 1, "unchanged", "nothing it depends on changed"},
                        1,
                        12'400'000,
                        {output_of("train", 45'360), output_of("test", 11'312)},
                        {}});
  view.steps.push_back({{StepStatus::failed, 6, "cache_disabled", "enable_cache is false for this step"},
                        3,
                        310'000'000,
                        {},
                        "the loss is not finite after epoch 3"});
  view.steps.push_back({{StepStatus::skipped, 0, "upstream_failed", "trainer failed"}, 0, -1, {}, {}});
  view.steps.push_back({{StepStatus::skipped, 0, "upstream_failed", "trainer failed"}, 0, -1, {}, {}});
  return view;
}

// `rows` x `columns` steps; each reads two of the column before.
inline pipeline::Pipeline mesh(std::uint32_t rows, std::uint32_t columns) {
  pipeline::Pipeline made;
  made.name = "mesh";
  const auto first = interface_of({"0"}, {{"output", "float64"}});
  const auto inner = interface_of({"0", "1"}, {{"output", "float64"}});
  for (std::uint32_t c = 0; c < columns; ++c) {
    for (std::uint32_t r = 0; r < rows; ++r) {
      const std::string name = "step_" + std::to_string(c) + "_" + std::to_string(r);
      if (c == 0) {
        made.steps.push_back(step_of(name, first, {pipeline::Value(1)}));
      } else {
        const std::uint32_t before = (c - 1) * rows;
        made.steps.push_back(step_of(
            name, inner, {pipeline::OutputRef{before + r, 0}, pipeline::OutputRef{before + (r + 1) % rows, 0}}));
      }
    }
  }
  return made;
}

}  // namespace stepcache::lineage::examples
