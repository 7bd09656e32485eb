#include "workspace/workspace.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "artifact_store/local_store.h"
#include "metadata/sqlite/sqlite_metadata_store.h"
#include "platform/process.h"
#include "platform/unique_name.h"
#include "workspace/workspace_parts.h"

namespace stepcache::workspace {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view k_format_line = "stepcache workspace 1\n";
constexpr std::uint32_t k_private = 0700;
constexpr std::uint32_t k_private_file = 0600;
constexpr std::uint32_t k_writable_by_others = 0022;

Result<void> fill_folder(platform::FileSystem& files, const fs::path& folder) {
  STEPCACHE_TRY(files.make_directories(folder, k_private));
  for (const char* name : {"objects", "tmp", "logs"}) STEPCACHE_TRY(files.make_directories(folder / name, k_private));
  struct Text {
    const char* name;
    std::string_view content;
  };
  constexpr std::array k_texts = {
      Text{".gitignore", "*\n"},
      Text{"CACHEDIR.TAG",
           "Signature: 8a477f597d28d172789f06886806bc55\n# This folder is a cache made by Stepcache.\n"},
      Text{"format", k_format_line},
  };
  for (const Text& text : k_texts) {
    STEPCACHE_TRY(platform::replace_file(files, folder / text.name, as_bytes(text.content), k_private_file));
  }
  return {};
}

// Made whole under another name and then renamed: of two processes that make it at once one is first, and no third sees
// half of it.
Result<void> make_folder(platform::FileSystem& files, const fs::path& folder) {
  const fs::path whole = folder.string() + ".new-" + platform::unique_name();
  STEPCACHE_TRY(files.make_directories(folder.parent_path(), 0755));
  auto made = fill_folder(files, whole);
  if (made) made = files.rename(whole, folder);
  if (made) return {};
  (void)platform::remove_tree(files, whole);
  // Somebody else was first.
  if (files.stat(folder / "format")) return {};
  return made;
}

Result<void> check_format(platform::FileSystem& files, const fs::path& folder) {
  constexpr std::uint64_t k_longest = 256;
  const auto line = platform::read_whole(files, folder / "format", k_longest);
  if (line && *line == k_format_line) return {};
  if (!line && line.error().code != ErrorCode::not_found) return fail(line.error());
  if (!line || !line->starts_with("stepcache workspace ")) {
    return fail(
        ErrorCode::unsupported_format,
        "this folder is not a Stepcache workspace (its file `format` is missing or foreign): choose another with "
        "--workspace, or remove it",
        folder.string());
  }
  const std::string version = line->substr(20, line->find('\n') - 20);
  return fail(ErrorCode::unsupported_format,
              fmt::format("this workspace has format {}, and this program knows format 1: use a newer Stepcache, or "
                          "another folder with --workspace",
                          version),
              folder.string());
}

Result<void> check_owner(const platform::FileInfo& info, const fs::path& folder) {
  if ((info.mode & k_writable_by_others) == 0) return {};
  return fail(
      ErrorCode::invalid_argument,
      fmt::format("others can write this workspace (mode {:04o}), so what is in it cannot be trusted to be yours: "
                  "run `chmod 700` on it, after making sure that nobody did",
                  info.mode),
      folder.string());
}

// A run says `running` until its owner ends it; an owner that died holds its lock no more.
Result<void> mark_interrupted_runs(metadata::MetadataStore& metadata, platform::LockFile& locks,
                                   platform::Clock& clock) {
  STEPCACHE_TRY_ASSIGN(const auto running, metadata.running_runs());
  for (const metadata::RunRecord& run : running) {
    const auto lock = locks.try_lock(k_run_locks + static_cast<std::uint64_t>(run.id), platform::LockKind::exclusive);
    if (!lock) continue;
    STEPCACHE_TRY(metadata.set_run_status(run.id, metadata::RunStatus::interrupted, clock.wall_ns()));
  }
  return {};
}

}  // namespace

Result<Workspace> Workspace::open(const fs::path& folder, Access access, const Settings& settings) {
  platform::FileSystem& files = platform::real_file_system();
  platform::Clock& clock = platform::real_clock();
  auto info = files.stat(folder);
  if (!info && info.error().code != ErrorCode::not_found) return fail(info.error());
  if (!info) {
    if (access == Access::read) {
      return fail(ErrorCode::not_found,
                  "there is no workspace here yet: run a pipeline first, or name one with --workspace",
                  folder.string());
    }
    STEPCACHE_TRY(make_folder(files, folder));
    STEPCACHE_TRY_ASSIGN(info, files.stat(folder));
  }
  if (info->type != platform::FileType::directory) {
    return fail(ErrorCode::invalid_argument,
                "this is a file, and a workspace is a folder: remove it, or name another with --workspace",
                folder.string());
  }
  if (access == Access::write) {
    // An empty folder was made by the user, or by a process that died while making it.
    STEPCACHE_TRY_ASSIGN(const auto names, files.list(folder));
    if (names.empty()) STEPCACHE_TRY(make_folder(files, folder));
  }
  STEPCACHE_TRY(check_format(files, folder));
  if (access == Access::write) STEPCACHE_TRY(check_owner(*info, folder));

  auto parts = std::make_unique<Parts>();
  parts->folder = folder;
  parts->project = find_project(files, folder.parent_path());
  parts->settings = settings;
  parts->files = &files;
  parts->clock = &clock;
  metadata::SqliteOptions options;
  options.path = folder / "metadata.db";
  options.read_only = access == Access::read;
  options.busy_timeout_ms = static_cast<int>(settings.busy_timeout_ms);
  STEPCACHE_TRY_ASSIGN(parts->metadata, metadata::open_sqlite_store(options));
  parts->artifacts = artifact_store::open_local_store(folder, files, clock);
  if (access == Access::write) {
    STEPCACHE_TRY_ASSIGN(parts->locks, platform::open_lock_file(folder / "locks"));
    STEPCACHE_TRY(mark_interrupted_runs(*parts->metadata, *parts->locks, clock));
  }
  return Workspace(std::move(parts));
}

Workspace::Workspace(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Workspace::~Workspace() = default;
Workspace::Workspace(Workspace&&) noexcept = default;
Workspace& Workspace::operator=(Workspace&&) noexcept = default;

const fs::path& Workspace::folder() const { return parts_->folder; }
const fs::path& Workspace::project() const { return parts_->project; }
const Settings& Workspace::settings() const { return parts_->settings; }
metadata::MetadataStore& Workspace::metadata() { return *parts_->metadata; }
artifact_store::ArtifactStore& Workspace::artifacts() { return *parts_->artifacts; }
platform::FileSystem& Workspace::files() { return *parts_->files; }
platform::Clock& Workspace::clock() { return *parts_->clock; }
platform::LockFile& Workspace::locks() { return *parts_->locks; }

fs::path locate(platform::FileSystem& files, const std::string& option, const fs::path& start) {
  if (!option.empty()) return (start / option).lexically_normal();
  if (const auto variable = platform::environment_variable("STEPCACHE_WORKSPACE"); variable && !variable->empty()) {
    return (start / *variable).lexically_normal();
  }
  for (fs::path at = start;; at = at.parent_path()) {
    if (files.stat(at / ".stepcache")) return at / ".stepcache";
    if (at == at.parent_path()) break;
  }
  return start / ".stepcache";
}

}  // namespace stepcache::workspace
