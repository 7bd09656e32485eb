#include "report/error_json.h"

#include "report/json_writer.h"

namespace stepcache::report {

std::string error_json(const Error& error) {
  JsonWriter json;
  json.begin_object();
  json.key("schema").text("stepcache.error/1");
  json.key("error").begin_object();
  json.key("code").text(name(error.code));
  json.key("message").text(error.message);
  json.key("where").text_or_null(error.where);
  json.end_object();
  json.end_object();
  return json.take();
}

}  // namespace stepcache::report
