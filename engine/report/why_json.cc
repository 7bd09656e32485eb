#include "report/why_json.h"

#include "report/json_writer.h"
#include "report/step_json.h"
#include "report/why_code.h"

namespace stepcache::report {

std::string why_json(const workspace::Explanation& explanation) {
  JsonWriter json;
  const auto side = [&](bool has, const std::string& text) {
    if (has) {
      json.text(text);
    } else {
      json.null();
    }
  };
  json.begin_object();
  json.key("schema").text("stepcache.why/1");
  json.key("step").text(explanation.step);
  json.key("run_id").id_or_null(explanation.run);
  json.key("status").text(explanation.status);
  json.key("reason");
  write_reason(json, cache::name(explanation.reason.code), reason_text(explanation.reason));
  json.key("cacheable").boolean(explanation.cacheable);
  json.key("why_not").text_or_null(explanation.why_not);
  json.key("error").text_or_null(explanation.error);
  json.key("nondeterministic");
  write_nondeterministic(json, explanation.nondeterministic.get());
  json.key("compared_run").id_or_null(explanation.compared_run);
  json.key("compared_execution").id_or_null(explanation.compared_execution);
  json.key("made_by_run").id_or_null(explanation.made_by_run);
  json.key("made_by_execution").id_or_null(explanation.made_by_execution);
  json.key("seconds");
  if (explanation.duration_ns > 0 || explanation.made_by_execution != 0) {
    json.seconds(explanation.duration_ns);
  } else {
    json.null();
  }
  json.key("code");
  if (explanation.code) {
    write_code(json, *explanation.code);
  } else {
    json.null();
  }
  json.key("parts").begin_array();
  for (const cache::PartComparison& part : explanation.parts) {
    json.begin_object();
    json.key("kind").text(cache::name(part.kind));
    json.key("port").text_or_null(part.port);
    json.key("name").text_or_null(part.name);
    json.key("before");
    side(part.has_before, part.before);
    json.key("now");
    side(part.has_now, part.now);
    json.key("before_digest").digest_or_null(part.has_before ? part.before_digest : Digest());
    json.key("now_digest").digest_or_null(part.has_now ? part.now_digest : Digest());
    json.key("same").boolean(part.same);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.take();
}

}  // namespace stepcache::report
