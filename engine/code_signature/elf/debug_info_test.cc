#include "code_signature/elf/debug_info.h"

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>

#include "code_signature/elf_file.h"
#include "platform/file_system.h"
#include "testing/temporary_folder.h"

namespace stepcache::code_signature {
namespace {

using std::filesystem::path;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::EndsWith;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* k_header = R"(#pragma once
#include <vector>
struct Dataset {
  std::vector<double> values;
};
inline double scale(double x) {
  return x * 3.25;
}
template <class T>
T twice(T x) {
  return x + x;
}
)";

constexpr const char* k_program = R"(#include "include/model.h"


extern const double weights[] = {
    1.0,
    2.0,
};
int counter = 7;
static double shift(double x) {
  return scale(x) + 1;  // }
}
namespace model {
double fit(const Dataset& data, int count) {
  double sum = 0;
  for (double x : data.values) sum += shift(x) * count;
  if (count > 10) {
    throw "too many {";
  }
  return twice(sum) + weights[count & 1];
}
struct Tree {
  double grow(int depth) const;
  int x;
};
double Tree::grow(int depth) const {
  const auto leaf = [&](double i) {
    return i * x + 0.5;
  };
  return leaf(depth) + leaf(counter);
}
template <class T>
__attribute__((noinline)) T sum(const std::vector<T>& values) {
  T all = 0;
  for (const T& value : values) all += value;
  return all;
}
}  // namespace model
extern "C" int plain(int a) {
  return a + counter++;
}
int main(int count, char**) {
  Dataset data{{1.0 * count, 2.0}};
  return static_cast<int>(model::fit(data, count) + model::Tree{count}.grow(count) + plain(count) +
                          model::sum(data.values));
}
)";

