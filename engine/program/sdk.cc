#include "program/sdk.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "digest/sha256.h"
#include "program/program.h"

namespace stepcache::program {
namespace {

constexpr std::uint64_t k_limit_bytes = 1U << 20U;
constexpr std::string_view k_schema = "stepcache.sdk/1";
constexpr std::string_view k_schema_family = "stepcache.sdk/";

std::string with_prefix(std::string text, const std::string& prefix) {
  constexpr std::string_view k_variable = "${prefix}";
  for (std::size_t at = text.find(k_variable); at != std::string::npos;
       at = text.find(k_variable, at + prefix.size())) {
    text.replace(at, k_variable.size(), prefix);
  }
  return text;
}

// The list of texts called `name`, or nothing when it is something else.
std::optional<std::vector<std::string>> texts(const nlohmann::json& document, const char* name,
                                              const std::string& prefix) {
  const auto found = document.find(name);
  if (found == document.end() || !found->is_array()) return std::nullopt;
  std::vector<std::string> all;
  for (const auto& item : *found) {
    if (!item.is_string()) return std::nullopt;
    all.push_back(with_prefix(item.get<std::string>(), prefix));
  }
  return all;
}

}  // namespace

Result<std::filesystem::path> find_sdk(platform::FileSystem& files, const std::optional<std::string>& from_environment,
                                       const std::filesystem::path& running_program) {
  if (from_environment && !from_environment->empty()) {
    std::filesystem::path file = absolute_path(*from_environment);
    auto info = files.stat(file);
    if (info && info->type == platform::FileType::directory) {
      file /= "sdk.json";
      info = files.stat(file);
    }
    if (info) return file;
    return fail(
        ErrorCode::not_found,
        fmt::format("STEPCACHE_SDK names {}, which is not there; set it to an sdk.json, or unset it", file.string()),
        "STEPCACHE_SDK");
  }
  const std::filesystem::path prefix = running_program.parent_path().parent_path();
  std::filesystem::path file = prefix / "lib" / "stepcache" / "sdk.json";
  if (files.stat(file)) return file;
  return fail(
      ErrorCode::not_found,
      "the C++ SDK, which compiling a pipeline needs, is not there; install the stepcache package (or, from source, "
      "`cmake --install`) whole, or set STEPCACHE_SDK to the sdk.json of another one",
      file.string());
}

Result<Sdk> read_sdk(platform::FileSystem& files, const std::filesystem::path& file) {
  STEPCACHE_TRY_ASSIGN(const std::string content, platform::read_whole(files, file, k_limit_bytes));
  const auto document = nlohmann::json::parse(content, nullptr, false);
  const auto refuse = [&](ErrorCode code, std::string_view what) {
    return fail(code, fmt::format("{}; install the stepcache package again", what), file.string());
  };
  const auto schema = document.is_object() && document.contains("schema") && document["schema"].is_string()
                          ? document["schema"].get<std::string>()
                          : std::string();
  if (!schema.starts_with(k_schema_family))
    return refuse(ErrorCode::invalid_argument, "this is no description of an SDK");
  if (schema != k_schema) {
    return refuse(ErrorCode::unsupported_format,
                  fmt::format("this SDK is described in the format {}, and this program reads {}", schema, k_schema));
  }
  const std::string prefix = file.parent_path().parent_path().parent_path().string();
  auto compile = texts(document, "compile", prefix);
  auto link = texts(document, "link", prefix);
  if (!compile || !link) {
    return refuse(ErrorCode::invalid_argument,
                  "this description of an SDK lacks its lists of arguments \"compile\" and \"link\"");
  }
  Sdk sdk;
  sdk.file = file;
  sdk.compile_arguments = *std::move(compile);
  sdk.link_arguments = *std::move(link);
  sdk.digest = sha256(content);
  if (auto more = texts(document, "compile_gcc", prefix)) sdk.compile_arguments_of_gcc = *std::move(more);
  if (const auto linkers = document.find("linkers"); linkers != document.end() && linkers->is_object()) {
    for (const auto& [linker, list] : linkers->items()) {
      if (auto more = texts(*linkers, linker.c_str(), prefix)) sdk.link_arguments_of[linker] = *std::move(more);
    }
  }
  if (document.contains("version") && document["version"].is_string())
    sdk.version = document["version"].get<std::string>();
  return sdk;
}

}  // namespace stepcache::program
