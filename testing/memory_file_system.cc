#include "testing/memory_file_system.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <mutex>
#include <random>
#include <utility>

#include "platform/system_error.h"
#include "testing/memory_disk.h"

namespace stepcache::testing {

using platform::FileInfo;
using platform::ReadableFile;
using platform::system_error;
using platform::WritableFile;
using std::filesystem::path;
using Kind = MemoryNode::Kind;

namespace {

constexpr std::uint32_t k_may_read = 0400;
constexpr std::uint32_t k_may_change = 0200;
constexpr std::uint32_t k_permission_bits = 07777;

void require(bool possible) {
  if (!possible) std::abort();
}

}  // namespace

// Everything behind one mutex. Public functions lock, the functions here expect it locked.
struct MemoryFileSystem::State {
  explicit State(platform::Clock& the_clock) : clock(the_clock) {}

  std::mutex mutex;
  platform::Clock& clock;
  MemoryDisk disk;
  std::map<std::string, Accesses> accesses;  // by normal path
  std::uint64_t operations = 0;
  std::vector<Fault> faults;
  std::optional<std::uint64_t> free_bytes;
  bool read_only = false;
  std::uint64_t power_cuts = 0;  // files opened before the last one are dead

  Accesses& count(const path& name) { return accesses[MemoryDisk::normal(name).native()]; }

  // Numbers an operation; the fault that strikes it, or null.
  const Fault* next_operation() {
    ++operations;
    for (const Fault& fault : faults) {
      if (fault.operation == operations || (fault.from_then_on && fault.operation < operations)) return &fault;
    }
    return nullptr;
  }

  static Error error_of(const Fault& fault, const path& name) {
    Error error = fault.error;
    if (error.where.empty()) error.where = name.native();
    return error;
  }

  // Begins an operation that changes the name, or says why it fails.
  Result<void> begin_change(const char* action, const path& name) {
    ++count(name).changes;
    if (const Fault* fault = next_operation()) return fail(error_of(*fault, name));
    if (read_only) return fail(system_error(EROFS, action, name));
    return {};
  }

  Result<void> begin_sync(const path& name) {
    ++count(name).syncs;
    if (const Fault* fault = next_operation()) return fail(error_of(*fault, name));
    return {};
  }

  // The directory in which a name is to be changed.
  MemoryDisk::Found changeable_parent(const path& name) const {
    MemoryDisk::Found found = disk.parent(name);
    if (found.error == 0 && (found.node->mode & k_may_change) == 0) return {nullptr, EACCES};
    return found;
  }

  void touch(MemoryNode& directory) const { directory.mtime_ns = directory.ctime_ns = clock.wall_ns(); }

  void give_back(const MemoryNode& node) {
    if (free_bytes && node.kind == Kind::file) *free_bytes += node.content.size();
  }

  // A file or link as another program makes it: on the medium, with its folders.
  MemoryNodePtr place(const path& name, Kind kind, std::uint32_t mode) {
    const path normal = MemoryDisk::normal(name);
    MemoryNodePtr folder = disk.find("/", true).node;
    path reached = "/";
    for (const path& part : normal.parent_path().relative_path()) {
      reached /= part;
      const MemoryDisk::Found found = disk.find(reached, true);
      require(found.error == 0 || found.error == ENOENT);
      MemoryNodePtr next = found.node;
      if (!next) next = disk.add(*folder, part.native(), Kind::directory, 0755, clock.wall_ns());
      require(next->kind == Kind::directory);
      folder->durable_names[part.native()] = next;
      folder = next;
    }
    const MemoryDisk::Found found = disk.find(normal, true);
    MemoryNodePtr node = found.node;
    if (!node) node = disk.add(*folder, normal.filename().native(), kind, mode, clock.wall_ns());
    require(node->kind == kind);
    folder->durable_names[normal.filename().native()] = folder->names[normal.filename().native()];
    return node;
  }
};

class MemoryFileSystem::OpenReader final : public ReadableFile {
 public:
  OpenReader(std::shared_ptr<State> state, MemoryNodePtr node, path name)
      : state_(std::move(state)), node_(std::move(node)), name_(std::move(name)), opened_at_(state_->power_cuts) {}

