#include "cpp/src/stored_artifact.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <system_error>

#include "encoding/npy.h"
#include "encoding/tree.h"
#include "platform/unique_name.h"

namespace stepcache::detail {
namespace {

constexpr std::uint32_t k_file_mode = 0600;
constexpr std::uint32_t k_folder_mode = 0700;

template <class T>
T take(Result<T> result) {
  if (!result) throw UnreadableValue(to_string(result.error()));
  return *std::move(result);
}

}  // namespace

// --- ReadableCopies ---

ReadableCopies::~ReadableCopies() {
  // What cannot be removed lies in the temporary folder, which is garbage after the run.
  for (const auto& path : made_) (void)platform::remove_tree(files_, path).has_value();
}

Result<void> ReadableCopies::write(const std::filesystem::path& path, Bytes bytes) {
  STEPCACHE_TRY_ASSIGN(const auto file, files_.create(path, k_file_mode));
  STEPCACHE_TRY(file->append(bytes));
  return file->close();
}

Result<std::filesystem::path> ReadableCopies::file(const execution::StoredBytes& stored) {
  if (const auto* path = std::get_if<std::filesystem::path>(&stored.where)) return *path;
  // Named as an object of these bytes is: a step that looks at the name sees the same one in every run.
  constexpr std::size_t k_fan_out_digits = 2;
  const std::filesystem::path folder = temporary_folder_ / platform::unique_name();
  made_.push_back(folder);
  STEPCACHE_TRY(files_.make_directories(folder, k_folder_mode));
  std::filesystem::path path = folder / stored.digest.hex().substr(k_fan_out_digits);
  STEPCACHE_TRY(write(path, as_bytes(std::get<std::string>(stored.where))));
  return path;
}

Result<std::filesystem::path> ReadableCopies::folder(const execution::StoredBytes& stored) {
  std::filesystem::path root = temporary_folder_ / platform::unique_name();
  made_.push_back(root);
  STEPCACHE_TRY(files_.make_directories(root, k_folder_mode));
  for (const auto& [name, part] : stored.parts) {
    const std::filesystem::path path = root / name;
    STEPCACHE_TRY(files_.make_directories(path.parent_path(), k_folder_mode));
    const auto* object = std::get_if<std::filesystem::path>(&part.where);
    // A tree within a folder is an empty sub-folder.
    const bool is_folder = object == nullptr && std::get<std::string>(part.where).starts_with(encoding::tree_prefix());
    if (is_folder && part.parts.empty()) {
      STEPCACHE_TRY(files_.make_directories(path, k_folder_mode));
    } else if (object != nullptr) {
      std::error_code error;
      std::filesystem::create_symlink(*object, path, error);
      if (error) return fail(ErrorCode::io, "a link cannot be made: " + error.message(), path.string());
    } else {
      STEPCACHE_TRY(write(path, as_bytes(std::get<std::string>(part.where))));
    }
  }
  return root;
}

// --- StoredArtifact ---

// The artifact's bytes from an offset on.
class StoredArtifact::Source final : public ByteSource {
 public:
  Source(const execution::StoredBytes& stored, platform::FileSystem& files, std::uint64_t offset)
      : stored_(stored), offset_(offset) {
    if (const auto* path = std::get_if<std::filesystem::path>(&stored.where)) file_ = take(files.open(*path));
  }

  std::uint64_t size() const override { return stored_.size_bytes - offset_; }

  void read_at(std::uint64_t offset, void* to, std::size_t size_bytes) override {
    if (offset > size() || size_bytes > size() - offset) {
      throw UnreadableValue(fmt::format("it ends after {} bytes, {} more were expected", stored_.size_bytes,
                                        offset + size_bytes - size()));
    }
    if (size_bytes == 0) return;
    std::uint64_t position = offset_ + offset;
    auto* next = static_cast<std::byte*>(to);
    if (!file_) {
      const std::string& content = std::get<std::string>(stored_.where);
      if (position + size_bytes > content.size()) throw UnreadableValue("it is shorter than its record says");
      std::memcpy(next, content.data() + position, size_bytes);
      return;
    }
    while (size_bytes > 0) {
      const std::size_t read = take(file_->read_at({next, size_bytes}, position));
      if (read == 0) throw UnreadableValue("it is shorter than its record says");
      next += read;
      position += read;
      size_bytes -= read;
    }
  }

 private:
  const execution::StoredBytes& stored_;
  std::uint64_t offset_;
  std::unique_ptr<platform::ReadableFile> file_;
};

StoredArtifact::StoredArtifact(const execution::StoredBytes& stored, platform::FileSystem& files,
                               ReadableCopies& copies)
    : stored_(stored), files_(files), copies_(copies) {}
StoredArtifact::~StoredArtifact() = default;

ByteSource& StoredArtifact::bytes() {
  if (!whole_) whole_ = std::make_unique<Source>(stored_, files_, 0);
  return *whole_;
}

StructuredReader StoredArtifact::structured() {
  if (!json_) {
    const encoding::JsonLimits limits{encoding::k_json_depth_limit, std::numeric_limits<std::size_t>::max()};
    if (const auto* content = std::get_if<std::string>(&stored_.where)) {
      json_ = take(encoding::parse_json(*content, limits));
    } else {
      std::string text(static_cast<std::size_t>(stored_.size_bytes), '\0');
      bytes().read_at(0, text.data(), text.size());
      json_ = take(encoding::parse_json(text, limits));
    }
  }
  return {&*json_, StructuredReader::Origin::json};
}

ArrayShape StoredArtifact::array_shape(ArrayType type) {
  std::vector<std::byte> head(
      static_cast<std::size_t>(std::min<std::uint64_t>(stored_.size_bytes, encoding::k_most_npy_header_bytes)));
  bytes().read_at(0, head.data(), head.size());
  const encoding::NpyHeader header = take(encoding::decode_npy_header(head));
  const encoding::ArrayType wanted{type.kind, type.size_bytes};
  if (header.type != wanted) {
    throw UnreadableValue(
        fmt::format("it is an array of {}, not of {}", encoding::name(header.type), encoding::name(wanted)));
  }
  const std::uint64_t size_bytes = take(encoding::data_size_bytes(header.type, header.shape));
  if (size_bytes != stored_.size_bytes - header.data_offset) {
    throw UnreadableValue(fmt::format("its elements take {} bytes, but {} are there", size_bytes,
                                      stored_.size_bytes - header.data_offset));
  }
  elements_ = std::make_unique<Source>(stored_, files_, header.data_offset);
  return {header.shape.dimensions, header.shape.fortran_order};
}

ByteSource& StoredArtifact::array_elements() { return *elements_; }

std::size_t StoredArtifact::part_count() { return stored_.parts.size(); }

ArtifactReader* StoredArtifact::find_part(std::string_view name) {
  const auto found = std::lower_bound(stored_.parts.begin(), stored_.parts.end(), name,
                                      [](const auto& part, std::string_view wanted) { return part.name < wanted; });
  if (found == stored_.parts.end() || found->name != name) return nullptr;
  part_ = std::make_unique<StoredArtifact>(found->bytes, files_, copies_);
  return part_.get();
}

std::filesystem::path StoredArtifact::file() { return take(copies_.file(stored_)); }

std::filesystem::path StoredArtifact::folder() { return take(copies_.folder(stored_)); }

}  // namespace stepcache::detail
