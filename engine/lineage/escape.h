#pragma once

#include <string>
#include <string_view>

// Names are bytes from outside: these make them safe to show and to embed, whatever they hold.
namespace stepcache::lineage {

// Valid UTF-8 on one line, for people: bytes that are no UTF-8 and control characters become \xNN, or \n, \t, \r;
// invisible characters that break lines or turn the writing direction, and those that XML cannot hold, become \u{NNNN}.
// Not reversible: a backslash stays as it is.
std::string one_line(std::string_view bytes);

// Valid UTF-8 for a JSON text: bytes that are no UTF-8 become \xNN (four characters); the rest stays.
std::string json_text(std::string_view bytes);

// `text` (valid UTF-8 without control characters, as one_line gives) as XML character data or attribute value.
std::string xml_text(std::string_view text);

// `text` (as one_line gives) between the quotes of a DOT string that is a label or tooltip.
std::string dot_text(std::string_view text);

}  // namespace stepcache::lineage
