#include <set>

#include "cache/key.h"

#include "scheduler/scheduler_fixture_test.h"

// Random graphs under random histories of edits, failures and damage, held against a full rerun: whatever the cache
// serves equals it, and nothing runs that need not.
namespace stepcache::scheduler {
namespace {

using metadata::StepStatus;
using pipeline::StepId;
using pipeline::Value;

class History {
 public:
  explicit History(std::uint64_t seed) : random_(seed) {
    world.pipeline.parameters.push_back({"a", "int32", Value(0), {}, {}, ""});
    world.pipeline.parameters.push_back({"b", "int32", Value(0), {}, {}, ""});
    for (const char* file : {"f0", "f1"}) world.files.write(std::string("/work/") + file, "0");
    const std::size_t count = 1 + below(12);
    for (std::size_t id = 0; id < count; ++id) add_step(id);
    world.clock.advance(std::chrono::seconds(10));
  }

  void play(int rounds) {
    for (int round = 0; round < rounds; ++round) {
      for (std::size_t edits = below(4); edits > 0; --edits) edit();
      options_ = World::Options();
      if (below(10) == 0) options_.enable_cache = below(2) == 0;
      options_.capacity = 1 + below(3);
      options_.seed = random_();
      options_.fail_fast = below(10) == 0;
      if (below(15) == 0) options_.cancel_after_events = below(8);
      check(world.run(options_));
      // Failures are of the moment.
      for (StepModel& model : world.models) model.fails = false;
    }
  }

  World world;
  std::size_t ran = 0, served = 0;

 private:
  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }

  void add_step(std::size_t id) {
    std::vector<pipeline::Source> inputs;
    for (std::size_t port = below(4); port > 0; --port) {
      const std::size_t kind = below(6);
      if (kind == 0) {
        inputs.emplace_back(Value(static_cast<int>(below(3))));
      } else if (kind == 1) {
        inputs.emplace_back(pipeline::ParameterRef{static_cast<std::uint32_t>(below(2))});
      } else if (kind == 2) {
        inputs.emplace_back(pipeline::ExternalInput{pipeline::ExternalKind::file, below(2) == 0 ? "f0" : "f1"});
      } else if (id > 0) {
        const auto producer = static_cast<StepId>(below(id));
        const std::size_t outputs = world.pipeline.steps[producer].interface->outputs.size();
        inputs.emplace_back(pipeline::OutputRef{producer, static_cast<std::uint32_t>(below(outputs))});
      }
    }
    world.add("s" + std::to_string(id), std::move(inputs), 1 + below(2));
    world.models[id].large = below(3) == 0;
    // Few different functions, so that the same work turns up under two names.
    world.models[id].meaning = "meaning " + std::to_string(below(3));
    if (id > 0 && below(4) == 0) world.pipeline.steps[id].after.push_back(static_cast<StepId>(below(id)));
    if (below(6) == 0) world.pipeline.steps[id].enable_cache = false;
  }

  void edit() {
    const std::size_t id = below(world.models.size());
    switch (below(10)) {
      case 0:
      case 1:
        world.models[id].meaning = "meaning " + std::to_string(below(4));
        break;
      case 2:
        world.models[id].code = "code " + std::to_string(below(3));
        break;
      case 3:
        world.pipeline.parameters[below(2)].value = Value(static_cast<int>(below(3)));
        break;
      case 4:
        world.files.write(below(2) == 0 ? "/work/f0" : "/work/f1", std::to_string(below(3)));
        break;
      case 5:
        world.pipeline.steps[id].enable_cache = below(2) == 0 ? std::optional<bool>() : std::optional(below(2) == 0);
        break;
      case 6:
        world.models[id].fails = true;
        break;
      case 7:
        damage_object();
        break;
      case 8:
        world.pipeline.steps[id].cache_salt = below(2) == 0 ? "" : "salt";
        break;
      default:
        world.pipeline.name = below(2) == 0 ? "p" : "q";
    }
  }

