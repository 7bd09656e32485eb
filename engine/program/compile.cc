#include "program/compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <optional>
#include <system_error>
#include <utility>

#include "digest/field_hasher.h"
#include "platform/process.h"
#include "platform/unique_name.h"
#include "program/build_record.h"
#include "program/compiler.h"
#include "program/dependency_file.h"
#include "program/linker.h"
#include "program/program.h"
#include "program/tracked_file.h"
#include "program/user_arguments.h"

namespace stepcache::program {
namespace {

constexpr std::uint32_t k_folder_mode = 0700;
constexpr std::uint32_t k_file_mode = 0600;
constexpr std::uint64_t k_output_limit_bytes = 64U << 20U;

// What GCC and clang take from the environment.
constexpr std::array k_heeded_variables = {"CPATH",        "CPLUS_INCLUDE_PATH", "C_INCLUDE_PATH",
                                           "LIBRARY_PATH", "COMPILER_PATH",      "GCC_EXEC_PREFIX",
                                           "LD_RUN_PATH",  "SOURCE_DATE_EPOCH"};

// The source's name as far as it is plain: for people who look into the folder.
std::string plain_stem(const std::filesystem::path& source) {
  constexpr std::size_t k_longest = 40;
  std::string stem = source.stem().string().substr(0, k_longest);
  for (char& c : stem) {
    const bool plain =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
    if (!plain) c = '_';
  }
  return stem.empty() ? "pipeline" : stem;
}

bool is_under(const std::filesystem::path& path, const std::filesystem::path& folder) {
  return path.native().starts_with((folder / "").native());
}

class Build {
 public:
  Build(const CompileContext& context, std::filesystem::path source, const std::vector<std::string>& arguments)
      : context_(context), files_(context.files), source_(std::move(source)), arguments_(arguments) {}

  Result<CompiledProgram> run() && {
    STEPCACHE_TRY(prepare());
    now_ns_ = context_.clock.wall_ns();
    std::optional<BuildRecord> record = read_record();
    STEPCACHE_TRY(identify(record));
    if (record && is_current(*record)) {
      if (!renewed_) return result();
    } else {
      record.reset();
    }
    auto lock = context_.locks.lock(context_.lock_offset, platform::LockKind::exclusive, context_.lock_timeout);
    if (!lock) {
      // Being current does not depend on writing down that it is.
      if (record) return result();
      if (lock.error().code != ErrorCode::busy) return fail(lock.error());
      return fail(ErrorCode::busy,
                  "another process has been compiling a pipeline in this workspace all the while; try again",
                  source_.string());
    }
    // Others may have built it while this process waited.
    now_ns_ = context_.clock.wall_ns();
    record = read_record();
    if (record && is_current(*record)) {
      if (renewed_) (void)write(*record);
      return result();
    }
    return build(record ? *std::move(record) : BuildRecord());
  }

 private:
  // --- what is to be built

  Result<void> prepare() {
    if (!is_cpp_source(source_)) {
      return fail(ErrorCode::invalid_argument, "this is no C++ source (.cpp, .cc, .cxx)", source_.string());
    }
    const auto info = files_.stat(source_);
    if (!info && info.error().code == ErrorCode::not_found) {
      return fail(ErrorCode::not_found, "there is no such file to compile", source_.string());
    }
    if (!info) return fail(info.error());
    STEPCACHE_TRY_ASSIGN(user_, sort_arguments(files_, arguments_));
    std::erase(user_.sources, source_);
    sources_ = {source_};
    sources_.insert(sources_.end(), user_.sources.begin(), user_.sources.end());

    FieldHasher hasher;
    hasher.begin("program").text(source_.native());
    for (const std::string& argument : arguments_) hasher.text(argument);
    std::error_code code;
    if (user_.relative) hasher.begin("folder").text(std::filesystem::current_path(code).native()).end();
    hasher.end();
    name_ = plain_stem(source_);
    folder_ = absolute_path(context_.folder) / (name_ + "-" + hasher.finish().short_hex());
    return files_.make_directories(folder_, k_folder_mode);
  }

