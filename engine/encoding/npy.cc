#include "encoding/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>

namespace stepcache::encoding {
namespace {

constexpr std::string_view k_magic("\x93NUMPY", 6);
constexpr std::string_view k_version("\1\0", 2);
constexpr std::size_t k_fixed_bytes = 10;
constexpr std::size_t k_alignment = 64;
constexpr std::uint64_t k_largest = std::numeric_limits<std::int64_t>::max();

auto damaged(std::string_view what) {
  return fail(ErrorCode::damaged, fmt::format("the NPY header is damaged: {}", what));
}
auto unsupported(std::string_view what) {
  return fail(ErrorCode::unsupported_format, fmt::format("this NPY array cannot be read: {}", what));
}

std::string description(const ArrayType& type) {
  return fmt::format("{}{}{}", type.size_bytes == 1 ? '|' : '<', type.kind, type.size_bytes);
}

// The dictionary: a Python literal of three keys, in any order and spacing.
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : text_(text) {}

  Result<NpyHeader> header() {
    NpyHeader header;
    bool has_type = false;
    bool has_order = false;
    bool has_shape = false;
    if (!take('{')) return damaged("no dictionary");
    while (!take('}')) {
      STEPCACHE_TRY_ASSIGN(const std::string_view key, quoted());
      if (!take(':')) return damaged("no ':' after a key");
      bool& seen = key == "descr" ? has_type : key == "fortran_order" ? has_order : has_shape;
      if (seen || (key != "descr" && key != "fortran_order" && key != "shape")) return damaged("a key too many");
      seen = true;
      if (key == "descr") {
        STEPCACHE_TRY_ASSIGN(header.type, type());
      } else if (key == "fortran_order") {
        STEPCACHE_TRY_ASSIGN(header.shape.fortran_order, boolean());
      } else {
        STEPCACHE_TRY_ASSIGN(header.shape.dimensions, dimensions());
      }
      if (take(',')) continue;
      if (!take('}')) return damaged("no ',' or '}' after a value");
      break;
    }
    skip_space();
    if (position_ != text_.size()) return damaged("more text after the dictionary");
    if (!has_type || !has_order || !has_shape) return damaged("a key is missing");
    return header;
  }

 private:
  void skip_space() {
    while (position_ < text_.size() && std::string_view(" \t\n").find(text_[position_]) != std::string_view::npos)
      ++position_;
  }
  bool take(char character) {
    skip_space();
    if (position_ == text_.size() || text_[position_] != character) return false;
    ++position_;
    return true;
  }
  bool take(std::string_view word) {
    skip_space();
    if (!text_.substr(position_).starts_with(word)) return false;
    position_ += word.size();
    return true;
  }

  Result<std::string_view> quoted() {
    const char quote = take('"') ? '"' : '\'';
    if (quote == '\'' && !take('\'')) return damaged("a quote is missing");
    const std::size_t end = text_.find(quote, position_);
    if (end == std::string_view::npos) return damaged("a quote is missing");
    const std::string_view inside = text_.substr(position_, end - position_);
    position_ = end + 1;
    return inside;
  }

  Result<ArrayType> type() {
    skip_space();
    if (position_ < text_.size() && text_[position_] == '[') return unsupported("its elements are records");
    STEPCACHE_TRY_ASSIGN(const std::string_view text, quoted());
    constexpr std::size_t k_shortest = 3;
    if (text.size() < k_shortest) return damaged("no element type");
    ArrayType type{text[1], 0};
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + 2, end, type.size_bytes);
    if (error != std::errc() || stop != end || !is_valid(type))
      return unsupported(fmt::format("its elements are of type '{}'", text));
    const bool one_order = type.size_bytes == 1 && (text[0] == '|' || text[0] == '<');
    if (text[0] != '<' && !one_order) return unsupported("its elements are not little-endian");
    return type;
  }

  Result<bool> boolean() {
    if (take("True")) return true;
    if (take("False")) return false;
    return damaged("fortran_order is neither True nor False");
  }

