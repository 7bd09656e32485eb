#include <elf.h>
#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <random>

#include "code_signature/elf/image.h"
#include "code_signature/elf/program_pair_test.h"
#include "platform/file_system.h"

namespace stepcache::code_signature {
namespace {

using std::filesystem::path;
using ::testing::HasSubstr;

constexpr const char* k_source = R"(
struct Scope { int x; ~Scope() { if (x > 5) x = 0; } };
__attribute__((noinline)) int fails(int x) { if (x > 3) throw x; return x; }
static const char* const names[] = {"one", "two"};
STEP(step_a) { try { Scope scope{x}; return fails(x) + names[x & 1][0]; } catch (int y) { return y; } }
)";

std::string content(const path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class UnreadableFiles : public ProgramPairs {
 public:
  static Error error_of(const path& program, std::uint64_t step = 0) {
    LoadedProgram loaded;
    loaded.program = program;
    loaded.steps = {{{platform::CodePlace{"", step}}}};
    auto exact = exact_signatures(platform::real_file_system(), loaded);
    EXPECT_FALSE(exact);
    return exact ? Error{ErrorCode::internal, "it was read", ""} : exact.error();
  }
  path file(const std::string& text) {
    const path made = folder.path() / "made";
    std::ofstream(made, std::ios::binary) << text;
    return made;
  }
  // Reads a program as damaged as it is, from every function that its symbols name. Nothing must be read that is not
  // there; what comes of it is either an error or a signature.
  void read_all(const std::string& text) {
    const path made = file(text);
    auto image = Image::read(platform::real_file_system(), made);
    if (!image) return;
    LoadedProgram loaded;
    loaded.program = made;
    for (const ImageSymbol& symbol : (*image)->symbols()) {
      if (symbol.name == "step_a" || symbol.name == "main")
        loaded.steps.push_back({{platform::CodePlace{"", symbol.value}}});
    }
    if (auto exact = exact_signatures(platform::real_file_system(), loaded)) {
      for (std::size_t i = 0; i < loaded.steps.size(); ++i) (void)(*exact)->parts(i);
    }
  }
};

TEST_F(UnreadableFiles, SayWhyAndWhatHelps) {
  const Error text = error_of(file("#!/bin/sh\n"));
  EXPECT_EQ(text.code, ErrorCode::unsupported_format);
  EXPECT_THAT(text.message, HasSubstr("no compiled program"));

  const path program = build(k_source);
  shell(TEST_STRIP " '" + program.native() + "'");
  const Error stripped = error_of(program);
  EXPECT_EQ(stripped.code, ErrorCode::unsupported_format);
  EXPECT_THAT(stripped.message, HasSubstr("link without -s"));

  Toolchain toolchain;
  toolchain.linker = "-Wl,--gc-sections";
  const Error without = error_of(build(k_source, toolchain));
  EXPECT_EQ(without.code, ErrorCode::unsupported_format);
  EXPECT_THAT(without.message, HasSubstr("-Wl,--emit-relocs"));

  EXPECT_EQ(error_of(folder.path() / "not_there").code, ErrorCode::not_found);
}

TEST_F(UnreadableFiles, APlaceWithoutCodeIsNoStep) {
  const Error error = error_of(build(k_source), 0);
  EXPECT_EQ(error.code, ErrorCode::unsupported_format);
}

TEST_F(UnreadableFiles, ARelocationOfAnUnknownTypeStopsTheWalk) {
  const path program = build(k_source);
  std::string text = content(program);
  const auto image = Image::read(platform::real_file_system(), program);
  ASSERT_TRUE(image);
  const ImageSymbol* const step = (*image)->symbol_named("step_a");
  ASSERT_NE(step, nullptr);
  // Its first relocation, found by its place.
  std::size_t changed = 0;
  for (const ImageRelocation& relocation : (*image)->relocations(step->section)) {
    if (relocation.address < step->value || relocation.address >= step->value + step->size) continue;
    Elf64_Rela raw{relocation.address, ELF64_R_INFO(std::uint64_t{relocation.symbol}, relocation.type),
                   relocation.addend};
    const std::string_view bytes(reinterpret_cast<const char*>(&raw), sizeof raw);
    const std::size_t at = text.find(bytes);
    ASSERT_NE(at, std::string::npos);
    raw.r_info = ELF64_R_INFO(std::uint64_t{relocation.symbol}, 250U);
    text.replace(at, sizeof raw, reinterpret_cast<const char*>(&raw), sizeof raw);
    ++changed;
  }
  ASSERT_GT(changed, 0U);
  const Error error = error_of(file(text), step->value);
  EXPECT_EQ(error.code, ErrorCode::unsupported_format);
  EXPECT_THAT(error.message, HasSubstr("250"));
}

TEST_F(UnreadableFiles, CutAtAnyLengthAreErrors) {
  const std::string whole = content(build(k_source));
  for (std::size_t i = 1; i < 200; ++i) {
    const std::string cut = whole.substr(0, whole.size() * i / 200);
    const Error error = error_of(file(cut));
    EXPECT_TRUE(error.code == ErrorCode::damaged || error.code == ErrorCode::unsupported_format) << i;
  }
}

TEST_F(UnreadableFiles, WithAnyBytesFlippedAreReadWithoutHarm) {
  const std::string whole = content(build(k_source));
  std::mt19937_64 random(1);
  for (int round = 0; round < 400; ++round) {
    std::string text = whole;
    for (int i = 0; i < 1 + round % 20; ++i) text[random() % text.size()] = static_cast<char>(random());
    read_all(text);
  }
}

TEST_F(UnreadableFiles, WithAnyHeaderFlippedAreReadWithoutHarm) {
  const std::string whole = content(build(k_source));
  Elf64_Ehdr header;
  std::memcpy(&header, whole.data(), sizeof header);
  std::mt19937_64 random(2);
  for (int round = 0; round < 400; ++round) {
    std::string text = whole;
    const std::size_t size = header.e_shnum * sizeof(Elf64_Shdr);
    text[header.e_shoff + random() % size] = static_cast<char>(random());
    text[random() % sizeof header] = static_cast<char>(round % 3 == 0 ? random() : static_cast<unsigned char>(text[0]));
    read_all(text);
  }
}

// Linkers number sections with 32 bits from 65,280 on.
TEST_F(UnreadableFiles, NoneIsAProgramWithVeryManySections) {
  std::string source = R"(
extern const void* const p65999;
extern const int far[];
STEP(step_many) { return p65999 != nullptr; }
STEP(step_far) { return far[x % 3]; }
STEP(step_other) { return x; }
//// many.cc
extern const void* const p0 = 0;
)";
  for (int i = 1; i < 66'000; ++i) source += fmt::format("extern const void* const p{} = &p{};\n", i, i - 1);
  source += "extern const int far[] = {1, 2, @3|4@};\n";
  EXPECT_EQ(changed(source, Toolchain::gcc("-O1")), Steps{"step_far"});
}

}  // namespace
}  // namespace stepcache::code_signature
