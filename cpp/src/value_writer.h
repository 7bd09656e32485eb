#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/value.h"
#include "stepcache/storage.h"

namespace stepcache::detail {

// Makes a pipeline::Value of a structured value: what a literal is on its port.
class ValueWriter final : public StructuredWriter {
 public:
  void null() override { add(pipeline::Value()); }
  void boolean(bool value) override { add(pipeline::Value(value)); }
  void integer(std::int64_t value) override { add(pipeline::Value(value)); }
  void natural(std::uint64_t value) override { add(pipeline::Value(value)); }
  void real(double value) override { add(pipeline::Value(value)); }
  // The double that equals it.
  void real(float value) override { add(pipeline::Value(static_cast<double>(value))); }
  void text(std::string_view value) override { add(pipeline::Value(std::string(value))); }
  void begin_list() override { levels_.emplace_back(); }
  void end_list() override {
    end([](Level& level) { return pipeline::Value(std::move(level.elements)); });
  }
  void begin_set() override { levels_.emplace_back(); }
  void end_set() override {
    end([](Level& level) { return pipeline::Value(pipeline::Value::Set{std::move(level.elements)}); });
  }
  void begin_map() override { levels_.emplace_back(); }
  void key(std::string_view name) override { levels_.back().key = name; }
  void end_map() override {
    end([](Level& level) { return pipeline::Value(std::move(level.entries)); });
  }

  // The value, once it is whole.
  pipeline::Value take() { return std::move(root_); }

 private:
  struct Level {
    pipeline::Value::List elements;
    pipeline::Value::Map entries;
    std::optional<std::string> key;
  };

  void add(pipeline::Value value) {
    if (levels_.empty()) {
      root_ = std::move(value);
    } else if (Level& level = levels_.back(); level.key) {
      level.entries.emplace_back(pipeline::Value(*std::exchange(level.key, std::nullopt)), std::move(value));
    } else {
      level.elements.push_back(std::move(value));
    }
  }
  template <class Finish>
  void end(Finish finish) {
    Level level = std::move(levels_.back());
    levels_.pop_back();
    add(finish(level));
  }

  pipeline::Value root_;
  std::vector<Level> levels_;
};

}  // namespace stepcache::detail
