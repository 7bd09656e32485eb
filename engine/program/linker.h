#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "platform/file_system.h"
#include "result/result.h"

namespace stepcache::program {

// The linkers that can keep in a program what tells its functions and data apart, by their names in sdk.json.
inline constexpr std::string_view k_bfd = "bfd";
inline constexpr std::string_view k_lld = "lld";
inline constexpr std::string_view k_mold = "mold";
inline constexpr std::string_view k_other_linker = "other";

// Which linker `command`, a compiler with the options that are to be used for linking, starts: it is asked. A compiler
// that does not answer has another linker. `scratch` is a file to write to. Errors: as platform::run_process.
Result<std::string> find_linker(platform::FileSystem& files, const std::vector<std::string>& command,
                                const std::filesystem::path& scratch);

// The linker's name in what it answers to `--version`.
std::string_view linker_in(std::string_view version);

// Whether the compiler whose `--version` this is, is GCC.
bool is_gcc(std::string_view compiler_version);

// Whether these options ask for a program without symbols: then relocations cannot be kept, and bfd refuses to.
bool asks_for_stripping(const std::vector<std::string>& options);

// Whether these options ask for a program that cannot be moved (not PIE). Of one that g++ compiled, mold cannot keep
// the relocations: 1.10 stops with a failed assertion.
bool asks_for_a_fixed_address(const std::vector<std::string>& options);

}  // namespace stepcache::program
