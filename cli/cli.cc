#include "cli/cli.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/pipeline_command.h"
#include "report/config_json.h"
#include "report/console.h"
#include "stepcache_version.h"
#include "workspace/nearest_name.h"
#include "workspace/start_pipeline.h"

namespace stepcache::cli {

namespace {

bool contains(std::span<const std::string> arguments, std::string_view wanted) {
  return std::find(arguments.begin(), arguments.end(), wanted) != arguments.end();
}

void add_shared_options(CLI::App& app, CommandLine& line) {
  app.add_flag("--json", line.output.json, "Print one JSON object on standard output and nothing else there");
  app.add_option("--workspace", line.workspace,
                 "The .stepcache folder (default: STEPCACHE_WORKSPACE, else the nearest one upward)")
      ->type_name("DIR");
  app.add_flag_callback("-v,--verbose", [&line] { line.output.verbosity = 1; }, "Say more");
  app.add_flag_callback(
      "-q,--quiet", [&line] { line.output.verbosity = -1; }, "Say only what was asked for, and errors");
}

void add_commands(CLI::App& program, CommandLine& line) {
  add_pipeline_commands(program, line);
  add_why(program, line);
  add_signature(program, line);
  add_accept(program, line);
  add_runs(program, line);
  add_show(program, line);
  add_diff(program, line);
  add_lineage(program, line);
  add_artifacts(program, line);
  add_cat(program, line);
  add_tag(program, line);
  add_note(program, line);
  add_pin(program, line);
  add_verify(program, line);
  add_gc(program, line);
  add_config(program, line);
}

std::vector<std::string> command_names(const CLI::App& program) {
  std::vector<std::string> names;
  for (const CLI::App* command : program.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

// How to ask for the help of a command, or of the program (which has no parent).
std::string help_of(const CLI::App& command) {
  if (command.get_parent() == nullptr) return "`stepcache --help`";
  return fmt::format("`stepcache {} --help`", command.get_name());
}

Error unknown(const CLI::App& command, const std::string& argument) {
  const std::string see = fmt::format("; {} lists them", help_of(command));
  if (argument.size() > 1 && argument.front() == '-') {
    const std::string name = argument.substr(0, argument.find('='));
    const std::string nearest = workspace::did_you_mean(name, option_names(command));
    return {ErrorCode::invalid_argument, "there is no such option" + (nearest.empty() ? see : nearest), name};
  }
  return {ErrorCode::invalid_argument,
          fmt::format("`{}` takes no such argument; {} shows what it takes", command.get_name(), help_of(command)),
          argument};
}

const CLI::App& given_command(const CLI::App& program) {
  const auto given = program.get_subcommands();
  return given.empty() ? program : *given.front();
}

// Where the command's name is among the arguments, or their end. --workspace's value is none.
std::size_t find_command(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--workspace") {
      ++i;
    } else if (arguments[i].empty() || arguments[i].front() != '-') {
      return i;
    }
  }
  return arguments.size();
}

// Parses what is not about a PIPELINE. What is printed at once (help) is printed here; then there is no action.
Result<void> parse(CLI::App& program, CommandLine& line, std::vector<std::string> arguments, report::Console& console) {
  try {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them
    program.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    const auto given = program.get_subcommands();
    console.print(given.empty() ? program.help() : given.front()->help("stepcache"));
    line.action = nullptr;
    return {};
  } catch (const CLI::ArgumentMismatch& error) {
    // "--limit: 1 required N missing"
    const std::string text = error.what();
    return fail(ErrorCode::invalid_argument,
                fmt::format("needs a value; {} shows which", help_of(given_command(program))),
                text.substr(0, text.find(':')));
  } catch (const CLI::ParseError& error) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("{}; {} shows how it is used", error.what(), help_of(given_command(program))));
  }
  for (const CLI::App* command : program.get_subcommands()) {
    if (const auto rest = command->remaining(); !rest.empty()) return fail(unknown(*command, rest.front()));
  }
  if (const auto rest = program.remaining(); !rest.empty()) return fail(unknown(program, rest.front()));
  return {};
}

int run_command(const std::vector<std::string>& arguments, report::Console& console) {
  CommandLine line;
  CLI::App program("Runs pipelines of typed steps and reruns only what changed.", "stepcache");
  program.require_subcommand(0, 1);
  program.allow_extras();
  program.set_version_flag("--version", std::string(k_version), "Show the version");
  // Before the commands, which inherit it. The usage line and the defaults say as much.
  program.get_formatter()->label("TEXT", "");
  program.get_formatter()->label("REQUIRED", "");
  program.get_formatter()->label("SUBCOMMAND", "COMMAND");
  program.get_formatter()->label("Subcommands", "Commands");
  add_shared_options(program, line);
  add_commands(program, line);
  program.footer(
      "Example:\n  stepcache run pipeline.cpp\n  stepcache why evaluator\n\n"
      "`stepcache COMMAND --help` describes each command.");

  const std::size_t at = find_command(arguments);
  if (at < arguments.size()) {
    const auto names = command_names(program);
    if (!contains(names, arguments[at])) {
      const std::string nearest = workspace::did_you_mean(arguments[at], names);
      return report::report_error(
          console, {ErrorCode::invalid_argument,
                    "there is no such command" + (nearest.empty() ? "; `stepcache --help` lists them" : nearest),
                    arguments[at]});
    }
  }
  if (const auto parsed = parse(program, line, arguments, console); !parsed) {
    return report::report_error(console, parsed.error());
  }
  if (!line.action) {
    // Help was printed, or nothing was asked for.
    if (at == arguments.size() && !contains(arguments, "--help") && !contains(arguments, "-h")) {
      console.print(program.help());
    }
    return 0;
  }
  const auto place = workspace::find_place(line.workspace);
  if (!place) return report::report_error(console, place.error());
  line.output.color = place->settings.settings.color;
  console = report::Console(line.output);
  Context context{console, *place};
  const auto status = line.action(context);
  return status ? *status : report::report_error(console, status.error());
}

int run_arguments(const std::vector<std::string>& arguments, report::Console& console) {
  const std::size_t at = find_command(arguments);
  if (at == arguments.size() && contains(arguments, "--version")) {
    console.print(console.json() ? report::version_json(k_version) : fmt::format("stepcache {}\n", k_version));
    return 0;
  }
  if (at < arguments.size()) {
    std::vector<std::string> around = arguments;
    around.erase(around.begin() + static_cast<std::ptrdiff_t>(at));
    if (is_about_pipeline(arguments[at], around)) {
      const auto command = pipeline_command(arguments[at], around);
      return report::report_error(console, command ? workspace::start_pipeline(*command) : command.error());
    }
  }
  return run_command(arguments, console);
}

}  // namespace

CLI::App* add_command(CLI::App& program, CommandLine& line, const std::string& name, const std::string& help,
                      const std::string& examples) {
  CLI::App* command = program.add_subcommand(name, help);
  command->allow_extras();
  command->footer("Example:\n" + examples);
  add_shared_options(*command, line);
  return command;
}

int run(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  // An error in the command line itself is reported in the form that it asks for.
  report::OutputOptions output;
  output.json = contains(std::span(arguments.begin(), std::find(arguments.begin(), arguments.end(), "--")), "--json");
  report::Console console(output);
  try {
    return console.finish(run_arguments(arguments, console));
  } catch (const std::exception& exception) {
    return console.finish(report::report_error(
        console, {ErrorCode::internal, fmt::format("{}: please report this", exception.what()), "stepcache"}));
  }
}

}  // namespace stepcache::cli