std::string content(const path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Programs, compiled by the compiler that compiled this test, from include/model.h and program.cc in a project.
class DebugInfos : public ::testing::Test {
 public:
  DebugInfos() : project(std::filesystem::canonical(folder.path()) / "project") {
    std::filesystem::create_directories(project / "include");
    std::filesystem::create_directories(project / "build");
    std::ofstream(project / "include/model.h") << k_header;
    std::ofstream(project / "program.cc") << k_program;
  }

  path compile(const std::string& options) const {
    shell("cd '" + project.native() + "/build' && '" TEST_COMPILER "' -std=c++20 -O2 -ffunction-sections -I.. '" +
          (project / "program.cc").native() + "' -o program " + options);
    return project / "build/program";
  }
  static void shell(const std::string& command) { ASSERT_EQ(std::system(command.c_str()), 0) << command; }

  struct Symbol {
    std::uint64_t address = 0;
    std::uint64_t size = 0;
  };
  // The first symbol that starts with `prefix` and ends with `suffix`.
  static Symbol find(const path& program, std::string_view prefix, std::string_view suffix = "") {
    const auto elf = ElfFile::open(platform::real_file_system(), program).value().value();
    const ElfSection* const section = elf.section_of_type(SHT_SYMTAB);
    if (section == nullptr) return {};
    const std::string table = elf.content(*section).value();
    const std::string strings = elf.content(elf.sections()[section->link]).value();
    for (std::size_t at = 0; at < table.size(); at += sizeof(Elf64_Sym)) {
      const auto raw = elf_record<Elf64_Sym>(table, at);
      const auto name = elf_string(strings, raw.st_name).value_or("");
      if (name.starts_with(prefix) && name.ends_with(suffix) && raw.st_shndx != SHN_UNDEF && raw.st_size > 0) {
        return {raw.st_value, raw.st_size};
      }
    }
    ADD_FAILURE() << "no symbol " << prefix;
    return {};
  }
  std::vector<Source> function(const path& program, std::string_view prefix, std::string_view suffix = "") const {
    const Symbol symbol = find(program, prefix, suffix);
    return open_debug_info(program, project)->function(symbol.address, symbol.size);
  }
  std::vector<Source> variable(const path& program, std::string_view name) const {
    return open_debug_info(program, project)->variable(find(program, name).address);
  }

  void expect_fit(const path& program, const std::string& options) const {
    SCOPED_TRACE(options);
    const std::vector<Source> fit = function(program, "_ZN5model3fit", "i");
    ASSERT_FALSE(fit.empty());
    EXPECT_EQ(fit[0].function, "model::fit(Dataset const&, int)");
    EXPECT_EQ(fit[0].file, "program.cc");
    EXPECT_EQ(fit[0].line, 13U);
    EXPECT_THAT(fit[0].text, AllOf(StartsWith("double fit("), EndsWith("weights[count & 1];\n}\n")));
    const auto is = [](const char* name, const char* file, std::uint32_t line, const char* text) {
      return AllOf(Field(&Source::function, HasSubstr(name)), Field(&Source::file, file), Field(&Source::line, line),
                   Field(&Source::text, text));
    };
    EXPECT_THAT(fit, Contains(is("shift", "program.cc", 9,
                                 "static double shift(double x) {\n  return scale(x) + 1;  // }\n}\n")));
    EXPECT_THAT(
        fit, Contains(is("scale", "include/model.h", 6, "inline double scale(double x) {\n  return x * 3.25;\n}\n")));
    EXPECT_THAT(fit, Contains(is("twice<double>", "include/model.h", 10, "T twice(T x) {\n  return x + x;\n}\n")));
    EXPECT_THAT(fit, Each(Field(&Source::file, Not(StartsWith("/usr")))));
    EXPECT_EQ(fit.size(), 4U);
  }

  testing::TemporaryFolder folder;
  path project;
};

TEST_F(DebugInfos, TellAFunctionsLinesAndThoseOfWhatWasInlinedIntoIt) {
  for (const std::string options :
       {"-g1", "-g", "-g1 -gdwarf-4", "-g -gdwarf-4", "-g1 -gz=zlib", "-g1 -Wl,--emit-relocs", "-g -gsplit-dwarf",
        "-g -gsplit-dwarf -gdwarf-4", "-g1 -no-pie", "-g3 -O3"}) {
    expect_fit(compile(options), options);
  }
}

TEST_F(DebugInfos, TellTheLinesOfOtherKindsOfFunctions) {
  const path program = compile("-g1");
  const std::vector<Source> plain = function(program, "plain");
  ASSERT_EQ(plain.size(), 1U);
  EXPECT_EQ(plain[0],
            (Source{"plain", "program.cc", 38, "extern \"C\" int plain(int a) {\n  return a + counter++;\n}\n"}));

  const std::vector<Source> sum = function(program, "_ZN5model3sum");
  ASSERT_FALSE(sum.empty());
  EXPECT_EQ(sum[0].function, "double model::sum<double>(std::vector<double> const&)");
  EXPECT_EQ(sum[0].line, 32U);
  EXPECT_THAT(sum[0].text, EndsWith("  return all;\n}\n"));

  const std::vector<Source> grow = function(program, "_ZNK5model4Tree4growEi");
  ASSERT_EQ(grow.size(), 2U);
  EXPECT_EQ(grow[0].function, "model::Tree::grow(int) const");
  EXPECT_EQ(grow[0].line, 25U);
  EXPECT_THAT(grow[0].text, StartsWith("double Tree::grow(int depth) const {\n"));
  EXPECT_EQ(grow[1].line, 26U);
  EXPECT_EQ(grow[1].text, "  const auto leaf = [&](double i) {\n    return i * x + 0.5;\n  };\n");
}

TEST_F(DebugInfos, TellTheLinesOfALambdaThatWasNotInlined) {
  for (const std::string options : {"-O0 -g1", "-O0 -g"}) {
    const std::vector<Source> lambda = function(compile(options), "_ZZNK5model4Tree4growEi");
    ASSERT_EQ(lambda.size(), 1U);
    EXPECT_THAT(lambda[0].function,
                AllOf(StartsWith("model::Tree::grow(int) const::"), EndsWith("::operator()(double) const")));
    EXPECT_EQ(lambda[0].line, 26U);
    EXPECT_EQ(lambda[0].text, "  const auto leaf = [&](double i) {\n    return i * x + 0.5;\n  };\n");
  }
}

TEST_F(DebugInfos, NameAFunctionsPartAsTheFunction) {
  const path program = compile("-g1");
  if (std::string_view(TEST_COMPILER).find("clang") != std::string_view::npos) GTEST_SKIP() << "makes no such parts";
  const std::vector<Source> cold = function(program, "_ZN5model3fit", ".cold");
  ASSERT_FALSE(cold.empty());
  EXPECT_EQ(cold[0].function, "model::fit(Dataset const&, int)");
  EXPECT_EQ(cold[0].line, 13U);
  EXPECT_THAT(cold[0].text, EndsWith("weights[count & 1];\n}\n"));
}

TEST_F(DebugInfos, TellWhereAVariableIsDeclaredAndItsInitialiser) {
  const path program = compile("-g");
  EXPECT_EQ(variable(program, "counter"), (std::vector<Source>{{"counter", "program.cc", 8, "int counter = 7;\n"}}));
  EXPECT_EQ(variable(program, "weights"),
            (std::vector<Source>{
                {"weights", "program.cc", 4, "extern const double weights[] = {\n    1.0,\n    2.0,\n};\n"}}));
  EXPECT_THAT(open_debug_info(program, project)->variable(find(program, "counter").address + 1), IsEmpty());
}

TEST_F(DebugInfos, FindTheSourcesWhoseNamesWereMadeRelative) {
  const std::string root = "'" + project.native() + "/'";
  for (const std::string& options :
       {"-g1 -ffile-prefix-map=" + root + "=", "-g1 -fmacro-prefix-map=" + root + "=",
        "-g1 -ffile-prefix-map=" + root + "=./", "-g1 -gdwarf-4 -ffile-prefix-map=" + root + "="}) {
    expect_fit(compile(options), options);
  }
}

TEST_F(DebugInfos, FindTheSourcesThroughASymbolicLinkToTheProject) {
  const path link = folder.path() / "link";
  std::filesystem::create_directory_symlink(project, link);
  const path program = compile("-g1");
  const Symbol plain = find(program, "plain");
  EXPECT_EQ(open_debug_info(link / "build/program", link)->function(plain.address, plain.size).at(0).file,
            "program.cc");
}

TEST_F(DebugInfos, KeepFullPathsOutsideOfTheProject) {
  const path program = compile("-g1");
  const Symbol plain = find(program, "plain");
  const auto info = open_debug_info(program, project / "include");
  EXPECT_EQ(info->function(plain.address, plain.size).at(0).file, (project / "program.cc").native());
}

TEST_F(DebugInfos, ShowNoTextOfAFileThatWasEditedSince) {
  const path program = compile("-g1");
  std::filesystem::last_write_time(project / "program.cc",
                                   std::filesystem::last_write_time(program) + std::chrono::seconds(1));
  const std::vector<Source> plain = function(program, "plain");
  ASSERT_EQ(plain.size(), 1U);
  EXPECT_EQ(plain[0].file, "program.cc");
  EXPECT_NEAR(plain[0].line, 38, 1);  // of the body, where the compiler kept no declaration and there is no text
  EXPECT_EQ(plain[0].text, "");
  std::filesystem::remove(project / "program.cc");
  EXPECT_EQ(function(program, "plain"), plain);
}

TEST_F(DebugInfos, KnowNothingWithoutDwarf) {
  EXPECT_THAT(function(compile("-g0"), "plain"), IsEmpty());
  EXPECT_THAT(variable(compile("-g0"), "counter"), IsEmpty());
  for (const char* text : {"", "#!/bin/sh\n"}) {
    std::ofstream(project / "script") << text;
    EXPECT_THAT(open_debug_info(project / "script", project)->function(1, 1), IsEmpty());
  }
  EXPECT_THAT(open_debug_info(project / "missing", project)->function(1, 1), IsEmpty());
  EXPECT_THAT(open_debug_info(project, project)->variable(1), IsEmpty());
}

TEST_F(DebugInfos, TellOnlyTheFunctionItselfWithoutTheDwoFile) {
  const path program = compile("-g -gsplit-dwarf");
  int removed = 0;
  for (const auto& entry : std::filesystem::directory_iterator(project / "build")) {
    if (entry.path().extension() == ".dwo") removed += std::filesystem::remove(entry.path()) ? 1 : 0;
  }
  EXPECT_GT(removed, 0);
  const std::vector<Source> fit = function(program, "_ZN5model3fit", "i");
  ASSERT_FALSE(fit.empty());
  EXPECT_EQ(fit[0].function, "model::fit(Dataset const&, int)");
  EXPECT_EQ(fit[0].file, "program.cc");
  EXPECT_EQ(fit[0].line, 13U);
  EXPECT_THAT(fit[0].text, EndsWith("weights[count & 1];\n}\n"));
  EXPECT_THAT(variable(program, "counter"), IsEmpty());
}

TEST_F(DebugInfos, KnowNothingOfAddressesWithoutCode) {
  const path program = compile("-g1");
  const auto info = open_debug_info(program, project);
  for (const std::uint64_t address : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 40U, UINT64_MAX}) {
    EXPECT_THAT(info->function(address, 16), IsEmpty());
    EXPECT_THAT(info->variable(address), IsEmpty());
  }
}

