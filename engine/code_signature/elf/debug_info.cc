#include "code_signature/elf/debug_info.h"

#include <dwarf.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "code_signature/elf/dwarf_index.h"
#include "code_signature/elf/source_files.h"
#include "code_signature/elf/symbol_names.h"
#include "platform/file_system.h"

namespace stepcache::code_signature {
namespace {

using std::filesystem::path;

constexpr int k_most_nesting = 256;
constexpr std::size_t k_most_inlined = 20'000;

// "twice<int>" -> "twice"; "operator<" stays.
std::string_view without_template_arguments(std::string_view name) {
  if (name.starts_with("operator")) return name;
  return name.substr(0, name.find('<'));
}

// "model::fit(Dataset const&, int)" -> "fit", as its definition names it; empty when this is no C++ function's name.
std::string_view last_name(std::string_view demangled_name) {
  std::size_t arguments = std::string_view::npos;  // where the last list of arguments starts
  std::size_t name = 0;
  int depth = 0;
  for (std::size_t at = 0; at < demangled_name.size(); ++at) {
    const char c = demangled_name[at];
    const bool is_operator =
        demangled_name.substr(0, at).ends_with("operator") || demangled_name.substr(0, at).ends_with("operator<") ||
        demangled_name.substr(0, at).ends_with("operator-") || demangled_name.substr(0, at).ends_with("operator>");
    if (is_operator && c != '(') continue;
    if (c == '(' && depth == 0 && !is_operator) arguments = at;
    if (c == '(' || c == '<' || c == '{' || c == '[') ++depth;
    if (c == ')' || c == '>' || c == '}' || c == ']') --depth;
    if (depth != 0) continue;
    if (demangled_name.substr(0, at + 1).ends_with("::")) name = at + 1;
    if (c == ' ' && arguments == std::string_view::npos) name = at + 1;
  }
  if (arguments == std::string_view::npos || arguments < name) return {};
  return demangled_name.substr(name, arguments - name);
}

// A function or one inlined, and the rows of the code that was made of its own lines.
struct CodeOf {
  Dwarf_Die die{};
  std::vector<AddressRange> ranges;
  std::vector<LineRow> rows;
};

class DwarfDebugInfo final : public DebugInfo {
 public:
  DwarfDebugInfo(path file, path project) : file_(std::move(file)), project_(std::move(project)) {}

  std::vector<Source> function(std::uint64_t address, std::uint64_t size_bytes) override {
    if (!open()) return {};
    const auto entry = index_->function_at(address);
    if (!entry) return {};
    const AddressRange whole{address, std::max(address + size_bytes, address + 1)};
    std::vector<CodeOf> code = code_within(*entry, whole);

    std::vector<Source> sources;
    const std::string symbol = demangled(without_clone_suffix(symbols_->function(address, size_bytes)));
    const Place own = place(*entry->unit, code.front(), symbol, true);
    if (own.source.file.empty()) return {};
    sources.push_back(own.source);

    std::set<std::tuple<std::string, std::string, std::uint32_t>> seen;
    seen.emplace("", own.source.file, own.source.line);
    for (auto inlined = std::next(code.begin()); inlined != code.end(); ++inlined) {
      Place found = place(*entry->unit, *inlined, "", false);
      Source& source = found.source;
      if (found.is_system || source.file.empty() || seen.contains({"", source.file, source.line})) continue;
      if (seen.emplace(source.function, source.file, source.line).second) sources.push_back(std::move(source));
    }
    return sources;
  }

  std::vector<Source> variable(std::uint64_t address) override {
    if (!open()) return {};
    const auto entry = index_->variable_at(address);
    if (!entry) return {};
    const Declaration declared = declaration(entry->die);
    if (declared.file.empty() || declared.line == 0) return {};
    const SourceFile& file = sources_->find(declared.file, entry->unit->folder);
    Source source{name_of(entry->die), file.name, declared.line, ""};
    const std::string symbol = symbols_->variable(address);
    if (!symbol.empty()) source.function = demangled(symbol);
    if (file.text) {
      source.text = file.text->lines(source.line, file.text->end_of_statement(source.line).value_or(source.line));
    }
    return {std::move(source)};
  }

 private:
  struct Declaration {
    std::string file;
    std::uint32_t line = 0;
  };
  struct Place {
    Source source;
    bool is_system = false;
  };

  bool open() {
    if (!is_open_) {
      is_open_ = true;
      index_ = DwarfIndex::open(file_);
      if (index_ != nullptr) {
        symbols_ = std::make_unique<SymbolNames>(platform::real_file_system(), file_);
        sources_ = std::make_unique<SourceFiles>(platform::real_file_system(), file_, project_);
      }
    }
    return index_ != nullptr;
  }

