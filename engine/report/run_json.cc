#include "report/run_json.h"

#include <unordered_map>

#include "report/json_writer.h"
#include "report/step_json.h"

namespace stepcache::report {
namespace {

bool took_time(metadata::StepStatus status) {
  return status != metadata::StepStatus::pending && status != metadata::StepStatus::skipped;
}

// Steps made of one function share its interface: its shapes are looked up once.
class Shapes {
 public:
  const std::vector<OutputShape>& of(const pipeline::Step& step) {
    const auto [found, is_new] = known_.try_emplace(step.interface.get());
    if (is_new) found->second = output_shapes(step);
    return found->second;
  }

 private:
  std::unordered_map<const pipeline::StepInterface*, std::vector<OutputShape>> known_;
};

void write_step(JsonWriter& json, const pipeline::Step& step, const scheduler::StepResult& result, Shapes& shapes,
                bool plan) {
  json.begin_object();
  json.key("name").text(step.name);
  json.key("status").text(metadata::name(result.status));
  if (plan) json.key("decision").text(scheduler::name(result.decision));
  json.key("reason");
  if (!plan && result.status == metadata::StepStatus::pending) {
    json.null();
  } else {
    write_reason(json, cache::name(result.reason.code), reason_text(result.reason));
  }
  json.key("cacheable").boolean(result.cacheable);
  json.key("why_not").text_or_null(result.why_not);
  json.key("cache_key").digest_or_null(result.key);
  json.key("execution").id_or_null(result.execution);
  json.key("seconds");
  if (took_time(result.status)) {
    json.seconds(result.duration_ns);
  } else {
    json.null();
  }
  json.key("seconds_saved").seconds(result.saved_ns);
  if (plan) {
    json.key("expected_seconds");
    if (result.expected_ns != 0) {
      json.seconds(result.expected_ns);
    } else if (result.decision == scheduler::Decision::reuse) {
      json.seconds(0);
    } else {
      json.null();
    }
  }
  json.key("produced_by_run").id_or_null(result.produced_by_run);
  json.key("error").text_or_null(result.error);
  if (!plan) {
    json.key("nondeterministic");
    write_nondeterministic(json, result.nondeterministic.get());
  }
  json.key("inputs");
  write_inputs(json, result.inputs);
  json.key("outputs");
  write_outputs(json, result.outputs, shapes.of(step));
  json.end_object();
}

void write_steps(JsonWriter& json, const pipeline::Pipeline& pipeline, const std::vector<scheduler::StepResult>& steps,
                 bool plan) {
  Shapes shapes;
  json.begin_array();
  for (std::size_t id = 0; id < steps.size() && id < pipeline.steps.size(); ++id) {
    write_step(json, pipeline.steps[id], steps[id], shapes, plan);
  }
  json.end_array();
}

}  // namespace

std::string run_json(const pipeline::Pipeline& pipeline, const workspace::RunResult& run) {
  JsonWriter json(pretty_depth_for(run.steps.size()));
  json.begin_object();
  json.key("schema").text("stepcache.run/1");
  json.key("run_id").id_or_null(run.run);
  json.key("pipeline").text(run.pipeline);
  json.key("status").text(metadata::name(run.status));
  json.key("parameters");
  write_parameters(json, run.parameters);
  json.key("seconds").seconds(run.duration_ns);
  json.key("seconds_saved").seconds(run.saved_ns);
  json.key("steps");
  write_steps(json, pipeline, run.steps, false);
  json.end_object();
  return json.take();
}

std::string plan_json(const pipeline::Pipeline& pipeline, const workspace::PlanResult& plan) {
  JsonWriter json(pretty_depth_for(plan.steps.size()));
  json.begin_object();
  json.key("schema").text("stepcache.plan/1");
  json.key("pipeline").text(plan.pipeline);
  json.key("parameters");
  write_parameters(json, plan.parameters);
  json.key("expected_seconds").seconds(plan.expected_ns);
  json.key("seconds_saved").seconds(plan.saved_ns);
  json.key("steps");
  write_steps(json, pipeline, plan.steps, true);
  json.end_object();
  return json.take();
}

}  // namespace stepcache::report