  Result<std::vector<std::uint64_t>> dimensions() {
    std::vector<std::uint64_t> dimensions;
    if (!take('(')) return damaged("no shape");
    bool comma = true;
    while (!take(')')) {
      if (!comma) return damaged("no ',' in the shape");
      if (dimensions.size() == k_most_dimensions) return damaged("too many dimensions");
      skip_space();
      std::uint64_t value = 0;
      const char* const start = text_.data() + position_;
      const auto [stop, error] = std::from_chars(start, text_.data() + text_.size(), value);
      if (error != std::errc() || value > k_largest) return damaged("a dimension is no number, or too large");
      position_ += static_cast<std::size_t>(stop - start);
      dimensions.push_back(value);
      comma = take(',');
    }
    // (3) is a number in Python, (3,) a shape.
    if (dimensions.size() == 1 && !comma) return damaged("no shape");
    return dimensions;
  }

  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace

bool is_valid(const ArrayType& type) {
  const std::uint32_t size = type.size_bytes;
  switch (type.kind) {
    case 'f':
      return size == 2 || size == 4 || size == 8;
    case 'i':
    case 'u':
      return size == 1 || size == 2 || size == 4 || size == 8;
    case 'b':
      return size == 1;
    default:
      return false;
  }
}

std::string name(const ArrayType& type) {
  switch (type.kind) {
    case 'f':
      return fmt::format("float{}", type.size_bytes * 8);
    case 'i':
      return fmt::format("int{}", type.size_bytes * 8);
    case 'u':
      return fmt::format("uint{}", type.size_bytes * 8);
    default:
      return "bool";
  }
}

std::string to_text(const ArrayShape& shape) {
  return fmt::format("({}{})", fmt::join(shape.dimensions, ", "), shape.dimensions.size() == 1 ? "," : "");
}

Result<std::uint64_t> element_count(const ArrayShape& shape) {
  const auto& dimensions = shape.dimensions;
  if (std::find(dimensions.begin(), dimensions.end(), 0) != dimensions.end()) return std::uint64_t{0};
  std::uint64_t count = 1;
  for (const std::uint64_t dimension : dimensions) {
    if (dimension > k_largest / count) return damaged("the array is larger than any memory");
    count *= dimension;
  }
  return count;
}

Result<std::uint64_t> data_size_bytes(const ArrayType& type, const ArrayShape& shape) {
  STEPCACHE_TRY_ASSIGN(const std::uint64_t count, element_count(shape));
  if (count > k_largest / type.size_bytes) return damaged("the array is larger than any memory");
  return count * type.size_bytes;
}

std::string encode_npy_header(const NpyHeader& header) {
  const auto& dimensions = header.shape.dimensions;
  std::string text = fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': {}, }}", description(header.type),
                                 header.shape.fortran_order ? "True" : "False", to_text(header.shape));
  if (!dimensions.empty()) {
    // NumPy leaves room for the dimension that grows to take any value in place.
    constexpr std::size_t k_most_digits = 21;
    const std::uint64_t growing = header.shape.fortran_order ? dimensions.back() : dimensions.front();
    text.append(k_most_digits - std::to_string(growing).size(), ' ');
  }
  // NumPy pads by a whole block where none is needed.
  const std::size_t used = k_fixed_bytes + text.size() + 1;
  text.append(k_alignment - used % k_alignment, ' ');
  text.push_back('\n');

  std::string out(k_magic);
  out.append(k_version);
  out.push_back(static_cast<char>(text.size() & 0xffU));
  out.push_back(static_cast<char>(text.size() >> 8U));
  return out + text;
}

Result<NpyHeader> decode_npy_header(Bytes bytes) {
  const std::string_view text = as_text(bytes);
  if (!text.starts_with(k_magic) || text.size() < k_fixed_bytes) return damaged("the file does not begin like one");
  if (text.substr(k_magic.size(), k_version.size()) != k_version)
    return unsupported("it is of another version than 1.0");
  const std::size_t length = std::to_integer<std::size_t>(bytes[8]) | std::to_integer<std::size_t>(bytes[9]) << 8U;
  if (text.size() - k_fixed_bytes < length) return damaged("it ends too early");
  STEPCACHE_TRY_ASSIGN(NpyHeader header, HeaderParser(text.substr(k_fixed_bytes, length)).header());
  header.data_offset = k_fixed_bytes + length;
  STEPCACHE_TRY(data_size_bytes(header.type, header.shape));
  return header;
}

}  // namespace stepcache::encoding
