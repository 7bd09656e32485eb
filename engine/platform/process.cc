#include "platform/process.h"

#include <fcntl.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "platform/descriptor.h"
#include "platform/file_system.h"
#include "platform/system_error.h"

namespace stepcache::platform {
namespace {

constexpr const char* k_own_program = "/proc/self/exe";
constexpr mode_t k_output_mode = 0666;  // less the umask, as a shell's redirection

// A command's texts as the system wants them; views into the strings held here.
class SystemTexts {
 public:
  explicit SystemTexts(const Command& command) : arguments_(command.arguments) {
    for (char** variable = environ; *variable != nullptr; ++variable) {
      const std::string_view text = *variable;
      const std::string_view name = text.substr(0, text.find('='));
      const bool replaced = std::any_of(command.environment.begin(), command.environment.end(),
                                        [&](const auto& setting) { return setting.first == name; });
      if (!replaced) environment_.emplace_back(text);
    }
    for (const auto& [name, value] : command.environment)
      environment_.push_back(std::string(name).append("=").append(value));
    argument_pointers_ = pointers_to(arguments_);
    environment_pointers_ = pointers_to(environment_);
  }
  SystemTexts(const SystemTexts&) = delete;
  SystemTexts& operator=(const SystemTexts&) = delete;

  char* const* arguments() { return argument_pointers_.data(); }
  char* const* environment() { return environment_pointers_.data(); }
  const char* program() const { return arguments_.front().c_str(); }

 private:
  static std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
  }

  std::vector<std::string> arguments_;
  std::vector<std::string> environment_;
  std::vector<char*> argument_pointers_;
  std::vector<char*> environment_pointers_;
};

// What the system would do silently wrong, or say without telling which part of the command it means.
Result<void> check(const Command& command) {
  if (command.arguments.empty() || command.arguments.front().empty()) {
    return fail(ErrorCode::not_found, "cannot run a command without a program");
  }
  const auto holds_nul = [](const std::string& text) { return text.find('\0') != std::string::npos; };
  if (std::any_of(command.arguments.begin(), command.arguments.end(), holds_nul) ||
      std::any_of(command.environment.begin(), command.environment.end(),
                  [&](const auto& setting) { return holds_nul(setting.first) || holds_nul(setting.second); })) {
    return fail(ErrorCode::io, "cannot run: an argument or variable holds a NUL byte", command.arguments.front());
  }
  if (!command.working_directory.empty()) {
    struct stat status{};
    if (::stat(command.working_directory.c_str(), &status) != 0) {
      return fail(system_error(errno, "enter the folder", command.working_directory));
    }
    if (!S_ISDIR(status.st_mode)) return fail(system_error(ENOTDIR, "enter the folder", command.working_directory));
  }
  return {};
}

// Where the command's outputs go; empty descriptors are inherited.
struct Outputs {
  Descriptor output;
  Descriptor error;
  bool same = false;
};

Result<Descriptor> open_output(const std::filesystem::path& name) {
  Descriptor file(retry_interrupted(
      [&] { return ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, k_output_mode); }));
  if (!file) return fail(system_error(errno, "write", name));
  return file;
}

Result<Outputs> open_outputs(const Command& command) {
  Outputs outputs;
  if (!command.standard_output.empty()) {
    STEPCACHE_TRY_ASSIGN(outputs.output, open_output(command.standard_output));
  }
  if (command.standard_error.empty()) return outputs;
  if (command.standard_error == command.standard_output) {
    outputs.same = true;  // one open file, so that the two do not write over each other
  } else {
    STEPCACHE_TRY_ASSIGN(outputs.error, open_output(command.standard_error));
  }
  return outputs;
}

// What posix_spawn is told; freed at the end.
class SpawnOptions {
 public:
  SpawnOptions() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    // The command starts with the usual signals, whatever this process or thread ignores or blocks.
    sigset_t blocked;
    sigset_t usual;
    ::sigemptyset(&blocked);
    ::sigemptyset(&usual);
    ::sigaddset(&usual, SIGPIPE);
    ::posix_spawnattr_setsigmask(&attributes_, &blocked);
    ::posix_spawnattr_setsigdefault(&attributes_, &usual);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnOptions() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnOptions(const SpawnOptions&) = delete;
  SpawnOptions& operator=(const SpawnOptions&) = delete;

  void redirect(int from, int to) { ::posix_spawn_file_actions_adddup2(&actions_, from, to); }
  void enter(const std::filesystem::path& folder) { ::posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str()); }
  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// Makes `target` mean what `source` means; remembers what it was and puts that back at the end.
