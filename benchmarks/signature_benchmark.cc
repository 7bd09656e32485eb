// signature_benchmark PROGRAM: signs every function of a program whose name starts with "step_", and reads and hashes
// the bytes that the program has in memory, several times in turn. Prints one JSON object with the medians.
#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "code_signature/elf/image.h"
#include "code_signature/elf/program_graph.h"
#include "code_signature/elf/step_walk.h"
#include "code_signature/elf_file.h"
#include "code_signature/exact.h"
#include "digest/sha256.h"
#include "platform/file_system.h"

namespace {

using namespace stepcache;
using namespace stepcache::code_signature;

double seconds(const auto& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

int fail_with(const Error& error) {
  std::fprintf(stderr, "signature_benchmark: %s\n", to_string(error).c_str());
  return 1;
}

// The floor: whoever wants to know whether a program changed has to read what it has in memory.
Result<std::uint64_t> hash_allocated(const std::filesystem::path& path) {
  STEPCACHE_TRY_ASSIGN(const auto elf, ElfFile::open(platform::real_file_system(), path));
  Sha256 hash;
  std::uint64_t bytes = 0;
  for (const ElfSection& section : elf->sections()) {
    if ((section.flags & SHF_ALLOC) == 0 || section.type == SHT_NOBITS) continue;
    STEPCACHE_TRY(elf->each_block(section, [&](Bytes block) { hash.update(block); }));
    bytes += section.size;
  }
  (void)hash.finish();
  return bytes;
}

}  // namespace

int main(int count, char** words) {
  if (count < 2) return fail_with({ErrorCode::invalid_argument, "which program? signature_benchmark PROGRAM", ""});
  platform::FileSystem& files = platform::real_file_system();
  LoadedProgram program;
  program.program = words[1];
  {
    const auto image = Image::read(files, program.program);
    if (!image) return fail_with(image.error());
    for (const ImageSymbol& symbol : (*image)->symbols()) {
      if (symbol.section == 0 || symbol.type != STT_FUNC || !symbol.name.starts_with("step_")) continue;
      program.steps.push_back({{platform::CodePlace{"", symbol.value}}});
    }
  }
  std::vector<double> floor;
  std::vector<double> load;
  std::vector<double> whole;
  std::uint64_t bytes = 0;
  for (int round = 0; round < 5; ++round) {
    floor.push_back(seconds([&] { bytes = hash_allocated(program.program).value(); }));
    load.push_back(seconds([&] { (void)Image::read(files, program.program).value(); }));
    whole.push_back(seconds([&] { (void)exact_signatures(files, program).value(); }));
  }

  // What was decoded, and how long that alone takes.
  const auto graph = ProgramGraph::read(files, program, {}).value();
  StepWalk walk(*graph, {});
  std::size_t reached = 0;
  for (const StepRoots& step : program.steps)
    reached += walk.reach({graph->at(step.functions[0]).value()}).value().nodes.size();
  fmt::print(
      "{{\"steps\": {}, \"bytes\": {}, \"nodes\": {}, \"reached\": {}, \"decoded\": {}, \"decode_s\": {:.4f}, "
      "\"floor_s\": {:.4f}, \"load_s\": {:.4f}, \"signatures_s\": {:.4f}, \"ratio\": {:.2f}}}\n",
      program.steps.size(), bytes, graph->size(), reached, graph->decoded(), graph->decode_seconds(), median(floor),
      median(load), median(whole), median(whole) / median(floor));
  return 0;
}