  Result<void> identify(const std::optional<BuildRecord>& record) {
    const std::filesystem::path scratch = folder_ / ("version." + platform::unique_name());
    STEPCACHE_TRY_ASSIGN(compiler_, find_compiler(files_, context_.compiler, context_.search_path,
                                                  record ? record->compiler : CompilerIdentity(), now_ns_, scratch));
    renewed_ = record && record->compiler.files.size() == compiler_.identity.files.size() &&
               !std::equal(record->compiler.files.begin(), record->compiler.files.end(),
                           compiler_.identity.files.begin(), [](const TrackedFile& a, const TrackedFile& b) {
                             return a.identity == b.identity && a.settled == b.settled;
                           });
    // A response file counts by what it holds.
    for (const std::string& argument : arguments_) {
      if (!argument.starts_with('@')) continue;
      const auto content = platform::read_whole(files_, argument.substr(1));
      response_files_ += content ? *content : std::string();
    }
    return identify_linker(record);
  }

  // Asks the compiler, unless the last build asked the same. An SDK that tells no linkers apart needs no answer.
  Result<void> identify_linker(const std::optional<BuildRecord>& record) {
    if (context_.sdk.link_arguments_of.empty()) return {};
    std::vector<std::string> command = compiler_.command;
    command.insert(command.end(), user_.link.begin(), user_.link.end());
    FieldHasher hasher;
    hasher.begin("linker").digest(digest_of(command, {})).text(context_.search_path).end();
    linker_question_ = hasher.finish();
    if (record && record->linker_question == linker_question_) {
      linker_ = record->linker;
      return {};
    }
    STEPCACHE_TRY_ASSIGN(linker_, find_linker(files_, command, folder_ / ("linker." + platform::unique_name())));
    return {};
  }

  bool must_be_coarse() const {
    return asks_for_stripping(user_.link) || mold_would_fail();
  }
  bool mold_would_fail() const {
    return linker_ == k_mold && is_gcc(compiler_.identity.version) && asks_for_a_fixed_address(user_.link);
  }

  std::vector<std::string> compile_command() const {
    std::vector<std::string> command = compiler_.command;
    command.insert(command.end(), {"-std=c++20", "-O2"});
    command.insert(command.end(), context_.sdk.compile_arguments.begin(), context_.sdk.compile_arguments.end());
    if (is_gcc(compiler_.identity.version)) {
      command.insert(command.end(), context_.sdk.compile_arguments_of_gcc.begin(),
                     context_.sdk.compile_arguments_of_gcc.end());
    }
    // __FILE__ relative to the source's folder: a clone elsewhere gives the same program. The option ends at the first
    // '='.
    const std::string folder = (source_.parent_path() / "").string();
    if (folder.find('=') == std::string::npos) command.push_back("-fmacro-prefix-map=" + folder + "=");
    command.insert(command.end(), user_.compile.begin(), user_.compile.end());
    return command;
  }

  std::vector<std::string> link_command() const {
    std::vector<std::string> command = compiler_.command;
    command.emplace_back("-O2");
    for (std::size_t i = 0; i < sources_.size(); ++i) command.push_back(object_path(i).string());
    command.insert(command.end(), user_.link.begin(), user_.link.end());
    const auto more = context_.sdk.link_arguments_of.find(must_be_coarse() ? k_other_linker : linker_);
    if (more != context_.sdk.link_arguments_of.end()) {
      command.insert(command.end(), more->second.begin(), more->second.end());
    }
    command.insert(command.end(), context_.sdk.link_arguments.begin(), context_.sdk.link_arguments.end());
    return command;
  }

  Digest digest_of(const std::vector<std::string>& command, const std::filesystem::path& input) const {
    FieldHasher hasher;
    hasher.begin("command");
    for (const std::string& word : command) hasher.text(word);
    hasher.end().text(input.native()).digest(context_.sdk.digest).text(response_files_);
    for (const TrackedFile& file : compiler_.identity.files) hasher.text(file.path.native()).digest(file.digest);
    hasher.text(compiler_.identity.version);
    for (const char* variable : k_heeded_variables) {
      const auto value = platform::environment_variable(variable);
      value ? hasher.text(*value) : hasher.none();
    }
    return hasher.finish();
  }

  std::filesystem::path object_path(std::size_t i) const { return folder_ / fmt::format("{}.o", i); }
  std::filesystem::path program_path() const { return folder_ / name_; }
  std::filesystem::path record_path() const { return folder_ / "build.json"; }

  // --- what there is

  std::optional<BuildRecord> read_record() {
    const auto text = platform::read_whole(files_, record_path());
    return text ? decode(*text) : std::nullopt;
  }

  Result<void> write(BuildRecord& record) {
    record.compiler = compiler_.identity;
    record.linker_question = linker_question_;
    record.linker = linker_;
    return platform::replace_file(files_, record_path(), as_bytes(encode(record)), k_file_mode);
  }