class Redirection {
 public:
  Redirection(int source, int target) : target_(target), saved_(::fcntl(target, F_DUPFD_CLOEXEC, 3)) {
    ::dup2(source, target);
  }
  ~Redirection() {
    if (saved_) {
      ::dup2(saved_.get(), target_);
    } else {
      ::close(target_);
    }
  }
  Redirection(const Redirection&) = delete;
  Redirection& operator=(const Redirection&) = delete;

 private:
  int target_;
  Descriptor saved_;
};

}  // namespace

Result<std::filesystem::path> program_path() {
  std::string target(4096, '\0');
  while (true) {
    const ssize_t length = ::readlink(k_own_program, target.data(), target.size());
    if (length < 0) return fail(system_error(errno, "find the running program", k_own_program));
    if (static_cast<std::size_t>(length) < target.size()) {
      target.resize(static_cast<std::size_t>(length));
      break;
    }
    target.resize(target.size() * 2);
  }
  // A rebuild puts another file under this name while the old one runs on; its bytes are not those that run.
  struct stat running{};
  struct stat named{};
  if (::stat(k_own_program, &running) != 0 || ::stat(target.c_str(), &named) != 0 || running.st_dev != named.st_dev ||
      running.st_ino != named.st_ino) {
    return std::filesystem::path(k_own_program);
  }
  return std::filesystem::path(target);
}

std::optional<std::string> environment_variable(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

int process_id() { return ::getpid(); }

std::string user_name() {
  constexpr std::size_t k_most_bytes = std::size_t{1} << 14U;
  std::string buffer(k_most_bytes, '\0');
  passwd entry{};
  passwd* found = nullptr;
  const uid_t user = ::geteuid();
  if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
    return std::to_string(user);
  return entry.pw_name;
}

std::string boot_id() {
  constexpr std::uint64_t k_limit_bytes = 256;
  auto text = read_whole(real_file_system(), "/proc/sys/kernel/random/boot_id", k_limit_bytes);
  if (!text) return {};
  while (!text->empty() && text->back() == '\n') text->pop_back();
  return *std::move(text);
}

Result<ExitStatus> run_process(const Command& command) {
  STEPCACHE_TRY(check(command));
  STEPCACHE_TRY_ASSIGN(const Outputs outputs, open_outputs(command));
  SpawnOptions options;
  if (outputs.output) options.redirect(outputs.output.get(), STDOUT_FILENO);
  if (outputs.error) options.redirect(outputs.error.get(), STDERR_FILENO);
  if (outputs.same) options.redirect(outputs.output.get(), STDERR_FILENO);
  if (!command.working_directory.empty()) options.enter(command.working_directory);

  SystemTexts texts(command);
  pid_t child = 0;
  const int error = ::posix_spawnp(&child, texts.program(), options.actions(), options.attributes(), texts.arguments(),
                                   texts.environment());
  if (error != 0) return fail(system_error(error, "run", command.arguments.front()));

  int status = 0;
  if (retry_interrupted([&] { return ::waitpid(child, &status, 0); }) < 0) {
    return fail(system_error(errno, "wait for", command.arguments.front()));
  }
  if (WIFSIGNALED(status)) {
    constexpr int k_signal_base = 128;
    return ExitStatus{k_signal_base + WTERMSIG(status), WTERMSIG(status)};
  }
  return ExitStatus{WEXITSTATUS(status), 0};
}

Error replace_process(const Command& command) {
  if (auto checked = check(command); !checked) return checked.error();
  auto outputs = open_outputs(command);
  if (!outputs) return outputs.error();
  std::fflush(nullptr);
  std::cout.flush();
  std::clog.flush();

  Descriptor folder;
  if (!command.working_directory.empty()) {
    folder = Descriptor(::open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (::chdir(command.working_directory.c_str()) != 0) {
      return system_error(errno, "enter the folder", command.working_directory);
    }
  }
  int error = 0;
  {
    std::optional<Redirection> output;
    std::optional<Redirection> errors;
    if (outputs->output) output.emplace(outputs->output.get(), STDOUT_FILENO);
    if (outputs->error) errors.emplace(outputs->error.get(), STDERR_FILENO);
    if (outputs->same) errors.emplace(outputs->output.get(), STDERR_FILENO);
    SystemTexts texts(command);
    ::execvpe(texts.program(), texts.arguments(), texts.environment());
    error = errno;
  }
  Error refused = system_error(error, "run", command.arguments.front());
  if (folder && ::fchdir(folder.get()) != 0) refused.message += " (and the working directory could not be put back)";
  return refused;
}

}  // namespace stepcache::platform
