#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

namespace stepcache {

// A file that a step reads. It counts by its content and base name, so a `touch` or another folder changes no result.
// As a step's result: the file's bytes are taken into the store.
class File {
 public:
  File() = default;
  explicit File(std::filesystem::path path) : path_(std::move(path)) {}

  // Within a step: where the bytes can be read, absolute. Not to be written.
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A folder that a step reads, with all below it; it counts by the names and contents of its files.
class Folder {
 public:
  Folder() = default;
  explicit Folder(std::filesystem::path path) : path_(std::move(path)) {}

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A file that a step leaves behind, as a result: the step writes it and returns its path. A copy is stored, and put
// back when the step need not run. Another step takes it as a File. A relative path starts in the working directory.
class OutputFile {
 public:
  OutputFile() = default;
  explicit OutputFile(std::filesystem::path path) : path_(std::move(path)) {}

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// An environment variable that a step reads. Its value is recorded only as a digest under a secret.
class Environment {
 public:
  Environment() = default;
  explicit Environment(std::string name) : name_(std::move(name)) {}
  Environment(std::string name, std::optional<std::string> value) : name_(std::move(name)), value_(std::move(value)) {}

  const std::string& name() const { return name_; }
  // Within a step: the value, nothing when the variable is not set.
  const std::optional<std::string>& value() const { return value_; }

 private:
  std::string name_;
  std::optional<std::string> value_;
};

// For a step's arguments and for defaults of parameters.
inline File file(std::filesystem::path path) { return File(std::move(path)); }
inline Folder folder(std::filesystem::path path) { return Folder(std::move(path)); }
inline Environment environment(std::string name) { return Environment(std::move(name)); }

}  // namespace stepcache
