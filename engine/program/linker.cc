#include "program/linker.h"

#include <algorithm>
#include <array>

#include "platform/process.h"

namespace stepcache::program {
namespace {

constexpr std::uint64_t k_answer_limit_bytes = 1U << 16U;

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace

Result<std::string> find_linker(platform::FileSystem& files, const std::vector<std::string>& command,
                                const std::filesystem::path& scratch) {
  platform::Command ask;
  ask.arguments = command;
  ask.arguments.emplace_back("-Wl,--version");
  ask.environment = {{"LC_ALL", "C"}};
  ask.standard_output = scratch;
  // Compilers themselves speak there, of programs with "ld" in their names; what is wrong, linking itself will tell.
  ask.standard_error = "/dev/null";
  const auto status = platform::run_process(ask);
  if (!status) return fail(status.error());
  const auto text = platform::read_whole(files, scratch, k_answer_limit_bytes);
  (void)files.remove(scratch);
  return std::string(text ? linker_in(*text) : k_other_linker);
}

std::string_view linker_in(std::string_view version) {
  // mold calls itself "compatible with GNU ld", and so does lld.
  if (contains(version, "mold")) return k_mold;
  if (contains(version, "LLD")) return k_lld;
  if (contains(version, "GNU ld")) return k_bfd;
  return k_other_linker;
}

bool is_gcc(std::string_view compiler_version) { return contains(compiler_version, "Free Software Foundation"); }

bool asks_for_stripping(const std::vector<std::string>& options) {
  static constexpr std::array<std::string_view, 3> k_strip = {"-s", "-Wl,-s", "-Wl,--strip-all"};
  return std::any_of(options.begin(), options.end(), [](const std::string& option) {
    return std::find(k_strip.begin(), k_strip.end(), option) != k_strip.end();
  });
}

bool asks_for_a_fixed_address(const std::vector<std::string>& options) {
  static constexpr std::array<std::string_view, 6> k_fixed = {"-no-pie",  "-nopie",   "-static",
                                                              "-fno-pie", "-fno-PIE", "-Wl,-no-pie"};
  return std::any_of(options.begin(), options.end(), [](const std::string& option) {
    return std::find(k_fixed.begin(), k_fixed.end(), option) != k_fixed.end();
  });
}

}  // namespace stepcache::program
