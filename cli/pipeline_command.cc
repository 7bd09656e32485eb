#include "cli/pipeline_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include "cli/command.h"

namespace stepcache::cli {
namespace {

constexpr std::string_view k_workspace = "--workspace";
constexpr std::string_view k_depth = "--depth";  // of `signature`

bool is_option(std::string_view text) { return text.size() > 1 && text.front() == '-'; }

bool has_source_ending(std::string_view text) {
  constexpr std::array<std::string_view, 6> k_endings = {".cpp", ".cc", ".cxx", ".c++", ".C", ".py"};
  return std::any_of(k_endings.begin(), k_endings.end(),
                     [&](std::string_view ending) { return text.ends_with(ending); });
}

// The words before `--` that are neither options nor the value of --workspace, or of --depth where the command has it.
// An unknown option's value counts as a word.
std::vector<std::string> words_of(std::string_view command, std::span<const std::string> arguments) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--") break;
    if (arguments[i] == k_workspace || (arguments[i] == k_depth && command == "signature")) {
      ++i;
    } else if (!is_option(arguments[i])) {
      words.push_back(arguments[i]);
    }
  }
  return words;
}

}  // namespace

bool is_about_pipeline(std::string_view command, std::span<const std::string> arguments) {
  const std::vector<std::string> words = words_of(command, arguments);
  if (command == "accept") {
    for (const std::string& argument : arguments) {
      if (argument == "--") break;
      if (argument == "--list" || argument == "--revoke" || argument.starts_with("--revoke=")) return false;
    }
  }
  if (command == "accept" || command == "run" || command == "plan" || command == "graph") {
    const bool help = std::any_of(arguments.begin(), arguments.end(),
                                  [](const std::string& a) { return a == "--help" || a == "-h"; });
    return !words.empty() || !help;
  }
  if ((command != "why" && command != "signature") || words.empty()) return false;
  return words.size() > 1 || has_source_ending(words.front());
}

Result<workspace::PipelineCommand> pipeline_command(std::string_view command, std::span<const std::string> arguments) {
  workspace::PipelineCommand made;
  made.command = command;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--") {
      made.compile_arguments.assign(arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1, arguments.end());
      break;
    }
    if (argument == k_workspace) {
      if (i + 1 == arguments.size() || arguments[i + 1].empty()) {
        return fail(ErrorCode::invalid_argument, "takes a folder, as in `--workspace project/.stepcache`",
                    std::string(k_workspace));
      }
      made.workspace_option = arguments[++i];
    } else if (argument.starts_with("--workspace=")) {
      made.workspace_option = argument.substr(k_workspace.size() + 1);
    } else if (argument == k_depth && command == "signature" && i + 1 < arguments.size()) {
      made.arguments.push_back(argument);
      made.arguments.push_back(arguments[++i]);
    } else if (made.pipeline.empty() && !argument.empty() && !is_option(argument)) {
      made.pipeline = argument;
    } else {
      made.arguments.push_back(argument);
    }
  }
  if (made.pipeline.empty()) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("name the pipeline first: a C++ source, a Python file or a program, as in `stepcache {} "
                            "pipeline.cpp{}`",
                            command,
                            command == "why" || command == "signature" || command == "accept" ? " STEP" : ""),
                std::string(command));
  }
  return made;
}

void add_pipeline_commands(CLI::App& program, CommandLine& line) {
  struct Entry {
    const char* name;
    const char* help;
    const char* examples;
  };
  constexpr std::array k_entries = {
      Entry{"run", "Run a pipeline; steps whose code, parameters and inputs are unchanged are not run again",
            "  stepcache run pipeline.cpp --epochs 30\n"
            "  stepcache run pipeline.cpp --json -- -Iinclude -lm more.cpp\n"
            "  stepcache run ./boston_housing --no-cache"},
      Entry{"plan", "Say what a run would do now, and why; nothing is run",
            "  stepcache plan pipeline.cpp --epochs 30"},
      Entry{"graph", "Show a pipeline's steps, artifacts and edges",
            "  stepcache graph pipeline.cpp --format svg > pipeline.svg"},
  };
  for (const Entry& entry : k_entries) {
    CLI::App* command = add_command(program, line, entry.name, entry.help, entry.examples);
    // All is passed on to the program before anything is parsed: this is for the help.
    const auto passed_on = [](const auto&) {};
    command
        ->add_option_function<std::string>(
            "PIPELINE", passed_on,
            "A C++ source (compiled when something that it is made of changed), a Python "
            "file or a pipeline's program")
        ->required();
    command->add_option_function<std::vector<std::string>>(
        "ARGUMENTS", passed_on,
        fmt::format("What the pipeline's program takes: `stepcache {} PIPELINE --help` lists it; after `--`, for a C++ "
                    "source: compiler flags, libraries and further sources",
                    entry.name));
  }
}

}  // namespace stepcache::cli