  bool is_same(TrackedFile& file) {
    const FileChange change = check_file(files_, file, now_ns_);
    renewed_ |= change == FileChange::renewed;
    if (change == FileChange::changed) because(file.path.string() + " changed");
    return change != FileChange::changed;
  }
  bool are_same(std::vector<TrackedFile>& list) {
    return std::all_of(list.begin(), list.end(), [this](TrackedFile& file) { return is_same(file); });
  }
  void because(std::string reason) {
    if (reason_.empty()) reason_ = std::move(reason);
  }

  bool is_source_same(BuildRecord::Object& object, std::size_t i) {
    if (object.command != digest_of(compile_command(), sources_[i])) {
      because("the compiler, its arguments or the SDK changed");
      return false;
    }
    return !object.inputs.empty() && are_same(object.inputs);
  }
  bool is_link_same(BuildRecord& record) {
    if (record.link_command != digest_of(link_command(), {})) return false;
    return are_same(record.link_inputs) && is_same(record.program);
  }

  bool is_current(BuildRecord& record) {
    reason_.clear();
    if (record.objects.size() != sources_.size()) return false;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      if (!is_source_same(record.objects[i], i)) return false;
    }
    return is_link_same(record);
  }

  CompiledProgram result() {
    const bool built = linked_ || !compiled_.empty();
    return {program_path(), std::move(compiled_), linked_, built ? reason_ : std::string()};
  }

  // --- building

  Result<CompiledProgram> build(BuildRecord record) {
    if (record.objects.empty()) because("it had not been compiled yet");
    record.objects.resize(sources_.size());
    bool objects_differ = false;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      BuildRecord::Object& object = record.objects[i];
      const Digest before = object.object.digest;
      if (!is_source_same(object, i) || !is_same(object.object)) {
        if (auto compiled = compile(object, i); !compiled) return keep_objects(std::move(record), compiled.error());
      }
      objects_differ |= object.object.digest != before;
    }
    if (objects_differ || !is_link_same(record)) {
      if (auto linked = link(record); !linked) return keep_objects(std::move(record), linked.error());
    }
    STEPCACHE_TRY(write(record));
    because("it changed");
    return result();
  }

  // What did compile need not be compiled again; the program is not what these objects give.
  tl::unexpected<Error> keep_objects(BuildRecord record, Error error) {
    if (!compiled_.empty()) {
      record.link_command = Digest();
      (void)write(record);
    }
    return fail(std::move(error));
  }

  // The file system's own time, to which the times of files can be compared.
  Result<std::int64_t> file_time() {
    const std::filesystem::path mark = folder_ / "started";
    STEPCACHE_TRY(files_.remove(mark));
    STEPCACHE_TRY_ASSIGN(const auto file, files_.create(mark, k_file_mode));
    STEPCACHE_TRY(file->close());
    STEPCACHE_TRY_ASSIGN(const auto info, files_.stat(mark));
    return info.identity.mtime_ns;
  }

  Result<void> compile(BuildRecord::Object& object, std::size_t i) {
    constexpr int k_attempts = 3;
    const std::filesystem::path made = object_path(i).string() + ".new";
    const std::filesystem::path read = folder_ / fmt::format("{}.d", i);
    std::vector<std::string> command = compile_command();
    object.command = digest_of(command, sources_[i]);
    command.insert(command.end(),
                   {"-MD", "-MF", read.string(), "-MT", "x", "-c", sources_[i].string(), "-o", made.string()});
    for (int attempt = 1;; ++attempt) {
      STEPCACHE_TRY_ASSIGN(const std::int64_t started_ns, file_time());
      STEPCACHE_TRY(run_compiler(command, sources_[i], "does not compile"));
      STEPCACHE_TRY_ASSIGN(const std::string dependencies, platform::read_whole(files_, read));
      object.inputs.clear();
      bool moved = false;
      for (const std::string& name : parse_compiler_dependencies(dependencies)) {
        auto file = track_file(files_, absolute_path(name), context_.clock.wall_ns());
        // What was edited while the compiler read it may not be what it read. In the end it counts as unknown content.
        if (!file || file->identity.ctime_ns > started_ns) {
          moved = true;
          file = TrackedFile{absolute_path(name), {}, {}, false};
        }
        object.inputs.push_back(*std::move(file));
      }
      if (!moved || attempt == k_attempts) break;
    }
    STEPCACHE_TRY(files_.rename(made, object_path(i)));
    STEPCACHE_TRY_ASSIGN(object.object, track_file(files_, object_path(i), context_.clock.wall_ns()));
    compiled_.push_back(sources_[i]);
    return {};
  }

