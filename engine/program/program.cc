#include "program/program.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include "platform/process.h"

namespace stepcache::program {
namespace {

constexpr std::uint32_t k_any_execute = 0111;
constexpr std::string_view k_elf_magic =
    "\x7f"
    "ELF";

bool ends_in(const std::filesystem::path& path, std::span<const std::string_view> endings) {
  return std::find(endings.begin(), endings.end(), path.extension().native()) != endings.end();
}

Result<std::string> first_bytes(platform::FileSystem& files, const std::filesystem::path& path) {
  STEPCACHE_TRY_ASSIGN(const auto file, files.open(path));
  std::array<std::byte, 4> head{};
  STEPCACHE_TRY_ASSIGN(const std::size_t count, file->read_at(head, 0));
  return std::string(as_text(Bytes(head).first(count)));
}

}  // namespace

bool is_cpp_source(const std::filesystem::path& path) {
  static constexpr std::array<std::string_view, 5> k_endings = {".cpp", ".cc", ".cxx", ".c++", ".C"};
  return ends_in(path, k_endings);
}

std::filesystem::path absolute_path(const std::filesystem::path& path) {
  std::error_code code;
  const std::filesystem::path whole = std::filesystem::absolute(path, code);
  std::filesystem::path plain;
  for (const auto& part : code ? path : whole) {
    if (part != ".") plain /= part;
  }
  return plain;
}

Result<Program> find_program(platform::FileSystem& files, const std::filesystem::path& given) {
  static constexpr std::array<std::string_view, 5> k_headers = {".h", ".hpp", ".hh", ".hxx", ".inl"};
  const auto refuse = [&](std::string message) {
    return fail(ErrorCode::invalid_argument, std::move(message), given.string());
  };
  if (given.empty()) return fail(ErrorCode::invalid_argument, "name a pipeline: FILE.cpp, FILE.py or a program");
  const std::filesystem::path path = absolute_path(given);
  const auto info = files.stat(path);
  if (!info && info.error().code == ErrorCode::not_found) {
    return fail(ErrorCode::not_found, "there is no such file; name a pipeline: FILE.cpp, FILE.py or a program",
                given.string());
  }
  if (!info) return fail(info.error());
  if (info->type == platform::FileType::directory) {
    return refuse("this is a folder; name the pipeline in it: FILE.cpp, FILE.py or a program");
  }
  if (info->type != platform::FileType::regular) return refuse("this is no regular file, so no pipeline");
  if (is_cpp_source(path)) return Program{ProgramKind::cpp_source, path};
  if (path.extension() == ".py") return Program{ProgramKind::python, path};
  if (ends_in(path, k_headers)) return refuse("this is a header; name the source file that has main()");

  STEPCACHE_TRY_ASSIGN(const std::string head, first_bytes(files, path));
  const bool elf = head == k_elf_magic;
  const bool script = head.starts_with("#!");
  if (!elf && !script) {
    return refuse("this is no pipeline: neither C++ source (.cpp, .cc, .cxx), Python (.py) nor a program");
  }
  if ((info->mode & k_any_execute) == 0) return refuse("nobody may execute this program; make it so with `chmod +x`");
  return Program{ProgramKind::executable, path};
}

Error start_program(const Program& program, const std::vector<std::string>& arguments) {
  platform::Command command;
  switch (program.kind) {
    case ProgramKind::cpp_source:
      return {ErrorCode::invalid_argument, "C++ source has to be compiled before it can run", program.path.string()};
    case ProgramKind::python:
      command.arguments = {"python3", program.path.string()};
      break;
    case ProgramKind::executable:
      command.arguments = {program.path.string()};
      break;
  }
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  Error error = platform::replace_process(command);
  if (program.kind == ProgramKind::python && error.code == ErrorCode::not_found) {
    return {ErrorCode::not_found,
            "running it needs python3, which is not in PATH; install it (Debian: apt install python3)",
            program.path.string()};
  }
  return error;
}

}  // namespace stepcache::program
