#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

// The way between values and stored bytes, as the SDK's templates see it. The compiled part of the SDK stands behind
// it.

namespace stepcache {

namespace detail {

// Thrown while a value is read: the stored bytes are not those of such a value.
class UnreadableValue : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Takes bytes, in order.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual void append(const void* bytes, std::size_t size) = 0;
};

// Gives bytes, in order.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual std::uint64_t size() const = 0;
  // All `size` bytes at `offset`, or UnreadableValue.
  virtual void read_at(std::uint64_t offset, void* to, std::size_t size) = 0;
};

// Takes a small structured value as a sequence of events: canonical JSON, or a literal on a port.
class StructuredWriter {
 public:
  virtual ~StructuredWriter() = default;
  virtual void null() = 0;
  virtual void boolean(bool value) = 0;
  virtual void integer(std::int64_t value) = 0;
  virtual void natural(std::uint64_t value) = 0;
  virtual void real(double value) = 0;
  virtual void real(float value) = 0;
  virtual void text(std::string_view value) = 0;
  virtual void begin_list() = 0;
  virtual void end_list() = 0;
  virtual void begin_set() = 0;  // as a list; the order of the elements says nothing
  virtual void end_set() = 0;
  virtual void begin_map() = 0;
  virtual void key(std::string_view name) = 0;
  virtual void end_map() = 0;
};

// One node of a stored structured value. A wrong kind is UnreadableValue. Cheap to copy; lives as long as its artifact.
class StructuredReader {
 public:
  enum class Origin : std::uint8_t { json, literal };
  StructuredReader(const void* node, Origin origin) : node_(node), origin_(origin) {}

  bool is_null() const;
  bool boolean() const;
  std::int64_t integer() const;
  std::uint64_t natural() const;
  double real() const;
  float real_float() const;
  std::string text() const;
  // Of a list, set or map.
  std::size_t size() const;
  // Element of a list, or value of a map's entry.
  StructuredReader element(std::size_t index) const;
  // Key of a map's entry.
  std::string key(std::size_t index) const;
  // A map's entry by name.
  StructuredReader member(std::string_view name) const;

 private:
  const void* node_;
  Origin origin_;
};

// What the elements of an array are, as NPY knows them: kind 'f', 'i', 'u' or 'b'.
struct ArrayType {
  char kind = 'f';
  std::uint8_t size_bytes = 8;
  friend bool operator==(const ArrayType&, const ArrayType&) = default;
};

struct ArrayShape {
  std::vector<std::uint64_t> dimensions;
  bool fortran_order = false;
};

// Takes the value of one artifact, in one of the forms below.
class ArtifactWriter {
 public:
  virtual ~ArtifactWriter() = default;
  // One structured value; `structured` is finished by the owner of the artifact.
  virtual StructuredWriter& structured() = 0;
  // An array's header; its elements follow as bytes, little-endian, in the shape's order.
  virtual ByteSink& array(ArrayType type, const ArrayShape& shape) = 0;
  virtual ByteSink& bytes() = 0;
  // A value of several artifacts; part() ends the one before and begins the next, under a name of its own.
  virtual void tree() = 0;
  virtual ArtifactWriter& part(std::string_view name) = 0;
  virtual void file(const std::filesystem::path& path) = 0;
  virtual void output_file(const std::filesystem::path& path) = 0;
  virtual void folder(const std::filesystem::path& path) = 0;
};

// Gives the value of one artifact. The caller knows the form; bytes in another form are UnreadableValue.
class ArtifactReader {
 public:
  virtual ~ArtifactReader() = default;
  virtual StructuredReader structured() = 0;
  // Checks the element type; gives the shape. The elements follow from offset 0 of the source.
  virtual ArrayShape array_shape(ArrayType type) = 0;
  virtual ByteSource& array_elements() = 0;
  virtual ByteSource& bytes() = 0;
  virtual std::size_t part_count() = 0;
  // Null when there is no such part. Asking for the next part ends the reading of this one.
  virtual ArtifactReader* find_part(std::string_view name) = 0;
  // A readable file or folder that holds it, while the step runs.
  virtual std::filesystem::path file() = 0;
  virtual std::filesystem::path folder() = 0;

  ArtifactReader& part(std::string_view name) {
    ArtifactReader* const found = find_part(name);
    if (found == nullptr) throw UnreadableValue("the part '" + std::string(name) + "' is missing");
    return *found;
  }
};

}  // namespace detail

// Where Materializer<T>::save writes a value of a foreign type, as bytes in a form of its own.
class Writer {
 public:
  explicit Writer(detail::ByteSink& sink) : sink_(sink) {}
  void write(const void* bytes, std::size_t size) { sink_.append(bytes, size); }
  void write(std::string_view bytes) { sink_.append(bytes.data(), bytes.size()); }

 private:
  detail::ByteSink& sink_;
};

// Where Materializer<T>::load reads it back. Reading past the end throws.
class Reader {
 public:
  explicit Reader(detail::ByteSource& source) : source_(source) {}
  // All bytes, and those not read yet.
  std::uint64_t size() const { return source_.size(); }
  std::uint64_t remaining() const { return source_.size() - position_; }
  void read(void* to, std::size_t size) {
    source_.read_at(position_, to, size);
    position_ += size;
  }
  // What remains.
  std::string read_all() {
    std::string bytes(static_cast<std::size_t>(remaining()), '\0');
    read(bytes.data(), bytes.size());
    return bytes;
  }

 private:
  detail::ByteSource& source_;
  std::uint64_t position_ = 0;
};

}  // namespace stepcache
