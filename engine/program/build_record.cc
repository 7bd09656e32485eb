#include "program/build_record.h"

#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>

namespace stepcache::program {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view k_schema = "stepcache.build/1";

// Bytes as ASCII, reversibly: what JSON could not hold, and '%', as %XX.
std::string to_ascii(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    if (c >= ' ' && c <= '~' && c != '%') {
      text += c;
    } else {
      fmt::format_to(std::back_inserter(text), "%{:02x}", static_cast<unsigned char>(c));
    }
  }
  return text;
}

std::string from_ascii(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      bytes += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      bytes += text[i];
    }
  }
  return bytes;
}

Json to_json(const TrackedFile& file) {
  const platform::FileIdentity& id = file.identity;
  return {{"path", to_ascii(file.path.native())},
          {"digest", file.digest.hex()},
          {"identity", {id.device, id.inode, id.size_bytes, id.mtime_ns, id.ctime_ns}},
          {"settled", file.settled}};
}

Json to_json(const std::vector<TrackedFile>& files) {
  Json list = Json::array();
  for (const TrackedFile& file : files) list.push_back(to_json(file));
  return list;
}

Digest digest_in(const Json& json) { return Digest::from_hex(json.get<std::string>()).value(); }

TrackedFile file_in(const Json& json) {
  const Json& id = json.at("identity");
  return {from_ascii(json.at("path").get<std::string>()),
          {id.at(0).get<std::uint64_t>(), id.at(1).get<std::uint64_t>(), id.at(2).get<std::uint64_t>(),
           id.at(3).get<std::int64_t>(), id.at(4).get<std::int64_t>()},
          digest_in(json.at("digest")),
          json.at("settled").get<bool>()};
}

std::vector<TrackedFile> files_in(const Json& json) {
  std::vector<TrackedFile> files;
  for (const Json& file : json) files.push_back(file_in(file));
  return files;
}

}  // namespace

std::string encode(const BuildRecord& record) {
  Json objects = Json::array();
  for (const auto& object : record.objects) {
    objects.push_back(
        {{"command", object.command.hex()}, {"inputs", to_json(object.inputs)}, {"object", to_json(object.object)}});
  }
  const Json document = {{"schema", k_schema},
                         {"compiler", to_json(record.compiler.files)},
                         {"compiler_version", to_ascii(record.compiler.version)},
                         {"linker_question", record.linker_question.hex()},
                         {"linker", record.linker},
                         {"objects", std::move(objects)},
                         {"link_command", record.link_command.hex()},
                         {"link_inputs", to_json(record.link_inputs)},
                         {"program", to_json(record.program)}};
  return document.dump(1) + "\n";
}

std::optional<BuildRecord> decode(std::string_view text) {
  const Json document = Json::parse(text, nullptr, false);
  if (!document.is_object()) return std::nullopt;
  // Exceptions of the JSON library end here: a record that is not whole is no record.
  try {
    if (document.at("schema") != k_schema) return std::nullopt;
    BuildRecord record;
    record.compiler.files = files_in(document.at("compiler"));
    record.compiler.version = from_ascii(document.at("compiler_version").get<std::string>());
    record.linker_question = digest_in(document.at("linker_question"));
    record.linker = document.at("linker").get<std::string>();
    for (const Json& object : document.at("objects")) {
      record.objects.push_back(
          {digest_in(object.at("command")), files_in(object.at("inputs")), file_in(object.at("object"))});
    }
    record.link_command = digest_in(document.at("link_command"));
    record.link_inputs = files_in(document.at("link_inputs"));
    record.program = file_in(document.at("program"));
    return record;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace stepcache::program
