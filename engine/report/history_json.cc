#include "report/history_json.h"

#include <span>

#include "report/json_writer.h"
#include "report/step_json.h"

namespace stepcache::report {
namespace {

void write_texts(JsonWriter& json, const std::vector<std::string>& texts) {
  json.begin_array();
  for (const std::string& text : texts) json.text(text);
  json.end_array();
}

// The members of a run's object, without its braces.
void write_run_members(JsonWriter& json, const metadata::RunRecord& run) {
  json.key("run_id").id_or_null(run.id);
  json.key("pipeline").text(run.pipeline);
  json.key("status").text(metadata::name(run.status));
  json.key("started").text(json_time(run.started_ns));
  json.key("ended");
  if (run.ended_ns == 0) {
    json.null();
  } else {
    json.text(json_time(run.ended_ns));
  }
  json.key("seconds");
  if (run.ended_ns == 0) {
    json.null();
  } else {
    json.seconds(run.duration_ns);
  }
  json.key("seconds_saved").seconds(run.saved_ns);
  json.key("step_counts").begin_object();
  json.key("cached").number(run.cached);
  json.key("completed").number(run.completed);
  json.key("failed").number(run.failed);
  json.key("skipped").number(run.skipped);
  json.end_object();
  json.key("parameters");
  write_recorded_parameters(json, run.parameters);
  json.key("program").text_or_null(run.program);
  json.key("arguments");
  write_texts(json, run.arguments);
  json.key("folder").text_or_null(run.folder);
  json.key("tags");
  write_texts(json, run.tags);
  json.key("note").text_or_null(run.note);
  json.key("pinned").boolean(run.pinned);
}

void write_run(JsonWriter& json, const metadata::RunRecord& run) {
  json.begin_object();
  write_run_members(json, run);
  json.end_object();
}

void write_recorded_step(JsonWriter& json, const workspace::RecordedStep& step, const pipeline::Step* shape,
                         metadata::RunId run) {
  const bool cached = step.state.status == metadata::StepStatus::cached;
  const metadata::ExecutionRecord nothing;
  const bool known = step.execution.has_value();
  const metadata::ExecutionRecord& execution = known ? *step.execution : nothing;
  std::vector<OutputShape> shapes;
  if (shape != nullptr) shapes = output_shapes(*shape);
  json.begin_object();
  json.key("name").text(step.name);
  json.key("status").text(metadata::name(step.state.status));
  json.key("reason");
  write_reason(json, step.state.reason_code,
               reason_text({cache::reason_named(step.state.reason_code), step.state.reason_text}));
  json.key("cacheable");
  if (known) {
    json.boolean(execution.cached_for_later);
  } else {
    json.null();
  }
  json.key("why_not").text_or_null(execution.why_not);
  json.key("cache_key").digest_or_null(execution.key);
  json.key("execution").id_or_null(step.state.execution);
  json.key("produced_by_run").id_or_null(known ? execution.run : 0);
  json.key("seconds");
  if (known && execution.run == run && !cached) {
    json.seconds(execution.duration_ns);
  } else if (cached) {
    json.seconds(0);
  } else {
    json.null();
  }
  json.key("seconds_saved").seconds(cached && known ? execution.duration_ns : 0);
  json.key("error").text_or_null(execution.error);
  json.key("nondeterministic");
  write_nondeterministic(json, step.nondeterministic.get());
  json.key("log").text_or_null(execution.log);
  json.key("metrics").begin_array();
  for (const metadata::Metric& metric : execution.metrics) {
    json.begin_object();
    json.key("name").text(metric.name);
    json.key("value").number(metric.value);
    json.end_object();
  }
  json.end_array();
  json.key("inputs");
  write_inputs(json, execution.key_parts);
  json.key("outputs");
  write_outputs(json, execution.outputs, shapes);
  json.end_object();
}

void write_labels(JsonWriter& json, metadata::RunId run, const Digest& artifact, const std::vector<std::string>& tags,
                  const std::string& note, bool pinned) {
  json.begin_object();
  json.key("schema").text("stepcache.labels/1");
  json.key("run_id").id_or_null(run);
  json.key("artifact").digest_or_null(artifact);
  json.key("tags");
  write_texts(json, tags);
  json.key("note").text_or_null(note);
  json.key("pinned").boolean(pinned);
  json.end_object();
}

}  // namespace

std::string runs_json(const std::vector<metadata::RunRecord>& runs) {
  JsonWriter json(pretty_depth_for(runs.size()));
  json.begin_object();
  json.key("schema").text("stepcache.runs/1");
  json.key("runs").begin_array();
  for (const metadata::RunRecord& run : runs) write_run(json, run);
  json.end_array();
  json.end_object();
  return json.take();
}

std::string show_json(const workspace::RecordedRun& recorded) {
  JsonWriter json(pretty_depth_for(recorded.steps.size()));
  json.begin_object();
  json.key("schema").text("stepcache.show/1");
  write_run_members(json, recorded.run);
  json.key("warnings");
  write_texts(json, recorded.warnings);
  json.key("steps").begin_array();
  for (std::size_t id = 0; id < recorded.steps.size(); ++id) {
    const pipeline::Step* shape = id < recorded.graph.steps.size() ? &recorded.graph.steps[id] : nullptr;
    write_recorded_step(json, recorded.steps[id], shape, recorded.run.id);
  }
  json.end_array();
  json.end_object();
  return json.take();
}

std::string diff_json(const workspace::RunDifference& difference) {
  JsonWriter json(pretty_depth_for(difference.steps.size()));
  json.begin_object();
  json.key("schema").text("stepcache.diff/1");
  json.key("left");
  write_run(json, difference.left);
  json.key("right");
  write_run(json, difference.right);
  json.key("parameters");
  write_texts(json, difference.parameters);
  json.key("steps").begin_array();
  for (const workspace::StepDifference& step : difference.steps) {
    json.begin_object();
    json.key("step").text(step.step);
    json.key("left_status").text_or_null(step.left_status);
    json.key("right_status").text_or_null(step.right_status);
    json.key("same_outputs").boolean(step.same_outputs);
    json.key("changes");
    write_texts(json, step.changes);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.take();
}

std::string run_labels_json(const metadata::RunRecord& run) {
  JsonWriter json;
  write_labels(json, run.id, Digest(), run.tags, run.note, run.pinned);
  return json.take();
}

std::string artifact_labels_json(const metadata::ArtifactRecord& artifact) {
  JsonWriter json;
  write_labels(json, 0, artifact.digest, {}, {}, artifact.pinned);
  return json.take();
}

}  // namespace stepcache::report