  Result<void> link(BuildRecord& record) {
    const std::filesystem::path made = program_path().string() + ".new";
    const std::filesystem::path read = folder_ / "link.d";
    std::vector<std::string> command = link_command();
    record.link_command = digest_of(command, {});
    // Other linkers may not know the option; then only libraries named by path are watched.
    const bool tells = linker_.empty()
                           ? std::none_of(command.begin(), command.end(),
                                          [](const std::string& argument) {
                                            return argument == "-fuse-ld=gold" || argument == "-fuse-ld=mold";
                                          })
                           : linker_ == k_bfd || linker_ == k_lld;
    if (mold_would_fail()) {
      std::fputs(
          "stepcache: mold cannot keep relocations of what g++ compiles for a fixed address, so each edit reruns all "
          "steps; leave out -no-pie, or use another linker\n",
          stderr);
    }
    STEPCACHE_TRY(files_.remove(read));
    if (tells) command.insert(command.end(), {"-Xlinker", "--dependency-file=" + read.string()});
    command.insert(command.end(), {"-o", made.string()});
    STEPCACHE_TRY(run_compiler(command, source_, "does not link"));
    STEPCACHE_TRY(track_link_inputs(record, read));
    STEPCACHE_TRY(files_.sync_file(made));
    STEPCACHE_TRY(files_.rename(made, program_path()));
    STEPCACHE_TRY_ASSIGN(record.program, track_file(files_, program_path(), context_.clock.wall_ns()));
    linked_ = true;
    return {};
  }

  Result<void> track_link_inputs(BuildRecord& record, const std::filesystem::path& read) {
    std::vector<std::string> names;
    if (const auto text = platform::read_whole(files_, read)) names = parse_linker_dependencies(*text);
    for (const auto& file : user_.link_files) names.push_back(file.string());
    const std::vector<std::string> command = link_command();
    for (std::size_t i = compiler_.command.size(); i < command.size(); ++i) {
      const std::string& argument = command[i];
      if (argument.starts_with('/')) names.push_back(argument);
      if (argument.starts_with("-T/")) names.push_back(argument.substr(2));
    }
    record.link_inputs.clear();
    std::vector<std::filesystem::path> seen;
    for (const std::string& name : names) {
      const std::filesystem::path path = absolute_path(name);
      if (is_under(path, folder_) || std::find(seen.begin(), seen.end(), path) != seen.end()) continue;
      seen.push_back(path);
      // Some are gone already: temporary files of link-time optimisation, made of the objects.
      auto file = track_file(files_, path, context_.clock.wall_ns());
      if (file) record.link_inputs.push_back(*std::move(file));
    }
    return {};
  }

  Result<void> run_compiler(const std::vector<std::string>& arguments, const std::filesystem::path& source,
                            std::string_view refusal) {
    platform::Command command;
    command.arguments = arguments;
    command.standard_output = folder_ / "output";  // standard output belongs to the surface
    STEPCACHE_TRY_ASSIGN(const platform::ExitStatus status, platform::run_process(command));
    if (const auto output = platform::read_whole(files_, command.standard_output, k_output_limit_bytes)) {
      std::fwrite(output->data(), 1, output->size(), stderr);
    }
    (void)files_.remove(command.standard_output);
    if (status.signal == SIGINT || status.signal == SIGTERM) {
      return fail(ErrorCode::cancelled, "stopped while compiling", source.string());
    }
    if (status.signal != 0) {
      return fail(ErrorCode::io,
                  fmt::format("the compiler was killed by signal {}; is there too little memory?", status.signal),
                  source.string());
    }
    if (status.status != 0) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("{}; the messages above are {}'s", refusal, arguments.front()), source.string());
    }
    return {};
  }

  const CompileContext& context_;
  platform::FileSystem& files_;
  std::filesystem::path source_;
  const std::vector<std::string>& arguments_;
  UserArguments user_;
  std::vector<std::filesystem::path> sources_;
  std::string name_;
  std::filesystem::path folder_;
  Compiler compiler_;
  Digest linker_question_;
  std::string linker_;
  std::string response_files_;
  std::int64_t now_ns_ = 0;
  bool renewed_ = false;
  std::string reason_;
  std::vector<std::filesystem::path> compiled_;
  bool linked_ = false;
};

}  // namespace

Result<CompiledProgram> compile_program(const CompileContext& context, const std::filesystem::path& source,
                                        const std::vector<std::string>& extra_arguments) {
  return Build(context, absolute_path(source), extra_arguments).run();
}

}  // namespace stepcache::program