  Result<std::size_t> read_at(std::span<std::byte> buffer, std::uint64_t offset) override {
    const std::scoped_lock lock(state_->mutex);
    if (opened_at_ != state_->power_cuts) return fail(system_error(EIO, "read", name_));
    Accesses& accesses = state_->count(name_);
    ++accesses.reads;
    if (offset >= node_->content.size()) return std::size_t{0};
    const auto start = static_cast<std::size_t>(offset);
    const std::size_t size = std::min(buffer.size(), node_->content.size() - start);
    const Bytes bytes = as_bytes(std::string_view(node_->content).substr(start, size));
    std::copy(bytes.begin(), bytes.end(), buffer.begin());
    accesses.bytes_read += size;
    return size;
  }

  Result<FileInfo> info() override {
    const std::scoped_lock lock(state_->mutex);
    if (opened_at_ != state_->power_cuts) return fail(system_error(EIO, "look at", name_));
    return node_->info();
  }

 private:
  std::shared_ptr<State> state_;
  MemoryNodePtr node_;
  path name_;
  std::uint64_t opened_at_;
};

class MemoryFileSystem::OpenWriter final : public WritableFile {
 public:
  OpenWriter(std::shared_ptr<State> state, MemoryNodePtr node, path name)
      : state_(std::move(state)), node_(std::move(node)), name_(std::move(name)), opened_at_(state_->power_cuts) {}

  Result<void> append(Bytes bytes) override {
    const std::scoped_lock lock(state_->mutex);
    STEPCACHE_TRY(check_alive("write"));
    ++state_->count(name_).changes;
    if (const Fault* fault = state_->next_operation()) {
      write(bytes.first(std::min<std::uint64_t>(bytes.size(), fault->short_write_bytes)));
      return fail(State::error_of(*fault, name_));
    }
    if (state_->free_bytes && bytes.size() > *state_->free_bytes) {
      write(bytes.first(static_cast<std::size_t>(*state_->free_bytes)));
      return fail(system_error(ENOSPC, "write", name_));
    }
    write(bytes);
    return {};
  }

  Result<void> sync() override {
    const std::scoped_lock lock(state_->mutex);
    STEPCACHE_TRY(check_alive("sync"));
    STEPCACHE_TRY(state_->begin_sync(name_));
    node_->durable_content = node_->content;
    return {};
  }

  Result<void> close() override {
    const std::scoped_lock lock(state_->mutex);
    STEPCACHE_TRY(check_alive("close"));
    closed_ = true;
    if (const Fault* fault = state_->next_operation()) return fail(State::error_of(*fault, name_));
    return {};
  }

 private:
  Result<void> check_alive(const char* action) const {
    if (closed_) return fail(system_error(EBADF, action, name_));
    if (opened_at_ != state_->power_cuts) return fail(system_error(EIO, action, name_));
    return {};
  }

  void write(Bytes bytes) {
    if (bytes.empty()) return;
    node_->content += as_text(bytes);
    node_->mtime_ns = node_->ctime_ns = state_->clock.wall_ns();
    if (state_->free_bytes) *state_->free_bytes -= bytes.size();
  }

