#include "report/store_json.h"

#include "report/json_writer.h"

namespace stepcache::report {

std::string artifacts_json(const std::vector<workspace::ListedArtifact>& artifacts) {
  JsonWriter json(pretty_depth_for(artifacts.size()));
  json.begin_object();
  json.key("schema").text("stepcache.artifacts/1");
  json.key("artifacts").begin_array();
  for (const workspace::ListedArtifact& listed : artifacts) {
    json.begin_object();
    json.key("digest").digest_or_null(listed.artifact.digest);
    json.key("type").text(listed.artifact.type);
    json.key("size_bytes").number(listed.artifact.size_bytes);
    json.key("run_id").id_or_null(listed.run);
    json.key("execution").id_or_null(listed.execution);
    json.key("step").text(listed.step);
    json.key("output").text(listed.port);
    json.key("pinned").boolean(listed.artifact.pinned);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.take();
}

std::string cat_json(const metadata::ArtifactRecord& artifact, std::string_view preview) {
  JsonWriter json;
  json.begin_object();
  json.key("schema").text("stepcache.cat/1");
  json.key("digest").digest_or_null(artifact.digest);
  json.key("type").text(artifact.type);
  json.key("materializer").text(artifact.materializer);
  json.key("size_bytes").number(artifact.size_bytes);
  json.key("preview").text(preview);
  json.end_object();
  return json.take();
}

std::string verify_json(const workspace::VerifyResult& result) {
  JsonWriter json(pretty_depth_for(result.findings.size()));
  json.begin_object();
  json.key("schema").text("stepcache.verify/1");
  json.key("objects").number(result.objects);
  json.key("artifacts").number(result.artifacts);
  json.key("records").number(result.records);
  json.key("bytes").number(result.bytes);
  json.key("repaired").boolean(result.repaired);
  json.key("findings").begin_array();
  for (const workspace::Finding& finding : result.findings) {
    json.begin_object();
    json.key("what").text(finding.what);
    json.key("name").text(finding.name);
    json.key("text").text(finding.text);
    json.key("repair").text_or_null(finding.repair);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.take();
}

std::string gc_json(const workspace::GarbageResult& result) {
  JsonWriter json(pretty_depth_for(result.runs.size()));
  json.begin_object();
  json.key("schema").text("stepcache.gc/1");
  json.key("dry_run").boolean(result.dry_run);
  json.key("runs").begin_array();
  for (const metadata::RunId run : result.runs) json.number(run);
  json.end_array();
  json.key("executions").number(result.executions);
  json.key("artifacts").number(result.artifacts);
  json.key("objects").number(result.objects);
  json.key("freed_bytes").number(result.freed_bytes);
  json.key("kept_bytes").number(result.kept_bytes);
  json.end_object();
  return json.take();
}

}  // namespace stepcache::report