  void damage_object() {
    std::vector<Digest> objects;
    ASSERT_TRUE(world.artifacts->each([&](const Digest& digest, std::uint64_t) {
      objects.push_back(digest);
      return true;
    }));
    if (objects.empty()) return;
    const Digest& digest = objects[below(objects.size())];
    if (below(2) == 0) {
      ASSERT_TRUE(world.artifacts->remove(digest));
    } else {
      world.files.write(world.artifacts->path_of(digest), "not what was stored", 0444);
    }
    damaged_.insert(digest);
  }

  // All that the model knows of a key: what a step is, and the digests of what it is given.
  std::string model_key(StepId id, const World::Ran& result) const {
    const pipeline::Step& step = world.pipeline.steps[id];
    std::string key = world.models[id].code + "|" + world.models[id].meaning + "|" + step.cache_salt + "|" +
                      std::to_string(step.interface->outputs.size()) + (world.models[id].large ? "large" : "");
    for (const pipeline::Source& source : step.inputs) {
      key += "|";
      if (const auto* ref = std::get_if<pipeline::OutputRef>(&source)) {
        key += "o" + result[ref->step].outputs[ref->output].digest.hex();
      } else if (const auto* input = std::get_if<pipeline::ExternalInput>(&source)) {
        key += "f" + input->name + *world.files.content("/work/" + input->name);
      } else if (const auto* parameter = std::get_if<pipeline::ParameterRef>(&source)) {
        key += "v" + std::get<Value>(world.pipeline.parameters[parameter->parameter].value).to_text();
      } else {
        key += "v" + std::get<Value>(source).to_text();
      }
    }
    return key;
  }

  void check(const World::Ran& result) {
    ASSERT_FALSE(result.error) << to_string(*result.error);
    const auto wanted = world.oracle();
    const std::multiset<std::string> started(result.started.begin(), result.started.end());
    // Two steps of one key: the second is served what the first made, in the same run.
    std::set<std::string> made_now;
    for (StepId id = 0; id < result.steps.size(); ++id) {
      if (result[id].status == StepStatus::completed) made_now.insert(model_key(id, result));
    }
    for (StepId id = 0; id < result.steps.size(); ++id) {
      const StepResult& step = result[id];
      const pipeline::Step& shape = world.pipeline.steps[id];
      ASSERT_LE(started.count(shape.name), 1U);
      if (step.status != StepStatus::completed && step.status != StepStatus::cached) continue;
      // Never stale.
      ASSERT_EQ(step.outputs.size(), wanted[id].size());
      for (std::size_t i = 0; i < wanted[id].size(); ++i)
        ASSERT_EQ(step.outputs[i].digest, wanted[id][i]) << shape.name;
      // Never wasteful: what ran had no result, or a damaged one, or was told to run.
      const std::string key = model_key(id, result);
      if (step.status == StepStatus::completed) {
        ++ran;
        bool was_damaged = false;
        for (const Digest& digest : wanted[id]) was_damaged = was_damaged || damaged_.contains(digest);
        const bool enabled = cache::cache_enabled(options_.enable_cache, shape, world.pipeline, true);
        EXPECT_TRUE(!known_.contains(key) || was_damaged || !enabled) << shape.name << " ran for: " << step.reason.text;
      } else {
        ++served;
        EXPECT_TRUE(known_.contains(key) || made_now.contains(key)) << shape.name << " was served from nowhere";
      }
      if (step.status == StepStatus::completed) {
        for (const Digest& digest : wanted[id]) repaired_.insert(digest);
      }
    }
    known_.insert(made_now.begin(), made_now.end());
    for (const Digest& digest : repaired_) damaged_.erase(digest);
    repaired_.clear();
  }

  std::mt19937_64 random_;
  World::Options options_;
  std::set<std::string> known_;
  std::set<Digest> damaged_, repaired_;
};

TEST(SchedulerProperty, ServesWhatAFullRerunGivesAndRunsNothingThatNeedNot) {
  std::size_t ran = 0;
  std::size_t served = 0;
  for (std::uint64_t seed = 1; seed <= 1'500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History history(seed);
    history.play(6);
    ran += history.ran;
    served += history.served;
    if (::testing::Test::HasFailure()) break;
  }
  // A test in which nothing is served, or nothing runs, would prove nothing.
  EXPECT_GT(ran, 5'000U);
  EXPECT_GT(served, 5'000U);
}

}  // namespace
}  // namespace stepcache::scheduler
