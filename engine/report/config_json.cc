#include "report/config_json.h"

#include "report/json_writer.h"

namespace stepcache::report {

std::string config_json(const workspace::LoadedSettings& settings, const std::filesystem::path& folder,
                        const std::filesystem::path& project) {
  JsonWriter json;
  json.begin_object();
  json.key("schema").text("stepcache.config/1");
  json.key("workspace").text(folder.native());
  json.key("project").text(project.native());
  json.key("settings").begin_array();
  for (const workspace::SettingOrigin& setting : settings.origins) {
    json.begin_object();
    json.key("name").text(setting.name);
    json.key("value").text(setting.value);
    json.key("origin").text(setting.origin);
    json.key("help").text(setting.help);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.take();
}

std::string version_json(std::string_view version) {
  JsonWriter json;
  json.begin_object();
  json.key("schema").text("stepcache.version/1");
  json.key("version").text(version);
  json.end_object();
  return json.take();
}

}  // namespace stepcache::report
