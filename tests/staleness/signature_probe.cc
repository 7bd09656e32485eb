// Prints the exact signature of each step of a program, once for each way of leaving sources of edges out. A request is a
// JSON object on standard input:
//   {"program": "/path", "steps": ["step_0_", ...], "holes": {"vtables": {"vtables": false}, ...}}
// with the fields of EdgeSources as members; steps are named by their functions. The answer has, for each hole,
// {"steps": [{"digest", "state": [name, ...], "why_not"}]} or {"error"}.
#include <elf.h>
#include <fmt/format.h>

#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

#include "code_signature/elf_file.h"
#include "code_signature/exact.h"
#include "platform/file_system.h"

namespace stepcache::code_signature {
namespace {

using Json = nlohmann::json;

// The functions of that program whose plain or mangled name holds a step's name as a whole: _Z7step_0_l.
Result<std::vector<StepRoots>> roots_of(platform::FileSystem& files, const std::filesystem::path& program,
                                        const std::vector<std::string>& steps) {
  STEPCACHE_TRY_ASSIGN(const std::optional<ElfFile> elf, ElfFile::open(files, program));
  if (!elf) return fail(ErrorCode::unsupported_format, "this is no ELF file of a known machine", program);
  const ElfSection* symbols = elf->section_of_type(SHT_SYMTAB);
  if (symbols == nullptr) return fail(ErrorCode::unsupported_format, "this program has no symbols", program);
  STEPCACHE_TRY_ASSIGN(const std::string table, elf->content(*symbols));
  STEPCACHE_TRY_ASSIGN(const std::string names, elf->content(elf->sections()[symbols->link]));
  std::vector<StepRoots> roots(steps.size());
  for (std::size_t at = 0; at + sizeof(Elf64_Sym) <= table.size(); at += sizeof(Elf64_Sym)) {
    const auto symbol = elf_record<Elf64_Sym>(table, at);
    if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_shndx == SHN_UNDEF) continue;
    const std::optional<std::string_view> name = elf_string(names, symbol.st_name);
    if (!name) continue;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if (name->starts_with(fmt::format("_Z{}{}", steps[i].size(), steps[i])) && name->find('.') == name->npos) {
        roots[i].functions.push_back({"", symbol.st_value});
      }
    }
  }
  return roots;
}

EdgeSources sources_of(const Json& hole) {
  EdgeSources sources;
  const auto take = [&](const char* name, auto& field) {
    if (hole.contains(name)) hole.at(name).get_to(field);
  };
  take("vtables", sources.vtables);
  take("exception_tables", sources.exception_tables);
  take("constants", sources.constants);
  take("initialisers", sources.initialisers);
  take("entry_state", sources.entry_state);
  take("jump_tables", sources.jump_tables);
  take("unrelocated_branches", sources.unrelocated_branches);
  take("left_out_types", sources.left_out_types);
  take("shrink_units_by", sources.shrink_units_by);
  return sources;
}

Json answer_of(const Result<std::unique_ptr<ExactSignatures>>& signatures) {
  if (!signatures) return {{"error", signatures.error().message}};
  Json steps = Json::array();
  for (const StepCode& step : (*signatures)->steps()) {
    Json state = Json::array();
    for (const EntryState& of : step.state) state.push_back(of.name);
    steps.push_back({{"digest", step.signature.digest.hex()}, {"state", state}, {"why_not", step.signature.why_not}});
  }
  return {{"steps", steps}};
}

Result<Json> answer(const Json& request) {
  platform::FileSystem& files = platform::real_file_system();
  LoadedProgram program;
  program.program = request.at("program").get<std::string>();
  STEPCACHE_TRY_ASSIGN(program.steps,
                       roots_of(files, program.program, request.at("steps").get<std::vector<std::string>>()));
  Json answers;
  for (const auto& [name, hole] : request.at("holes").items()) {
    answers[name] = answer_of(exact_signatures(files, program, sources_of(hole)));
  }
  return answers;
}

}  // namespace
}  // namespace stepcache::code_signature

int main() {
  const std::string text((std::istreambuf_iterator<char>(std::cin)), std::istreambuf_iterator<char>());
  const auto answer = stepcache::code_signature::answer(nlohmann::json::parse(text));
  if (!answer) {
    std::cerr << answer.error().message << '\n';
    return 1;
  }
  std::cout << answer->dump() << '\n';
}