TEST_F(DebugInfos, SurviveDamage) {
  for (const std::string options : {"-g -gdwarf-5", "-g1 -gdwarf-4"}) {
    const path program = compile(options);
    const Symbol fit = find(program, "_ZN5model3fit", "i");
    const Symbol counter = find(program, "counter");
    const std::string whole = content(program);
    const auto elf = ElfFile::open(platform::real_file_system(), program).value().value();
    std::vector<ElfSection> sections;
    for (const ElfSection& section : elf.sections()) {
      if (section.name.starts_with(".debug_")) sections.push_back(section);
    }
    ASSERT_GT(sections.size(), 3U);
    const auto ask = [&](const std::string& bytes) {
      std::ofstream(project / "damaged", std::ios::binary) << bytes;
      const auto info = open_debug_info(project / "damaged", project);
      info->function(fit.address, fit.size);
      info->variable(counter.address);
    };
    std::mt19937_64 random(1);
    for (int i = 0; i < 300; ++i) {
      std::string damaged = whole;
      for (auto count = 1 + random() % 8; count > 0; --count) {
        const ElfSection& section = sections[random() % sections.size()];
        damaged[section.offset + random() % section.size] = static_cast<char>(random());
      }
      ask(damaged);
    }
    for (int i = 0; i < 40; ++i) ask(whole.substr(0, random() % whole.size()));
    // Sections that end early, with all else in place.
    for (std::size_t number = 0; number < elf.sections().size(); ++number) {
      if (!elf.sections()[number].name.starts_with(".debug_")) continue;
      const auto table = static_cast<std::size_t>(elf_record<Elf64_Ehdr>(whole, 0).e_shoff);
      std::string cut = whole;
      const std::uint64_t half = elf.sections()[number].size / 2;
      cut.replace(table + number * sizeof(Elf64_Shdr) + offsetof(Elf64_Shdr, sh_size), sizeof half,
                  std::string_view(reinterpret_cast<const char*>(&half), sizeof half));
      ask(cut);
    }
  }
}

// --- Names

TEST(DemangledNames, AreThoseThatPeopleWrite) {
  EXPECT_EQ(demangled("_ZN5model3fitERK7Dataseti"), "model::fit(Dataset const&, int)");
  EXPECT_EQ(demangled("_Z1fRKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE"), "f(std::string const&)");
  EXPECT_EQ(demangled("_Z1fSt17basic_string_viewIcSt11char_traitsIcEE"), "f(std::string_view)");
  EXPECT_EQ(demangled("_Z1fRKSt6vectorIS_IdSaIdEESaIS1_EE"), "f(std::vector<std::vector<double>> const&)");
  EXPECT_EQ(demangled("_Z1fRKSt6vectorINSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEESaIS5_EE"),
            "f(std::vector<std::string> const&)");
  EXPECT_EQ(demangled("plain"), "plain");
  EXPECT_EQ(demangled("_Znonsense"), "_Znonsense");
  EXPECT_EQ(demangled(""), "");
}

}  // namespace
}  // namespace stepcache::code_signature
