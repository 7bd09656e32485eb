#include "code_signature/elf/program_pair_test.h"

#include <elf.h>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "code_signature/elf/image.h"
#include "platform/file_system.h"
#include "platform/loaded_code.h"

namespace stepcache::code_signature {
namespace {

using std::filesystem::path;
using Files = std::map<std::string, std::string>;

constexpr const char* k_prelude =
    "#define STEP(name) extern \"C\" __attribute__((noinline)) int name([[maybe_unused]] int x)\n";

// The text with edits made or not, and how many there are.
std::pair<std::string, std::size_t> with_edits(std::string_view source, const std::set<std::size_t>& edits) {
  std::string text;
  std::size_t count = 0;
  for (std::size_t at = 0; at < source.size();) {
    const std::size_t begin = source.find('@', at);
    text += source.substr(at, begin - at);
    if (begin == std::string_view::npos) break;
    const std::size_t middle = source.find('|', begin);
    const std::size_t end = source.find('@', begin + 1);
    text += edits.contains(count) ? source.substr(middle + 1, end - middle - 1)
                                  : source.substr(begin + 1, middle - begin - 1);
    ++count;
    at = end + 1;
  }
  return {text, count};
}

Files split(const std::string& text) {
  Files files;
  std::string name = "steps.cc";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    if (line.starts_with("//// ")) {
      name = line.substr(5);
    } else {
      files[name] += line + "\n";
    }
    at = end + 1;
  }
  return files;
}

// A table that keeps the steps, in the order of their names, and what runs them.
std::string start_file(const Files& files) {
  Steps names;
  bool has_main = false;
  for (const auto& [file, text] : files) {
    has_main |= text.find("int main(") != std::string::npos;
    for (std::size_t at = text.find("STEP("); at != std::string::npos; at = text.find("STEP(", at + 1)) {
      names.insert(text.substr(at + 5, text.find(')', at) - at - 5));
    }
  }
  std::string start;
  for (const std::string& name : names) start += fmt::format("extern \"C\" int {}(int);\n", name);
  start += "int (*const volatile all_steps[])(int) = {";
  for (const std::string& name : names) start += name + ", ";
  start += "};\nint run_steps(int n) { return all_steps[n](n); }\n";
  if (!has_main) start += "int main(int n, char**) { return run_steps(n); }\n";
  return start;
}

std::string link_flags(const std::string& linker) {
  if (linker == "bfd") return "-fuse-ld=bfd " TEST_LINK_BFD;
  if (linker == "lld") return "-fuse-ld=lld -B/usr/lib/llvm-19/bin " TEST_LINK_LLD;
  if (linker == "mold") return "-fuse-ld=mold " TEST_LINK_MOLD;
  return linker;
}

bool is_gcc(const Toolchain& toolchain) { return toolchain.compiler.find("clang") == std::string::npos; }

std::string compile_command(const Toolchain& toolchain) {
  std::string command = toolchain.compiler + " -std=c++20 -w -include prelude.h ";
  if (toolchain.apart) command += TEST_COMPILE " ";
  if (is_gcc(toolchain)) command += TEST_COMPILE_GCC " ";
  return command + toolchain.options;
}

// Objects made from equal text by an equal command are the same: kept for the other programs of this test.
void compile(const path& project, const std::string& file, const std::string& text, const std::string& key,
             const Toolchain& toolchain) {
  static std::map<std::string, std::string> known;
  std::string& object = known[compile_command(toolchain) + "\n" + file + "\n" + key + "\n" + text];
  const path output = project / (file + ".o");
  if (object.empty()) {
    ProgramPairs::shell(
        fmt::format("cd '{}' && {} -c {} -o {}.o", project.native(), compile_command(toolchain), file, file));
    std::ifstream in(output, std::ios::binary);
    object.assign(std::istreambuf_iterator<char>(in), {});
  } else {
    std::ofstream(output, std::ios::binary) << object;
  }
}

}  // namespace

Toolchain Toolchain::gcc(const std::string& options, const std::string& linker) {
  return {"g++", options, linker, "", true};
}
Toolchain Toolchain::clang(const std::string& options, const std::string& linker) {
  return {"clang++-19", options, linker, "", true};
}
Toolchain Toolchain::arm(const std::string& options) {
  return {"aarch64-linux-gnu-g++", options, "bfd", "-Wl,--no-relax", true};
}

bool Toolchain::is_installed() const {
  static std::map<std::string, bool> known;
  const std::string question = compiler + " -B/usr/lib/llvm-19/bin -fuse-ld=" + linker;
  const auto [found, is_new] = known.try_emplace(question, false);
  if (is_new) found->second = std::system((question + " -Wl,--version >/dev/null 2>&1").c_str()) == 0;
  return found->second;
}

