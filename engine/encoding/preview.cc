#include "encoding/preview.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "encoding/array_element.h"
#include "encoding/json_value.h"
#include "encoding/npy.h"
#include "encoding/tree.h"
#include "encoding/utf8.h"

namespace stepcache::encoding {
namespace {

std::string size_text(std::uint64_t size_bytes) {
  constexpr double k_step = 1024;
  constexpr std::array k_units = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (size_bytes < 1024) return fmt::format("{} B", size_bytes);
  double size = static_cast<double>(size_bytes) / k_step;
  std::size_t unit = 0;
  while (size >= k_step && unit + 1 < k_units.size()) {
    size /= k_step;
    ++unit;
  }
  return fmt::format("{:.1f} {}", size, k_units[unit]);
}

// Collects lines, each cut to the width and made safe, up to the limit.
class Page {
 public:
  explicit Page(const PreviewLimits& limits) : limits_(limits) {}

  bool full() const { return lines_ >= limits_.lines; }
  // False when it did not fit any more.
  bool line(std::string_view text) {
    if (full()) {
      cut_ = true;
      return false;
    }
    std::size_t width = 0;
    for (std::size_t i = 0; i < text.size();) {
      if (width >= limits_.line_width) {
        out_ += "…";
        break;
      }
      const std::size_t length = utf8_character_at(text, i);
      const auto byte = static_cast<unsigned char>(text[i]);
      // C1 controls (U+0080 to U+009F) command terminals as well.
      const bool control = length == 0 || (length == 1 && (byte < 0x20 || byte == 0x7f)) ||
                           (length == 2 && byte == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0);
      if (text[i] == '\t') {
        out_ += "    ";
      } else if (control) {
        for (std::size_t j = 0; j < std::max<std::size_t>(length, 1); ++j) {
          out_ += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i + j]));
        }
      } else {
        out_ += text.substr(i, length);
      }
      i += std::max<std::size_t>(length, 1);
      ++width;
    }
    out_ += '\n';
    ++lines_;
    return true;
  }
  std::string finish() {
    if (cut_) out_ += "… (cut here)\n";
    return std::move(out_);
  }

 private:
  const PreviewLimits& limits_;
  std::string out_;
  std::size_t lines_ = 0;
  bool cut_ = false;
};

// --- Arrays

// The first dimension is down the page; all others together are across.
void show_array(const NpyHeader& header, Bytes data, const PreviewLimits& limits, Page& page) {
  const auto& dimensions = header.shape.dimensions;
  const auto count = element_count(header.shape);
  page.line(fmt::format("{} array, shape {}, {}{}", name(header.type), to_text(header.shape),
                        size_text(data_size_bytes(header.type, header.shape).value_or(0)),
                        header.shape.fortran_order && dimensions.size() > 1 ? ", column by column" : ""));
  if (count.value_or(0) == 0) return;

  const std::uint64_t rows = dimensions.empty() ? 1 : dimensions[0];
  const std::uint64_t columns = *count / rows;
  const std::uint64_t shown_rows = std::min<std::uint64_t>(rows, limits.rows);
  const std::uint64_t shown_columns = std::min<std::uint64_t>(columns, limits.columns);
  const auto position = [&](std::uint64_t row, std::uint64_t column) {
    if (!header.shape.fortran_order) return row * columns + column;
    // Row order counts the last index fastest, so that one comes off first; its stride is the size of all before it.
    std::uint64_t place = row;
    std::uint64_t stride = *count;
    for (std::size_t i = dimensions.size(); i-- > 1;) {
      stride /= dimensions[i];
      place += column % dimensions[i] * stride;
      column /= dimensions[i];
    }
    return place;
  };
  std::vector<std::vector<std::string>> cells;
  std::vector<std::size_t> widths(static_cast<std::size_t>(shown_columns), 1);
  for (std::uint64_t row = 0; row < shown_rows; ++row) {
    auto& line = cells.emplace_back();
    for (std::uint64_t column = 0; column < shown_columns; ++column) {
      const std::uint64_t offset = position(row, column) * header.type.size_bytes;
      const bool there = offset + header.type.size_bytes <= data.size();
      line.push_back(
          there ? element_text(header.type, data.subspan(static_cast<std::size_t>(offset), header.type.size_bytes))
                : "?");
      auto& width = widths[static_cast<std::size_t>(column)];
      width = std::max(width, line.back().size());
    }
  }
  for (const auto& line : cells) {
    std::string text;
    for (std::size_t column = 0; column < line.size(); ++column)
      text += fmt::format("  {:>{}}", line[column], widths[column]);
    if (shown_columns < columns) text += "  …";
    page.line(text);
  }
  if (shown_rows < rows) page.line(fmt::format("  … {} more rows", rows - shown_rows));
}

// --- Trees

void show_tree(const Tree& tree, const PreviewLimits& limits, Page& page) {
  std::uint64_t total = 0;
  for (const TreeEntry& entry : tree.entries) total += entry.size_bytes;
  const bool folder = tree.names == TreeNames::paths;
  page.line(fmt::format(
      "{} of {} {}, {}", folder ? "folder" : "value", tree.entries.size(),
      folder ? (tree.entries.size() == 1 ? "file" : "files") : (tree.entries.size() == 1 ? "part" : "parts"),
      size_text(total)));
  std::size_t shown = 0;
  for (const TreeEntry& entry : tree.entries) {
    if (shown == limits.rows) break;
    ++shown;
    // The name last: it may be of any length.
    page.line(fmt::format("  {:>10}  {}  {}{}", size_text(entry.size_bytes), entry.digest.short_hex(), entry.name,
                          entry.is_tree ? "/" : ""));
  }
  if (shown < tree.entries.size()) page.line(fmt::format("  … {} more", tree.entries.size() - shown));
}

