#include "lineage/escape.h"

#include <fmt/format.h>

#include <iterator>

#include "lineage/utf8.h"

namespace stepcache::lineage {
namespace {

bool is_invisible_trouble(char32_t c) {
  return (c >= 0x80 && c <= 0x9F) ||               // C1 controls: some terminals obey them
         c == 0x2028 || c == 0x2029 ||             // line and paragraph separator
         (c >= 0x202A && c <= 0x202E) ||           // embedding and override of direction
         (c >= 0x2066 && c <= 0x2069) ||           // isolates
         c == 0xFEFF || (c & 0xFFFEU) == 0xFFFEU;  // byte order mark; noncharacters
}

std::string replaced(std::string_view text, std::string_view (*replacement)(char)) {
  std::string out;
  out.reserve(text.size() + 8);
  for (const char c : text) {
    const std::string_view other = replacement(c);
    if (other.empty()) {
      out += c;
    } else {
      out += other;
    }
  }
  return out;
}

}  // namespace

std::string one_line(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    const Utf8Step step = decode_utf8(bytes, at);
    const char32_t c = step.code_point;
    if (step.valid && c == '\n') {
      out += "\\n";
    } else if (step.valid && c == '\t') {
      out += "\\t";
    } else if (step.valid && c == '\r') {
      out += "\\r";
    } else if (!step.valid || c < 0x20 || c == 0x7F) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned>(c));
    } else if (is_invisible_trouble(c)) {
      fmt::format_to(std::back_inserter(out), "\\u{{{:04x}}}", static_cast<unsigned>(c));
    } else {
      out += bytes.substr(at, step.length);
    }
    at += step.length;
  }
  return out;
}

std::string json_text(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    const Utf8Step step = decode_utf8(bytes, at);
    if (step.valid) {
      out += bytes.substr(at, step.length);
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned>(step.code_point));
    }
    at += step.length;
  }
  return out;
}

std::string xml_text(std::string_view text) {
  return replaced(text, [](char c) -> std::string_view {
    switch (c) {
      case '&':
        return "&amp;";
      case '<':
        return "&lt;";
      case '>':
        return "&gt;";
      case '"':
        return "&quot;";
      case '\'':
        return "&#39;";
      default:
        return {};
    }
  });
}

std::string dot_text(std::string_view text) {
  return replaced(text, [](char c) -> std::string_view {
    switch (c) {
      case '"':
        return "\\\"";
      case '\\':
        return "\\\\";
      case '&':
        return "&amp;";  // Graphviz reads entities in labels
      default:
        return {};
    }
  });
}

}  // namespace stepcache::lineage
