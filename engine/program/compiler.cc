#include "program/compiler.h"

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>
#include <string_view>
#include <system_error>

#include "platform/process.h"

namespace stepcache::program {
namespace {

constexpr std::uint32_t k_any_execute = 0111;
constexpr std::uint64_t k_version_limit_bytes = 1U << 16U;

bool is_executable(platform::FileSystem& files, const std::filesystem::path& path) {
  const auto info = files.stat(path);
  return info && info->type == platform::FileType::regular && (info->mode & k_any_execute) != 0;
}

std::optional<std::filesystem::path> look_up(platform::FileSystem& files, const std::string& word,
                                             const std::string& search_path) {
  if (word.find('/') != std::string::npos) {
    std::error_code code;
    std::filesystem::path path = std::filesystem::absolute(word, code);
    if (code || !is_executable(files, path)) return std::nullopt;
    return path;
  }
  std::istringstream folders(search_path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::filesystem::path path = std::filesystem::path(folder.empty() ? "." : folder) / word;
    if (is_executable(files, path)) return path;
  }
  return std::nullopt;
}

std::vector<std::string> words_of(platform::FileSystem& files, const std::string& command) {
  if (command.find('/') != std::string::npos && is_executable(files, command)) return {command};
  std::vector<std::string> words;
  std::istringstream in(command);
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

bool is_self_contained(platform::FileSystem& files, const std::filesystem::path& path) {
  static constexpr std::array<std::string_view, 5> k_launchers = {"ccache", "sccache", "distcc", "icecc", "env"};
  std::error_code code;
  const auto real = std::filesystem::canonical(path, code);
  const std::string name = (code ? path : real).filename().string();
  if (std::find(k_launchers.begin(), k_launchers.end(), name) != k_launchers.end()) return false;
  const auto file = files.open(path);
  std::array<std::byte, 4> head{};
  if (!file) return false;
  const auto count = (*file)->read_at(head, 0);
  return count && *count == head.size() &&
         as_text(head) ==
             "\x7f"
             "ELF";
}

Result<std::string> ask_version(platform::FileSystem& files, const std::vector<std::string>& command,
                                const std::filesystem::path& scratch) {
  platform::Command ask;
  ask.arguments = command;
  ask.arguments.emplace_back("--version");
  ask.environment = {{"LC_ALL", "C"}};
  ask.standard_output = scratch;
  ask.standard_error = scratch;
  const auto status = platform::run_process(ask);
  if (!status) return fail(status.error());
  auto text = platform::read_whole(files, scratch, k_version_limit_bytes);
  (void)files.remove(scratch);
  if (status->status != 0) {
    return fail(ErrorCode::invalid_argument,
                "this does not answer --version as a compiler does; set CXX to a C++ compiler", command.front());
  }
  return text;
}

}  // namespace

std::string compiler_from_environment() {
  const auto named = platform::environment_variable("CXX");
  return named && !named->empty() ? *named : std::string("c++");
}

Result<Compiler> find_compiler(platform::FileSystem& files, const std::string& command, const std::string& search_path,
                               const CompilerIdentity& known, std::int64_t now_ns,
                               const std::filesystem::path& scratch) {
  Compiler compiler{words_of(files, command), {}};
  std::vector<std::filesystem::path> programs;
  for (std::size_t i = 0; i < compiler.command.size(); ++i) {
    std::string& word = compiler.command[i];
    if (i > 0 && word.starts_with('-')) continue;
    auto path = look_up(files, word, search_path);
    if (!path && i > 0) continue;
    if (!path) {
      return fail(ErrorCode::not_found,
                  "there is no such C++ compiler; install one (Debian: apt install g++), or set CXX to yours", word);
    }
    if (i == 0) word = path->string();
    programs.push_back(*std::move(path));
  }
  if (programs.empty()) {
    return fail(ErrorCode::not_found, "CXX names no compiler; set it to one, for example g++", command);
  }

  bool same = known.files.size() == programs.size() && !known.version.empty();
  for (std::size_t i = 0; i < programs.size(); ++i) {
    if (i < known.files.size() && known.files[i].path == programs[i]) {
      TrackedFile file = known.files[i];
      if (check_file(files, file, now_ns) != FileChange::changed) {
        compiler.identity.files.push_back(std::move(file));
        continue;
      }
    }
    same = false;
    STEPCACHE_TRY_ASSIGN(TrackedFile file, track_file(files, programs[i], now_ns));
    compiler.identity.files.push_back(std::move(file));
  }
  if (same && programs.size() == 1 && is_self_contained(files, programs.front())) {
    compiler.identity.version = known.version;
    return compiler;
  }
  STEPCACHE_TRY_ASSIGN(compiler.identity.version, ask_version(files, compiler.command, scratch));
  return compiler;
}

}  // namespace stepcache::program