void ProgramPairs::shell(const std::string& command) { ASSERT_EQ(std::system(command.c_str()), 0) << command; }

path ProgramPairs::build(std::string_view source, const std::set<std::size_t>& edits, const Toolchain& toolchain) {
  // Folders of several lengths: where a program lies counts for nothing.
  ++built_;
  const path project = folder.path() / (std::to_string(built_) + std::string(built_ % 5, 'x'));
  std::filesystem::create_directory(project);
  Files files = split(with_edits(source, edits).first);
  files["start.cc"] = start_file(files);
  files["prelude.h"] = k_prelude;
  std::string headers;
  for (const auto& [name, text] : files) {
    std::ofstream(project / name) << text;
    if (name.ends_with(".h")) headers += text;
  }
  std::string objects;
  for (const auto& [name, text] : files) {
    if (name.ends_with(".h")) continue;
    compile(project, name, text, headers, toolchain);
    objects += name + ".o ";
  }
  shell(fmt::format("cd '{}' && {} {} {} {} {} -o program", project.native(), toolchain.compiler, toolchain.options,
                    objects, link_flags(toolchain.linker), toolchain.link_options));
  return project / "program";
}

const std::vector<path>& system_libraries() {
  static const std::vector<path> k_libraries = [] {
    std::vector<path> found;
    for (const path& library : platform::loaded_libraries()) {
      const std::string name = library.filename();
      for (const std::string_view wanted : {"libstdc++.so", "libm.so", "libgcc_s.so", "libc.so", "ld-linux"}) {
        if (name.starts_with(wanted)) found.push_back(library);
      }
    }
    return found;
  }();
  return k_libraries;
}

Result<std::map<std::string, StepCode>> ProgramPairs::try_signatures(const path& program, LoadedProgram loaded) {
  if (loaded.program.empty()) loaded.program = program;
  STEPCACHE_TRY_ASSIGN(const auto image, Image::read(platform::real_file_system(), program));
  if (image->machine() == EM_X86_64) {
    loaded.libraries.insert(loaded.libraries.end(), system_libraries().begin(), system_libraries().end());
  }
  std::vector<std::string> names;
  for (const ImageSymbol& symbol : image->symbols()) {
    if (symbol.type != STT_FUNC || symbol.section == 0 || !symbol.name.starts_with("step_")) continue;
    if (symbol.name.find('.') != std::string_view::npos) continue;  // a part or copy of one
    names.emplace_back(symbol.name);
    loaded.steps.push_back({{platform::CodePlace{"", symbol.value}}});
  }
  STEPCACHE_TRY_ASSIGN(const auto exact, exact_signatures(platform::real_file_system(), loaded));
  std::map<std::string, StepCode> signed_steps;
  for (std::size_t i = 0; i < names.size(); ++i) signed_steps.emplace(names[i], exact->steps()[i]);
  return signed_steps;
}

std::map<std::string, StepCode> ProgramPairs::signatures(const path& program, LoadedProgram loaded) {
  auto read = try_signatures(program, std::move(loaded));
  EXPECT_TRUE(read) << to_string(read.error());
  return read ? std::move(*read) : std::map<std::string, StepCode>();
}

Steps ProgramPairs::difference(const std::map<std::string, StepCode>& before,
                               const std::map<std::string, StepCode>& after) {
  EXPECT_FALSE(before.empty());
  EXPECT_EQ(before.size(), after.size());
  Steps different;
  for (const auto& [name, code] : before) {
    const auto other = after.find(name);
    if (other == after.end() || other->second.signature.digest != code.signature.digest) different.insert(name);
  }
  return different;
}

std::size_t ProgramPairs::count_edits(std::string_view source) { return with_edits(source, {}).second; }

Steps ProgramPairs::changed(std::string_view source, const Toolchain& toolchain) {
  std::set<std::size_t> all;
  for (std::size_t i = 0; i < count_edits(source); ++i) all.insert(i);
  EXPECT_FALSE(all.empty()) << "a test without an edit shows nothing";
  return difference(signatures(build(source, {}, toolchain)), signatures(build(source, all, toolchain)));
}

std::vector<Steps> ProgramPairs::changed_by_each(std::string_view source, const Toolchain& toolchain) {
  const auto before = signatures(build(source, {}, toolchain));
  std::vector<Steps> each;
  for (std::size_t i = 0; i < count_edits(source); ++i) {
    each.push_back(difference(before, signatures(build(source, {i}, toolchain))));
  }
  return each;
}

}  // namespace stepcache::code_signature
