#include "workspace/settings.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <charconv>
#include <functional>

#include "platform/process.h"
#include "workspace/nearest_name.h"

namespace stepcache::workspace {
namespace {

namespace fs = std::filesystem;

// One setting: its name, what it is for, how text becomes its value (false: not a value of it) and back.
struct Definition {
  std::string_view name;
  std::string_view help;
  std::string_view values;
  std::function<bool(Settings&, const std::string&)> set;
  std::function<std::string(const Settings&)> get;
};

template <class T>
bool parse_number(const std::string& text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

bool parse_bool(const std::string& text, bool& value) {
  if (text != "true" && text != "false") return false;
  value = text == "true";
  return true;
}

const std::vector<Definition>& definitions() {
  static const std::vector<Definition> k_definitions = {
      {"busy_timeout_ms", "how long to wait for another process that holds the database, in milliseconds", "a number",
       [](Settings& s, const std::string& t) { return parse_number(t, s.busy_timeout_ms) && s.busy_timeout_ms >= 0; },
       [](const Settings& s) { return std::to_string(s.busy_timeout_ms); }},
      {"color", "colours in the output: auto (on a terminal), always, never", "auto, always or never",
       [](Settings& s, const std::string& t) {
         if (t != "auto" && t != "always" && t != "never") return false;
         s.color = t;
         return true;
       },
       [](const Settings& s) { return s.color; }},
      {"enable_cache", "whether steps are served from the cache, where neither run, step nor pipeline says",
       "true or false", [](Settings& s, const std::string& t) { return parse_bool(t, s.enable_cache); },
       [](const Settings& s) { return std::string(s.enable_cache ? "true" : "false"); }},
      {"fail_fast", "stop a run at its first failed step", "true or false",
       [](Settings& s, const std::string& t) { return parse_bool(t, s.fail_fast); },
       [](const Settings& s) { return std::string(s.fail_fast ? "true" : "false"); }},
      {"keep_runs", "how many runs `gc` keeps when it is not told; 0: all", "a number",
       [](Settings& s, const std::string& t) { return parse_number(t, s.keep_runs); },
       [](const Settings& s) { return std::to_string(s.keep_runs); }},
      {"library_identity",
       "what libraries outside of the project count by: their build, or soname, their name alone (then an update "
       "reruns "
       "nothing)",
       "build or soname",
       [](Settings& s, const std::string& t) {
         if (t != "build" && t != "soname") return false;
         s.library_identity = t;
         return true;
       },
       [](const Settings& s) { return s.library_identity; }},
  };
  return k_definitions;
}

std::string variable_of(std::string_view name) {
  std::string variable = "STEPCACHE_";
  for (const char c : name) variable.push_back(static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c));
  return variable;
}

class Loader {
 public:
  Loader() {
    for (const Definition& definition : definitions()) {
      loaded_.origins.push_back(
          {std::string(definition.name), definition.get(loaded_.settings), "default", std::string(definition.help)});
    }
  }

  Result<void> set(const std::string& name, const std::string& text, const std::string& origin) {
    const auto& all = definitions();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Definition& d) { return d.name == name; });
    if (found == all.end()) {
      std::vector<std::string> names;
      names.reserve(all.size());
      for (const Definition& definition : all) names.emplace_back(definition.name);
      return fail(ErrorCode::invalid_argument,
                  fmt::format("there is no setting `{}`{}", name, did_you_mean(name, names)), origin);
    }
    if (!found->set(loaded_.settings, text)) {
      return fail(ErrorCode::invalid_argument, fmt::format("{} takes {}, not `{}`", name, found->values, text), origin);
    }
    auto& row = loaded_.origins[static_cast<std::size_t>(found - all.begin())];
    row.value = found->get(loaded_.settings);
    row.origin = origin;
    return {};
  }

  Result<void> read_file(platform::FileSystem& files, const fs::path& path) {
    constexpr std::uint64_t k_largest = 1U << 20U;
    const auto text = platform::read_whole(files, path, k_largest);
    if (!text) {
      if (text.error().code == ErrorCode::not_found) return {};
      return fail(text.error());
    }
    toml::table table;
    try {
      table = toml::parse(*text);
    } catch (const toml::parse_error& error) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("line {}, column {}: {}", error.source().begin.line, error.source().begin.column,
                              error.description()),
                  path.string());
    }
    const toml::table* settings = table["settings"].as_table();
    if (settings == nullptr) return {};
    for (const auto& [key, node] : *settings) {
      std::string value;
      if (const auto* boolean = node.as_boolean()) {
        value = boolean->get() ? "true" : "false";
      } else if (const auto* integer = node.as_integer()) {
        value = std::to_string(integer->get());
      } else if (const auto* string = node.as_string()) {
        value = string->get();
      } else {
        return fail(ErrorCode::invalid_argument, fmt::format("{} takes text, a number, or true or false", key.str()),
                    path.string());
      }
      STEPCACHE_TRY(set(std::string(key.str()), value, path.string()));
    }
    return {};
  }

  LoadedSettings take() { return std::move(loaded_); }

 private:
  LoadedSettings loaded_;
};

fs::path user_file() {
  if (const auto folder = platform::environment_variable("XDG_CONFIG_HOME"); folder && !folder->empty()) {
    return fs::path(*folder) / "stepcache" / "config.toml";
  }
  if (const auto home = platform::environment_variable("HOME"); home && !home->empty()) {
    return fs::path(*home) / ".config" / "stepcache" / "config.toml";
  }
  return {};
}

}  // namespace

Result<LoadedSettings> load_settings(platform::FileSystem& files, const fs::path& project,
                                     const std::map<std::string, std::string>& overrides) {
  Loader loader;
  // A home that this process may not look into (under sudo, in a container) has nothing to say.
  if (const fs::path user = user_file(); !user.empty() && files.open(user))
    STEPCACHE_TRY(loader.read_file(files, user));
  STEPCACHE_TRY(loader.read_file(files, project / "stepcache.toml"));
  for (const Definition& definition : definitions()) {
    const std::string variable = variable_of(definition.name);
    if (const auto value = platform::environment_variable(variable)) {
      STEPCACHE_TRY(loader.set(std::string(definition.name), *value, "environment " + variable));
    }
  }
  for (const auto& [name, value] : overrides) STEPCACHE_TRY(loader.set(name, value, "command line"));
  return loader.take();
}

fs::path find_project(platform::FileSystem& files, const fs::path& start) {
  fs::path with_workspace;
  for (fs::path at = start;; at = at.parent_path()) {
    if (files.stat(at / "stepcache.toml")) return at;
    if (with_workspace.empty() && files.stat(at / ".stepcache")) with_workspace = at;
    if (at == at.parent_path()) break;
  }
  return with_workspace.empty() ? start : with_workspace;
}

}  // namespace stepcache::workspace