  std::shared_ptr<State> state_;
  MemoryNodePtr node_;
  path name_;
  std::uint64_t opened_at_;
  bool closed_ = false;
};

MemoryFileSystem::MemoryFileSystem(platform::Clock& clock) : state_(std::make_shared<State>(clock)) {}
MemoryFileSystem::~MemoryFileSystem() = default;

// --- The contract

Result<FileInfo> MemoryFileSystem::stat(const path& name) {
  const std::scoped_lock lock(state_->mutex);
  ++state_->count(name).stats;
  const auto found = state_->disk.find(name, true);
  if (found.error != 0) return fail(system_error(found.error, "look at", name));
  return found.node->info();
}

Result<FileInfo> MemoryFileSystem::stat_link(const path& name) {
  const std::scoped_lock lock(state_->mutex);
  ++state_->count(name).stats;
  const auto found = state_->disk.find(name, false);
  if (found.error != 0) return fail(system_error(found.error, "look at", name));
  return found.node->info();
}

Result<std::unique_ptr<ReadableFile>> MemoryFileSystem::open(const path& name) {
  const std::scoped_lock lock(state_->mutex);
  ++state_->count(name).opens;
  const auto found = state_->disk.find(name, true);
  if (found.error != 0) return fail(system_error(found.error, "open", name));
  if (found.node->kind == Kind::directory) return fail(system_error(EISDIR, "open", name));
  if ((found.node->mode & k_may_read) == 0) return fail(system_error(EACCES, "open", name));
  return std::make_unique<OpenReader>(state_, found.node, name);
}

Result<std::unique_ptr<WritableFile>> MemoryFileSystem::create(const path& name, std::uint32_t mode) {
  const std::scoped_lock lock(state_->mutex);
  STEPCACHE_TRY(state_->begin_change("create", name));
  const auto folder = state_->changeable_parent(name);
  if (folder.error != 0) return fail(system_error(folder.error, "create", name));
  const std::string own_name = MemoryDisk::normal(name).filename().native();
  if (folder.node->names.contains(own_name)) return fail(system_error(EEXIST, "create", name));
  auto node = state_->disk.add(*folder.node, own_name, Kind::file, mode & k_permission_bits, state_->clock.wall_ns());
  return std::make_unique<OpenWriter>(state_, std::move(node), name);
}

Result<void> MemoryFileSystem::rename(const path& from, const path& to) {
  const std::scoped_lock lock(state_->mutex);
  ++state_->count(to).changes;
  const std::string action = "rename to " + to.native();
  STEPCACHE_TRY(state_->begin_change(action.c_str(), from));
  const auto refused = [&](int error) { return fail(system_error(error, action, from)); };
  const auto source_folder = state_->changeable_parent(from);
  if (source_folder.error != 0) return refused(source_folder.error);
  const auto target_folder = state_->changeable_parent(to);
  if (target_folder.error != 0) return refused(target_folder.error);
  const path normal_from = MemoryDisk::normal(from);
  const path normal_to = MemoryDisk::normal(to);
  const auto source = source_folder.node->names.find(normal_from.filename().native());
  if (source == source_folder.node->names.end()) return refused(ENOENT);
  const MemoryNodePtr node = source->second;
  if (node->kind == Kind::directory &&
      std::mismatch(normal_from.begin(), normal_from.end(), normal_to.begin(), normal_to.end()).first ==
          normal_from.end()) {
    if (normal_from == normal_to) return {};
    return refused(EINVAL);
  }
  const auto target = target_folder.node->names.find(normal_to.filename().native());
  if (target != target_folder.node->names.end()) {
    MemoryNode& replaced = *target->second;
    if (&replaced == node.get()) return {};
    if (replaced.kind == Kind::directory && node->kind != Kind::directory) return refused(EISDIR);
    if (replaced.kind != Kind::directory && node->kind == Kind::directory) return refused(ENOTDIR);
    if (!replaced.names.empty()) return refused(ENOTEMPTY);
    replaced.ctime_ns = state_->clock.wall_ns();
    state_->give_back(replaced);
  }
  source_folder.node->names.erase(source);
  target_folder.node->names[normal_to.filename().native()] = node;
  node->ctime_ns = state_->clock.wall_ns();
  state_->touch(*source_folder.node);
  state_->touch(*target_folder.node);
  return {};
}

Result<void> MemoryFileSystem::remove(const path& name) {
  const std::scoped_lock lock(state_->mutex);
  STEPCACHE_TRY(state_->begin_change("remove", name));
  const auto there = state_->disk.parent(name);
  if (there.error == ENOENT || there.error == ENOTDIR) return {};
  if (there.error != 0) return fail(system_error(there.error, "remove", name));
  const auto found = there.node->names.find(MemoryDisk::normal(name).filename().native());
  if (found == there.node->names.end()) return {};
  if ((there.node->mode & k_may_change) == 0) return fail(system_error(EACCES, "remove", name));
  if (!found->second->names.empty()) return fail(system_error(ENOTEMPTY, "remove", name));
  found->second->ctime_ns = state_->clock.wall_ns();
  state_->give_back(*found->second);
  there.node->names.erase(found);
  state_->touch(*there.node);
  return {};
}

Result<void> MemoryFileSystem::set_mode(const path& name, std::uint32_t mode) {
  const std::scoped_lock lock(state_->mutex);
  STEPCACHE_TRY(state_->begin_change("set the permissions", name));
  const auto found = state_->disk.find(name, true);
  if (found.error != 0) return fail(system_error(found.error, "set the permissions", name));
  found.node->mode = mode & k_permission_bits;
  found.node->ctime_ns = state_->clock.wall_ns();
  return {};
}

Result<void> MemoryFileSystem::make_directories(const path& name, std::uint32_t mode) {
  const std::scoped_lock lock(state_->mutex);
  ++state_->count(name).changes;
  if (const Fault* fault = state_->next_operation()) return fail(State::error_of(*fault, name));
  path reached = "/";
  for (const path& part : MemoryDisk::normal(name).relative_path()) {
    reached /= part;
    const auto found = state_->disk.find(reached, true);
    if (found.error == 0 && found.node->kind == Kind::directory) continue;
    const bool is_last = reached == MemoryDisk::normal(name);
    if (found.error == 0) return fail(system_error(is_last ? EEXIST : ENOTDIR, "make the folder", reached));
    if (found.error != ENOENT) return fail(system_error(found.error, "make the folder", reached));
    if (state_->read_only) return fail(system_error(EROFS, "make the folder", reached));
    const auto folder = state_->changeable_parent(reached);
    if (folder.error != 0) return fail(system_error(folder.error, "make the folder", reached));
    if (folder.node->names.contains(part.native())) return fail(system_error(EEXIST, "make the folder", reached));
    state_->disk.add(*folder.node, part.native(), Kind::directory, mode & k_permission_bits, state_->clock.wall_ns());
  }
  return {};
}

Result<std::vector<std::string>> MemoryFileSystem::list(const path& name) {
  const std::scoped_lock lock(state_->mutex);
  ++state_->count(name).lists;
  const auto found = state_->disk.find(name, true);
  if (found.error != 0) return fail(system_error(found.error, "list", name));
  if (found.node->kind != Kind::directory) return fail(system_error(ENOTDIR, "list", name));
  if ((found.node->mode & k_may_read) == 0) return fail(system_error(EACCES, "list", name));
  std::vector<std::string> names;
  names.reserve(found.node->names.size());
  for (const auto& [own_name, node] : found.node->names) names.push_back(own_name);
  return names;
}

Result<void> MemoryFileSystem::sync_file(const path& name) {
  const std::scoped_lock lock(state_->mutex);
  STEPCACHE_TRY(state_->begin_sync(name));
  const auto found = state_->disk.find(name, true);
  if (found.error != 0) return fail(system_error(found.error, "sync", name));
  if ((found.node->mode & k_may_read) == 0) return fail(system_error(EACCES, "sync", name));
  found.node->durable_content = found.node->content;
  return {};
}

Result<void> MemoryFileSystem::sync_directory(const path& name) {
  const std::scoped_lock lock(state_->mutex);
  STEPCACHE_TRY(state_->begin_sync(name));
  const auto found = state_->disk.find(name, true);
  if (found.error != 0) return fail(system_error(found.error, "sync the folder", name));
  if (found.node->kind != Kind::directory) return fail(system_error(ENOTDIR, "sync the folder", name));
  found.node->durable_names = found.node->names;
  return {};
}

// --- As another program would

void MemoryFileSystem::write(const path& name, std::string_view content, std::uint32_t mode) {
  const std::scoped_lock lock(state_->mutex);
  const MemoryNodePtr node = state_->place(name, Kind::file, mode);
  node->content = node->durable_content = std::string(content);
  node->mtime_ns = node->ctime_ns = state_->clock.wall_ns();
}

void MemoryFileSystem::make_link(const path& name, const path& target) {
  const std::scoped_lock lock(state_->mutex);
  require(state_->disk.find(name, false).node == nullptr);
  constexpr std::uint32_t k_link_mode = 0777;
  const auto node = state_->place(name, Kind::link, k_link_mode);
  node->content = node->durable_content = target.native();
}

std::optional<std::string> MemoryFileSystem::content(const path& name) const {
  const std::scoped_lock lock(state_->mutex);
  const auto found = state_->disk.find(name, true);
  if (!found.node || found.node->kind != Kind::file) return std::nullopt;
  return found.node->content;
}

bool MemoryFileSystem::exists(const path& name) const {
  const std::scoped_lock lock(state_->mutex);
  return state_->disk.find(name, true).node != nullptr;
}

std::vector<std::string> MemoryFileSystem::files_below(const path& name) const {
  const std::scoped_lock lock(state_->mutex);
  std::vector<std::string> files;
  std::vector<std::pair<path, MemoryNodePtr>> stack;
  if (auto found = state_->disk.find(name, true); found.node) stack.emplace_back(MemoryDisk::normal(name), found.node);
  while (!stack.empty()) {
    const auto [current, node] = std::move(stack.back());
    stack.pop_back();
    if (node->kind == Kind::file) files.push_back(current.native());
    for (const auto& [own_name, inside] : node->names) stack.emplace_back(current / own_name, inside);
  }
  std::sort(files.begin(), files.end());
  return files;
}

void MemoryFileSystem::flip_byte(const path& name, std::uint64_t offset) {
  const std::scoped_lock lock(state_->mutex);
  const auto found = state_->disk.find(name, true);
  require(found.node && offset < found.node->content.size());
  const auto place = static_cast<std::size_t>(offset);
  const auto flip = [](char& byte) { byte = static_cast<char>(static_cast<unsigned char>(byte) ^ 1U); };
  flip(found.node->content[place]);
  if (place < found.node->durable_content.size()) flip(found.node->durable_content[place]);
}

// --- What was done

Accesses MemoryFileSystem::accesses(const path& name) const {
  const std::scoped_lock lock(state_->mutex);
  const auto found = state_->accesses.find(MemoryDisk::normal(name).native());
  return found == state_->accesses.end() ? Accesses{} : found->second;
}

Accesses MemoryFileSystem::all_accesses() const {
  const std::scoped_lock lock(state_->mutex);
  Accesses all;
  for (const auto& [name, accesses] : state_->accesses) {
    all.stats += accesses.stats;
    all.opens += accesses.opens;
    all.reads += accesses.reads;
    all.bytes_read += accesses.bytes_read;
    all.lists += accesses.lists;
    all.changes += accesses.changes;
    all.syncs += accesses.syncs;
  }
  return all;
}

void MemoryFileSystem::forget_accesses() {
  const std::scoped_lock lock(state_->mutex);
  state_->accesses.clear();
}

std::uint64_t MemoryFileSystem::operations() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->operations;
}

// --- What goes wrong

void MemoryFileSystem::inject(Fault fault) {
  const std::scoped_lock lock(state_->mutex);
  state_->faults.push_back(std::move(fault));
}

void MemoryFileSystem::clear_faults() {
  const std::scoped_lock lock(state_->mutex);
  state_->faults.clear();
}

void MemoryFileSystem::set_free_bytes(std::optional<std::uint64_t> free_bytes) {
  const std::scoped_lock lock(state_->mutex);
  state_->free_bytes = free_bytes;
}

void MemoryFileSystem::set_read_only(bool read_only) {
  const std::scoped_lock lock(state_->mutex);
  state_->read_only = read_only;
}

void MemoryFileSystem::lose_unsynced() {
  const std::scoped_lock lock(state_->mutex);
  ++state_->power_cuts;
  state_->disk.cut_power({});
}

void MemoryFileSystem::lose_unsynced(std::uint64_t seed) {
  const std::scoped_lock lock(state_->mutex);
  ++state_->power_cuts;
  std::mt19937_64 random(seed);
  state_->disk.cut_power([&random](std::uint64_t alternatives) { return random() % alternatives; });
}

}  // namespace stepcache::testing