  // The function first, then what was inlined into the part of it in `whole`; each with the rows that no function
  // inlined into it in turn has a claim to.
  std::vector<CodeOf> code_within(const DwarfIndex::Entry& entry, AddressRange whole) {
    std::vector<CodeOf> code;
    code.push_back({entry.die, {}, {}});
    if (entry.die.addr != nullptr) add_inlined(code, entry.die, whole, 0);
    const std::vector<LineRow> rows = index_->rows(*entry.unit, whole);
    std::vector<std::size_t> owners(rows.size(), 0);
    const auto position = [&](std::uint64_t address) {
      return std::lower_bound(rows.begin(), rows.end(), address,
                              [](const LineRow& row, std::uint64_t a) { return row.address < a; }) -
             rows.begin();
    };
    // Outer ones come before those inlined into them.
    for (std::size_t i = 1; i < code.size(); ++i) {
      for (const AddressRange& range : code[i].ranges) {
        std::fill(owners.begin() + position(range.low), owners.begin() + position(range.high), i);
      }
    }
    for (std::size_t i = 0; i < rows.size(); ++i) code[owners[i]].rows.push_back(rows[i]);
    return code;
  }

  void add_inlined(std::vector<CodeOf>& code, Dwarf_Die die, AddressRange whole, int depth) {
    if (depth > k_most_nesting) return;
    for (const Dwarf_Die& child : index_->children(die)) {
      if (code.size() > k_most_inlined) return;
      Dwarf_Die entry = child;
      const int tag = index_->library().dwarf_tag(&entry);
      if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_lexical_block) continue;
      if (tag == DW_TAG_inlined_subroutine) {
        std::vector<AddressRange> ranges = index_->ranges(entry);
        std::erase_if(ranges, [&](const AddressRange& r) { return r.high <= whole.low || r.low >= whole.high; });
        if (ranges.empty()) continue;
        code.push_back({entry, std::move(ranges), {}});
      }
      add_inlined(code, entry, whole, depth + 1);
    }
  }

  Declaration declaration(Dwarf_Die die) const {
    const char* const file = index_->declaring_file(die);
    return {file == nullptr ? "" : file, index_->declaring_line(die)};
  }

  // The line by which a function is entered is that of its declaration or of its opening brace.
  static Declaration first_line(const CodeOf& code, bool is_entered) {
    if (code.rows.empty()) return {};
    Declaration found{code.rows.front().file, code.rows.front().line};
    if (is_entered) return found;
    for (const LineRow& row : code.rows) {
      if (row.file == found.file) found.line = std::min(found.line, row.line);
    }
    return found;
  }

  std::string name_of(Dwarf_Die die) const {
    if (die.addr == nullptr) return "";
    const std::string linkage = index_->linkage_name(die);
    if (!linkage.empty()) return demangled(linkage);
    const char* const name = index_->library().dwarf_diename(&die);
    return name == nullptr ? "" : name;
  }

  // `symbol` is the function's demangled symbol, if it has one.
  Place place(const DwarfUnit& unit, const CodeOf& code, const std::string& symbol, bool is_entered) {
    Declaration at = declaration(code.die);
    const bool is_declared = at.line != 0 && !at.file.empty();
    if (!is_declared) at = first_line(code, is_entered);
    Place found;
    found.source.function = symbol.empty() ? name_of(code.die) : symbol;
    if (at.file.empty()) return found;
    const SourceFile& file = sources_->find(at.file, unit.folder);
    found.source.file = file.name;
    found.source.line = at.line;
    found.is_system = file.is_system;
    if (file.text) add_text(found.source, code, at, is_declared, *file.text);
    return found;
  }

  void add_text(Source& source, const CodeOf& code, const Declaration& at, bool is_declared, const SourceText& text) {
    std::optional<std::uint32_t> last;
    if (!is_declared) {
      if (const auto around = text.function_around(plain_name(code.die, source.function), at.line)) {
        source.line = around->first;
        last = around->last;
      }
    }
    if (!last) last = text.end_of_function(source.line);
    if (!last) {
      last = source.line;
      for (const LineRow& row : code.rows) {
        if (row.file == at.file) last = std::max(*last, row.line);
      }
    }
    source.text = text.lines(source.line, *last);
    const bool is_lambda = source.function == "operator()" && source.text.find("operator") == std::string::npos;
    if (is_lambda) source.function = "lambda";
  }

  // The name by which the function's definition is looked for.
  std::string plain_name(Dwarf_Die die, const std::string& shown) const {
    const char* const name = die.addr == nullptr ? nullptr : index_->library().dwarf_diename(&die);
    if (name != nullptr) return std::string(without_template_arguments(name));
    const std::string_view last = last_name(shown);
    return std::string(without_template_arguments(last.empty() ? shown : last));
  }

  path file_;
  path project_;
  bool is_open_ = false;
  std::unique_ptr<DwarfIndex> index_;
  std::unique_ptr<SymbolNames> symbols_;
  std::unique_ptr<SourceFiles> sources_;
};

}  // namespace

std::unique_ptr<DebugInfo> open_debug_info(const path& file, const path& project) {
  return std::make_unique<DwarfDebugInfo>(file, project);
}

}  // namespace stepcache::code_signature
