#include "report/signature_json.h"

#include "report/json_writer.h"

namespace stepcache::report {
namespace {

void write_sources(JsonWriter& json, const std::vector<code_signature::Source>& sources) {
  json.begin_array();
  for (const code_signature::Source& source : sources) {
    json.begin_object();
    json.key("function").text_or_null(source.function);
    json.key("file").text_or_null(source.file);
    json.key("line").id_or_null(source.line);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string signature_json(const workspace::SignatureView& view) {
  JsonWriter json(pretty_depth_for(view.parts.size()));
  json.begin_object();
  json.key("schema").text("stepcache.signature/1");
  json.key("step").text(view.step);
  json.key("run_id").id_or_null(view.run);
  json.key("precision");
  if (view.precision) {
    json.text(*view.precision == code_signature::Precision::exact ? "exact" : "coarse");
  } else {
    json.null();
  }
  json.key("digest").digest_or_null(view.digest);
  json.key("note").text_or_null(view.note);
  json.key("why_not").text_or_null(view.why_not);
  json.key("remarks").begin_array();
  for (const std::string& remark : view.remarks) json.text(remark);
  json.end_array();
  json.key("parts").begin_array();
  for (const code_signature::Part& part : view.parts) {
    json.begin_object();
    json.key("kind").text(part.kind);
    json.key("name").text_or_null(part.name);
    json.key("size_bytes").number(part.size_bytes);
    json.key("digest").digest_or_null(part.digest);
    json.key("sources");
    write_sources(json, part.sources);
    json.key("edges").begin_array();
    for (const std::uint32_t edge : part.edges) json.number(static_cast<std::uint64_t>(edge));
    json.end_array();
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.take();
}

}  // namespace stepcache::report