// --- JSON

// On one line if it is that short.
std::string one_line(const JsonValue& value, std::size_t most) {
  switch (value.kind()) {
    case JsonKind::list:
    case JsonKind::map: {
      const bool list = value.kind() == JsonKind::list;
      std::string text(list ? "[" : "{");
      for (std::size_t i = 0; i < value.size() && text.size() <= most; ++i) {
        if (i > 0) text += ", ";
        if (!list) {
          append_json_text(text, value.keys()[i]);
          text += ": ";
        }
        text += one_line(value.elements()[i], most);
      }
      return text + (list ? "]" : "}");
    }
    default: {
      JsonWriter writer;
      value.write_to(writer);
      return writer.finish().value_or("");
    }
  }
}

void show_json(const JsonValue& value, std::string indent, const std::string& label, std::string_view after,
               const PreviewLimits& limits, Page& page) {
  if (page.full()) {
    page.line("");
    return;
  }
  const std::size_t room = limits.line_width - std::min(limits.line_width, indent.size() + label.size() + 1);
  const std::string line = one_line(value, room);
  if (line.size() <= room || value.size() == 0) {
    page.line(indent + label + line + std::string(after));
    return;
  }
  const bool list = value.kind() == JsonKind::list;
  page.line(indent + label + (list ? "[" : "{"));
  const std::size_t shown = std::min(value.size(), limits.rows);
  for (std::size_t i = 0; i < shown && !page.full(); ++i) {
    std::string key;
    if (!list) {
      append_json_text(key, value.keys()[i]);
      key += ": ";
    }
    show_json(value.elements()[i], indent + "  ", key, i + 1 < value.size() ? "," : "", limits, page);
  }
  if (shown < value.size()) page.line(fmt::format("{}  … {} more", indent, value.size() - shown));
  page.line(indent + (list ? "]" : "}") + std::string(after));
}

// --- Text and anything else

// Whether these bytes read as text; the last character may be cut off when the bytes are only a head.
bool is_text(std::string_view text, bool only_head) {
  constexpr std::size_t k_longest_character = 4;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_character_at(text, i);
    if (length == 0) return only_head && text.size() - i < k_longest_character;
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == 0 || (byte < 0x20 && std::string_view("\t\n\r\f\x1b").find(text[i]) == std::string_view::npos))
      return false;
    i += length;
  }
  return true;
}

void show_text(std::string_view text, std::uint64_t size_bytes, const PreviewLimits& limits, Page& page) {
  std::uint64_t shown_bytes = 0;
  const std::size_t most = std::max(limits.rows, limits.lines > 2 ? limits.lines - 2 : limits.lines);
  for (std::size_t shown = 0; shown < most && !text.empty(); ++shown) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    const std::size_t used = end == std::string_view::npos ? text.size() : end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    page.line(line);
    shown_bytes += used;
    text.remove_prefix(used);
  }
  if (shown_bytes < size_bytes) page.line(fmt::format("… {} more", size_text(size_bytes - shown_bytes)));
}

void show_hex(Bytes bytes, std::uint64_t size_bytes, const PreviewLimits& limits, Page& page) {
  constexpr std::size_t k_row_bytes = 16;
  page.line(fmt::format("binary, {}", size_text(size_bytes)));
  std::size_t offset = 0;
  for (std::size_t row = 0; row < limits.rows && offset < bytes.size(); ++row) {
    const Bytes part = bytes.subspan(offset, std::min(k_row_bytes, bytes.size() - offset));
    std::string hex;
    std::string letters;
    for (const std::byte byte : part) {
      const auto value = std::to_integer<unsigned>(byte);
      hex += fmt::format(" {:02x}", value);
      letters += value >= 0x20 && value < 0x7f ? static_cast<char>(value) : '.';
    }
    page.line(fmt::format("  {:08x} {:<48}  {}", offset, hex, letters));
    offset += part.size();
  }
  if (offset < size_bytes) page.line(fmt::format("  … {} more", size_text(size_bytes - offset)));
}

bool may_be_json(std::string_view type_tag, Bytes head, std::uint64_t size_bytes) {
  return type_tag != "file" && type_tag != "bytes" && head.size() == size_bytes && !head.empty();
}

}  // namespace

std::string preview(std::string_view type_tag, Bytes head, std::uint64_t size_bytes, const PreviewLimits& limits) {
  Page page(limits);
  const std::string_view text = as_text(head);
  const bool only_head = head.size() < size_bytes;
  if (const auto header = decode_npy_header(head.first(std::min(head.size(), k_most_npy_header_bytes)))) {
    show_array(*header, head.subspan(static_cast<std::size_t>(header->data_offset)), limits, page);
    return page.finish();
  }
  if (text.starts_with(tree_prefix())) {
    if (const auto tree = decode_whole_tree(head)) {
      show_tree(*tree, limits, page);
      return page.finish();
    }
  }
  if (may_be_json(type_tag, head, size_bytes)) {
    if (const auto value = parse_json(text)) {
      show_json(*value, "", "", "", limits, page);
      return page.finish();
    }
  }
  if (size_bytes == 0) {
    page.line("empty");
  } else if (is_text(text, only_head)) {
    show_text(text, size_bytes, limits, page);
  } else {
    show_hex(head, size_bytes, limits, page);
  }
  return page.finish();
}

}  // namespace stepcache::encoding
