#pragma once

#include <string>

#include "report/console.h"
#include "report/json_writer.h"
#include "workspace/explain.h"

// The part of an explanation that is about code.
namespace stepcache::report {

// "212 functions and 31 constants compared"; empty when nothing was.
std::string compared_text(const workspace::CodeExplanation& code);
// The change and the way to it, its lines, what else changed (with -v one line for each), what was compared. Empty when
// nothing changed.
std::string code_text(const Console& console, const workspace::CodeExplanation& code);
// The object `code` of docs/formats/why.schema.json.
void write_code(JsonWriter& json, const workspace::CodeExplanation& code);

}  // namespace stepcache::report
