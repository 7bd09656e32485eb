#include "program/user_arguments.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "program/program.h"

namespace stepcache::program {
namespace {

bool contains(std::span<const std::string_view> all, std::string_view text) {
  return std::find(all.begin(), all.end(), text) != all.end();
}
bool starts_with_one_of(std::span<const std::string_view> all, std::string_view text) {
  return std::any_of(all.begin(), all.end(), [&](std::string_view start) { return text.starts_with(start); });
}

// Options whose value is the next argument.
constexpr std::array<std::string_view, 18> k_compile_with_value = {
    "-I", "-isystem", "-iquote", "-idirafter",     "-include",    "-imacros", "-isysroot", "-iprefix",  "-iwithprefix",
    "-D", "-U",       "-B",      "-Xpreprocessor", "-Xassembler", "-Xclang",  "--param",   "--sysroot", "-target"};
constexpr std::array<std::string_view, 7> k_link_with_value = {"-L", "-l", "-Xlinker", "-T", "-u", "-z", "-e"};

constexpr std::array<std::string_view, 4> k_link_starts = {"-l", "-L", "-Wl,", "-fuse-ld="};
constexpr std::array<std::string_view, 11> k_link_only = {
    "-static", "-static-libgcc", "-static-libstdc++", "-static-pie",  "-rdynamic", "-pie", "-no-pie",
    "-s",      "-nostdlib",      "-nodefaultlibs",    "-nostartfiles"};

// Options with a path in the same argument.
constexpr std::array<std::string_view, 13> k_path_starts = {
    "-isystem", "-iquote", "-idirafter", "-include", "-imacros", "-isysroot", "--sysroot=",
    "-I",       "-L",      "-B",         "-Wl,",     "-specs=",  "-fplugin="};

bool is_set_by_us(std::string_view option) {
  static constexpr std::array<std::string_view, 5> k_whole = {"-c", "-S", "-E", "-shared", "-"};
  static constexpr std::array<std::string_view, 3> k_starts = {"-o", "-M", "-x"};
  return contains(k_whole, option) || starts_with_one_of(k_starts, option);
}

bool is_link_file(const std::filesystem::path& path) {
  static constexpr std::array<std::string_view, 3> k_endings = {".a", ".o", ".so"};
  return contains(k_endings, path.extension().native()) || path.filename().native().find(".so.") != std::string::npos;
}

bool depends_on_folder(std::string_view option) {
  if (option.starts_with("-fprofile")) return true;
  for (const std::string_view start : k_path_starts) {
    if (option.starts_with(start)) return option.size() > start.size() && option[start.size()] != '/';
  }
  return false;
}

class Sorter {
 public:
  explicit Sorter(platform::FileSystem& files) : files_(files) {}

  Result<UserArguments> sort(const std::vector<std::string>& arguments) && {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const std::string& argument = arguments[i];
      if (!argument.starts_with('-')) {
        STEPCACHE_TRY(file(argument));
        continue;
      }
      if (is_set_by_us(argument)) {
        return fail(ErrorCode::invalid_argument, "Stepcache sets this compiler option itself; leave it out", argument);
      }
      const bool for_link = contains(k_link_with_value, argument);
      if (for_link || contains(k_compile_with_value, argument)) {
        if (i + 1 == arguments.size()) {
          return fail(ErrorCode::invalid_argument, "this compiler option needs a value after it", argument);
        }
        auto& list = for_link ? sorted_.link : sorted_.compile;
        list.push_back(argument);
        list.push_back(arguments[++i]);
        sorted_.relative |= !arguments[i].starts_with('/');
        continue;
      }
      sorted_.relative |= depends_on_folder(argument);
      option(argument);
    }
    return std::move(sorted_);
  }

 private:
  void option(const std::string& argument) {
    const bool for_link = contains(k_link_only, argument) || starts_with_one_of(k_link_starts, argument);
    if (!for_link) sorted_.compile.push_back(argument);
    // -pthread, -fsanitize=..., -flto, -m32 and the like speak to the linker too; preprocessor and warning options do
    // not.
    static constexpr std::array<std::string_view, 5> k_compile_starts = {"-I", "-D", "-U", "-i", "-W"};
    if (for_link || !starts_with_one_of(k_compile_starts, argument)) sorted_.link.push_back(argument);
  }

  Result<void> file(const std::string& argument) {
    const std::filesystem::path path = absolute_path(argument);
    if (!is_cpp_source(path) && !is_link_file(path)) {
      return fail(ErrorCode::invalid_argument,
                  "this is neither an option of the compiler, C++ source (.cpp, .cc, .cxx) nor a library or object "
                  "(.a, .so, .o)",
                  argument);
    }
    const auto info = files_.stat(path);
    if (!info && info.error().code == ErrorCode::not_found) {
      return fail(ErrorCode::not_found, "there is no such file to compile or link", argument);
    }
    if (!info) return fail(info.error());
    if (is_cpp_source(path)) {
      if (std::find(sorted_.sources.begin(), sorted_.sources.end(), path) == sorted_.sources.end()) {
        sorted_.sources.push_back(path);
      }
    } else {
      sorted_.link.push_back(path.string());
      sorted_.link_files.push_back(path);
    }
    return {};
  }

  platform::FileSystem& files_;
  UserArguments sorted_;
};

}  // namespace

Result<UserArguments> sort_arguments(platform::FileSystem& files, const std::vector<std::string>& arguments) {
  return Sorter(files).sort(arguments);
}

}  // namespace stepcache::program
