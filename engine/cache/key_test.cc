#include "cache/key.h"

#include <gtest/gtest.h>

#include "cache/decision.h"
#include "digest/sha256.h"

namespace stepcache::cache {
namespace {

using pipeline::Value;

// One step with everything that a key can see; a test changes one thing.
struct Case {
  pipeline::StepInterface interface{
      "f", {{"0", "int32"}, {"1", "array"}, {"2", "file"}}, {{"output", "float64", "float64/1"}}};
  std::string salt;
  code_signature::CodeSignature code{code_signature::Precision::coarse, sha256("code"), "", "", {}, {}};
  Value value{20};
  Digest artifact = sha256("artifact");
  ExternalContent file{pipeline::ExternalKind::file, sha256("file"), "a.csv", "3 B"};

  pipeline::Pipeline pipeline() const {
    pipeline::Pipeline made{"p", {}, {{"epochs", "int32", Value(20), {}, {}, ""}}, {}};
    const pipeline::Step producer{"producer", std::make_shared<pipeline::StepInterface>(interface), {}, {}, {}, ""};
    const pipeline::Step step{
        "step",
        std::make_shared<pipeline::StepInterface>(interface),
        {pipeline::ParameterRef{0}, pipeline::OutputRef{0, 0}, pipeline::ExternalInput{{}, "x/a.csv"}},
        {},
        {},
        salt};
    made.steps = {producer, step};
    return made;
  }
  std::vector<ResolvedInput> inputs() const { return {&value, ArtifactInput{artifact}, file}; }
  Digest key() const {
    FieldHasher hasher;
    return cache_key(hasher, pipeline().steps[1], code, inputs());
  }
  std::vector<metadata::KeyPart> parts() const { return key_parts(pipeline(), pipeline().steps[1], code, inputs()); }
};

TEST(CacheKey, DependsOnEachThingThatTheResultDependsOn) {
  const Digest base = Case().key();
  std::vector<Case> others(10);
  others[0].code.digest = sha256("other code");
  others[1].code.precision = code_signature::Precision::exact;
  others[2].value = Value(21);
  others[3].value = Value(20.0);
  others[4].artifact = sha256("other artifact");
  others[5].file.digest = sha256("other file");
  others[6].file.base_name = "b.csv";
  others[7].interface.outputs[0].materializer = "float64/2";
  others[8].salt = "salt";
  others[9].interface.inputs[0].type = "int64";
  for (std::size_t i = 0; i < others.size(); ++i) {
    EXPECT_NE(others[i].key(), base) << i;
    EXPECT_NE(others[i].parts(), Case().parts()) << i;
  }
}

TEST(CacheKey, DoesNotDependOnNamesOrPaths) {
  const Case base;
  pipeline::Pipeline renamed = base.pipeline();
  renamed.name = "another";
  renamed.steps[1].name = "another step";
  renamed.parameters[0].name = "rounds";
  renamed.steps[1].inputs[2] = pipeline::ExternalInput{{}, "/elsewhere/a.csv"};
  auto interface = base.interface;
  interface.function = "g";
  renamed.steps[1].interface = std::make_shared<pipeline::StepInterface>(interface);
  FieldHasher hasher;
  EXPECT_EQ(cache_key(hasher, renamed.steps[1], base.code, base.inputs()), base.key());
}

TEST(CacheKey, IsOneForAParameterAndTheSameLiteral) {
  const Case base;
  pipeline::Pipeline literal = base.pipeline();
  literal.steps[1].inputs[0] = Value(20);
  FieldHasher hasher;
  EXPECT_EQ(cache_key(hasher, literal.steps[1], base.code, base.inputs()), base.key());
}

TEST(CacheKey, KeepsItsPublishedValue) {
  // A change here changes every key that people have: bump k_key_format and say so.
  EXPECT_EQ(Case().key().hex(), "7eacb41ea9d71e861e46e095e0b81f98d3b9e15cc906fb8973341b125524fc2a");
}

TEST(CacheEnabled, FollowsRunThenStepThenPipelineThenDefault) {
  pipeline::Pipeline pipeline;
  pipeline::Step step;
  EXPECT_TRUE(cache_enabled({}, step, pipeline, true));
  EXPECT_FALSE(cache_enabled({}, step, pipeline, false));
  pipeline.enable_cache = false;
  EXPECT_FALSE(cache_enabled({}, step, pipeline, true));
  step.enable_cache = true;
  EXPECT_TRUE(cache_enabled({}, step, pipeline, true));
  EXPECT_FALSE(cache_enabled(false, step, pipeline, true));
}

TEST(Decide, TakesTheNewestEntryThatStillHolds) {
  std::vector<metadata::CacheEntry> entries(3);
  entries[0].execution = 5;
  entries[1].execution = 9;
  entries[2].execution = 7;
  entries[1].observed = sha256("then");
  const std::vector<std::optional<Digest>> all = {Digest(), sha256("then"), Digest()};
  EXPECT_EQ(decide(entries, all), 1U);
  const std::vector<std::optional<Digest>> moved = {Digest(), sha256("now"), Digest()};
  EXPECT_EQ(decide(entries, moved), 2U);
  const std::vector<std::optional<Digest>> unseen = {std::nullopt, std::nullopt, std::nullopt};
  EXPECT_EQ(decide(entries, unseen), std::nullopt);
  EXPECT_EQ(decide({}, {}), std::nullopt);
}

}  // namespace
}  // namespace stepcache::cache
