#include "cpp/src/staged_artifact.h"

#include <fmt/format.h>

#include <algorithm>

#include "encoding/npy.h"
#include "encoding/tree.h"

namespace stepcache::detail {
namespace {

constexpr int k_deepest_folder = 64;

}  // namespace

class StagedArtifact::Json final : public StructuredWriter {
 public:
  void null() override { writer.null(); }
  void boolean(bool value) override { writer.boolean(value); }
  void integer(std::int64_t value) override { writer.integer(value); }
  void natural(std::uint64_t value) override { writer.integer(value); }
  void real(double value) override { writer.real(value); }
  void real(float value) override { writer.real(value); }
  void text(std::string_view value) override { writer.text(value); }
  void begin_list() override { writer.begin_list(); }
  void end_list() override { writer.end_list(); }
  void begin_set() override { writer.begin_list(); }
  void end_set() override { writer.end_list(); }
  void begin_map() override { writer.begin_map(); }
  void key(std::string_view name) override { writer.key(name); }
  void end_map() override { writer.end_map(); }

  encoding::JsonWriter writer;
};

class StagedArtifact::Bytes final : public ByteSink {
 public:
  explicit Bytes(const StagingPlace& place) : writer(place.files, place.temporary_folder) {}
  void append(const void* bytes, std::size_t size) override {
    writer.append({static_cast<const std::byte*>(bytes), size});
  }

  execution::StagingWriter writer;
};

StagedArtifact::StagedArtifact(const StagingPlace& place) : place_(place) {}

StagedArtifact::~StagedArtifact() {
  if (whole_) execution::discard(place_.files, *whole_);
  for (const auto& [name, part] : parts_) execution::discard(place_.files, part);
}

StructuredWriter& StagedArtifact::structured() {
  json_ = std::make_unique<Json>();
  return *json_;
}

ByteSink& StagedArtifact::bytes() {
  bytes_ = std::make_unique<Bytes>(place_);
  return *bytes_;
}

ByteSink& StagedArtifact::array(ArrayType type, const ArrayShape& shape) {
  const std::string header =
      encoding::encode_npy_header({{type.kind, type.size_bytes}, {shape.dimensions, shape.fortran_order}, 0});
  ByteSink& sink = bytes();
  sink.append(header.data(), header.size());
  return sink;
}

void StagedArtifact::tree() { is_tree_ = true; }

ArtifactWriter& StagedArtifact::part(std::string_view name) {
  finish_part();
  is_tree_ = true;
  part_name_ = name;
  part_ = std::make_unique<StagedArtifact>(place_);
  return *part_;
}

void StagedArtifact::finish_part() {
  if (!part_) return;
  auto finished = part_->finish();
  part_.reset();
  if (finished) {
    parts_.push_back({std::move(part_name_), *std::move(finished)});
  } else if (!error_) {
    error_ = std::move(finished).error();
  }
}

void StagedArtifact::file(const std::filesystem::path& path) {
  auto staged = execution::stage_file(place_.files, place_.temporary_folder, place_.working_directory / path);
  if (staged) {
    whole_ = *std::move(staged);
  } else {
    error_ = std::move(staged).error();
  }
}

void StagedArtifact::output_file(const std::filesystem::path& path) {
  if (path.empty()) {
    error_ =
        Error{ErrorCode::step_failed, "an OutputFile without a path; give the path of the file that was written", {}};
    return;
  }
  file(path);
  if (whole_) whole_->output_file = path.native();
}

void StagedArtifact::folder(const std::filesystem::path& path) {
  is_folder_ = true;
  if (auto added = add_folder(place_.working_directory / path, "", 0); !added) error_ = std::move(added).error();
}

// Recursion is bounded; deeper folders are refused, as is a folder within itself by way of a link.
Result<void> StagedArtifact::add_folder(const std::filesystem::path& folder, const std::string& prefix, int depth) {
  if (depth > k_deepest_folder) {
    return fail(ErrorCode::step_failed, "the folder is nested too deeply, or holds a link to itself", folder.string());
  }
  STEPCACHE_TRY_ASSIGN(const auto names, place_.files.list(folder));
  for (const std::string& name : names) {
    const std::filesystem::path path = folder / name;
    STEPCACHE_TRY_ASSIGN(const auto info, place_.files.stat(path));
    if (info.type == platform::FileType::directory) {
      STEPCACHE_TRY(add_folder(path, prefix + name + "/", depth + 1));
    } else {
      STEPCACHE_TRY_ASSIGN(auto staged, execution::stage_file(place_.files, place_.temporary_folder, path));
      parts_.push_back({prefix + name, std::move(staged)});
    }
  }
  if (names.empty() && depth > 0) {
    StagedArtifact empty(place_);
    STEPCACHE_TRY_ASSIGN(auto staged, empty.finish_tree(true));
    parts_.push_back({prefix.substr(0, prefix.size() - 1), std::move(staged)});
  }
  return {};
}

Result<execution::StagedBytes> StagedArtifact::finish_tree(bool is_folder) {
  std::sort(parts_.begin(), parts_.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  std::vector<encoding::TreeEntry> entries;
  entries.reserve(parts_.size());
  for (const auto& [name, part] : parts_) entries.push_back({name, part.digest, part.size_bytes, part.is_tree});
  STEPCACHE_TRY_ASSIGN(
      const auto manifest,
      encoding::encode_tree(std::move(entries), is_folder ? encoding::TreeNames::paths : encoding::TreeNames::parts));
  execution::StagingWriter writer(place_.files, place_.temporary_folder);
  writer.append(as_bytes(manifest));
  STEPCACHE_TRY_ASSIGN(auto staged, writer.finish());
  staged.parts = std::move(parts_);
  parts_.clear();
  staged.is_tree = true;
  return staged;
}

Result<execution::StagedBytes> StagedArtifact::finish() {
  finish_part();
  if (error_) return fail(*std::move(error_));
  if (is_tree_ || is_folder_) return finish_tree(is_folder_);
  if (whole_) return *std::exchange(whole_, std::nullopt);
  if (json_) {
    STEPCACHE_TRY_ASSIGN(const auto text, json_->writer.finish());
    bytes().append(text.data(), text.size());
  }
  if (!bytes_) bytes();
  return bytes_->writer.finish();
}

}  // namespace stepcache::detail
