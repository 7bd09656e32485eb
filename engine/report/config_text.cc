#include "report/config_text.h"

#include "report/table.h"

namespace stepcache::report {

std::string config_text(const Console& console, const workspace::LoadedSettings& settings,
                        const std::filesystem::path& folder, const std::filesystem::path& project) {
  Table places({{}, {}});
  places.add({"workspace", shown(folder.native())});
  places.add({"project", shown(project.native())});
  Table table({{"setting"}, {"value"}, {"origin"}, {console.verbose() ? "what it is for" : ""}});
  for (const workspace::SettingOrigin& setting : settings.origins) {
    table.add({shown(setting.name), shown(setting.value), shown(setting.origin),
               console.verbose() ? shown(setting.help) : std::string()});
  }
  return places.text() + "\n" + table.text();
}

}  // namespace stepcache::report
