#include "cpp/src/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string_view>
#include <unordered_map>

#include "cpp/src/parameter_text.h"
#include "workspace/nearest_name.h"

namespace stepcache::detail {
namespace {

// A set of commands, one bit each.
using Commands = unsigned;
constexpr Commands bit(CommandName command) { return 1U << static_cast<unsigned>(command); }
constexpr Commands k_work = bit(CommandName::run) | bit(CommandName::plan) | bit(CommandName::why) |
                            bit(CommandName::signature) | bit(CommandName::graph) | bit(CommandName::accept);
constexpr std::string_view k_depth = "depth";

bool takes_step(CommandName command) {
  return command == CommandName::why || command == CommandName::signature || command == CommandName::accept;
}

struct CommandSpec {
  CommandName name;
  std::string_view word;
  std::string_view arguments;
  std::string_view help;
};
constexpr std::array<CommandSpec, 6> k_commands = {{
    {CommandName::run, "run", "", "Runs the steps whose code or inputs changed; the results of the others are reused."},
    {CommandName::plan, "plan", "", "Says what a run would do now, and why. Nothing is run."},
    {CommandName::why, "why", "STEP", "Says why a step would run or be reused, with all that its result depends on."},
    {CommandName::signature, "signature", "STEP", "Shows the code of a step with all that it reaches."},
    {CommandName::graph, "graph", "", "Shows the pipeline's steps, artifacts and edges."},
    {CommandName::accept, "accept", "STEP",
     "Declares that an edit of the step's code changes no result: what the old code made is reused."},
}};

struct OptionSpec {
  std::string_view name;    // without dashes
  std::string_view letter;  // or empty
  std::string_view value;   // placeholder; empty: none is taken
  Commands commands;
  std::string_view help;
};
constexpr std::array<OptionSpec, 17> k_options = {{
    {"cache", "", "", k_work, "Reuse results wherever possible, also of steps that switch it off"},
    {"no-cache", "", "", k_work, "Run every step; results are stored all the same"},
    {"check", "", "PERCENT", bit(CommandName::run),
     "Run this share of what could be reused again, and compare the results"},
    {"fail-fast", "", "", bit(CommandName::run), "Stop when a step has failed"},
    {"in-process", "", "", bit(CommandName::run), "Run the steps in this process, where they see each other's globals"},
    {"set", "", "NAME=VALUE", k_work, "Set a parameter, whatever it is called"},
    {"format", "", "text|dot|svg|json", bit(CommandName::graph), "What to print (default: text)"},
    {k_depth, "", "N", bit(CommandName::signature), "Leave out what is reached in more steps than that"},
    {"yes", "", "", bit(CommandName::accept), "Do not ask"},
    {"note", "", "TEXT", bit(CommandName::accept), "Why it changes no result, for those who read it later"},
    {"json", "", "", k_work, "Print one JSON object on standard output and nothing else there"},
    {"workspace", "", "FOLDER", k_work, "The .stepcache folder (default: the nearest one upward, or a new one here)"},
    {"trace", "", "FILE", k_work, "Write what took how long, in Chrome's trace format"},
    {"verbose", "v", "", k_work, "Say more"},
    {"quiet", "q", "", k_work, "Say only what was asked for, and errors"},
    {"help", "h", "", k_work, "Show this"},
    {"version", "", "", k_work, "Show the version"},
}};

const CommandSpec* find_command(std::string_view word) {
  const auto* const found =
      std::find_if(k_commands.begin(), k_commands.end(), [&](const auto& spec) { return spec.word == word; });
  return found == k_commands.end() ? nullptr : found;
}

const CommandSpec& spec_of(CommandName command) {
  return *std::find_if(k_commands.begin(), k_commands.end(), [&](const auto& spec) { return spec.name == command; });
}

const OptionSpec* find_option(std::string_view name) {
  const auto* const found =
      std::find_if(k_options.begin(), k_options.end(), [&](const auto& spec) { return spec.name == name; });
  return found == k_options.end() ? nullptr : found;
}

const OptionSpec* find_letter(std::string_view letter) {
  if (letter.empty()) return nullptr;
  const auto* const found =
      std::find_if(k_options.begin(), k_options.end(), [&](const auto& spec) { return spec.letter == letter; });
  return found == k_options.end() ? nullptr : found;
}

tl::unexpected<Error> refuse(std::string message, std::string where) {
  return fail(ErrorCode::invalid_argument, std::move(message), std::move(where));
}

// The nearest known name, or where to look.
std::string hint(const std::string& wanted, const std::vector<std::string>& names) {
  const std::string nearest = workspace::did_you_mean(wanted, names);
  return nearest.empty() ? "; --help lists them" : nearest;
}

// "5%" or "5": above 0 and up to 100, as a share.
std::optional<double> parse_percentage(std::string_view text) {
  constexpr double k_all = 100;
  if (text.ends_with('%')) text.remove_suffix(1);
  double percent = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), percent, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size() || !(percent > 0 && percent <= k_all)) return {};
  return percent / k_all;
}

// Walks through the arguments, front to back.
class Parser {
 public:
  Parser(const PipelineState& pipeline, int argc, char** argv)
      : pipeline_(pipeline), arguments_(argv + std::min(argc, 1), argv + argc) {}

  Result<CommandLine> parse() {
    while (next_ < arguments_.size()) {
      const std::string argument = arguments_[next_++];
      if (argument == "--" && !only_words_) {
        only_words_ = true;
      } else if (argument.starts_with('-') && argument.size() > 1 && !only_words_) {
        STEPCACHE_TRY(option(argument));
      } else {
        STEPCACHE_TRY(word(argument));
      }
    }
    return finish();
  }

 private:
  Result<void> word(const std::string& text) {
    if (!command_) {
      const CommandSpec* const spec = find_command(text);
      if (spec == nullptr) {
        std::vector<std::string> names;
        names.reserve(k_commands.size());
        for (const CommandSpec& known : k_commands) names.emplace_back(known.word);
        return refuse("there is no such command" + hint(text, names), text);
      }
      command_ = spec->name;
      return {};
    }
    if (takes_step(*command_) && line_.step.empty() && !text.empty()) {
      line_.step = text;
      return {};
    }
    return refuse(
        fmt::format("`{}` takes no such argument; an option's value follows its name", spec_of(*command_).word), text);
  }

  Result<void> option(const std::string& argument) {
    const bool is_long = argument.starts_with("--");
    const std::size_t equals = is_long ? argument.find('=') : std::string::npos;
    const std::string written = argument.substr(0, equals);
    const std::string name = written.substr(is_long ? 2 : 1);
    std::optional<std::string> value;
    if (equals != std::string::npos) value = argument.substr(equals + 1);

    const OptionSpec* spec = is_long ? find_option(name) : find_letter(name);
    // So common a name stays the pipeline's where it has such a parameter.
    if (name == k_depth && find_parameter(name) != nullptr) spec = nullptr;
    if (spec != nullptr) {
      if (spec->value.empty() && value) return refuse("takes no value", written);
      if (!spec->value.empty() && !value) {
        STEPCACHE_TRY_ASSIGN(value, take_value(written, spec->value));
      }
      used_.emplace_back(spec, written);
      return apply(*spec, value.value_or(""), written);
    }
    if (is_long && has_shorthand(name) && find_parameter(name) != nullptr) {
      if (!value) {
        const auto position = static_cast<std::size_t>(find_parameter(name) - pipeline_.description.parameters.data());
        STEPCACHE_TRY_ASSIGN(value, take_value(written, placeholder(pipeline_.parameter_types[position])));
      }
      line_.settings.push_back({written, name, *std::move(value)});
      return {};
    }
    return refuse("there is no such option" + hint(written, all_names()), written);
  }

  // The argument after an option. One that looks like another option is its value all the same: numbers are negative,
  // too.
  Result<std::string> take_value(const std::string& option, std::string_view placeholder_text) {
    if (next_ >= arguments_.size())
      return refuse(fmt::format("needs a value: {} {}", option, placeholder_text), option);
    return arguments_[next_++];
  }

  Result<void> apply(const OptionSpec& spec, const std::string& value, const std::string& written) {
    if (spec.name == "cache" || spec.name == "no-cache") {
      const bool enabled = spec.name == "cache";
      if (line_.enable_cache && *line_.enable_cache != enabled)
        return refuse("contradicts --no-cache or --cache", written);
      line_.enable_cache = enabled;
    } else if (spec.name == "fail-fast") {
      line_.fail_fast = true;
    } else if (spec.name == "check") {
      const auto share = parse_percentage(value);
      if (!share) {
        return refuse(
            fmt::format("takes a percentage above 0 and up to 100, as in `--check 5%`, not `{}`", value), written);
      }
      line_.check = *share;
    } else if (spec.name == "yes") {
      line_.yes = true;
    } else if (spec.name == "note") {
      line_.note = value;
    } else if (spec.name == "in-process") {
      line_.in_process = true;
    } else if (spec.name == "set") {
      const std::size_t equals = value.find('=');
      if (equals == std::string::npos || equals == 0) return refuse("takes NAME=VALUE, as in --set epochs=30", written);
      line_.settings.push_back({"--set " + value.substr(0, equals), value.substr(0, equals), value.substr(equals + 1)});
    } else if (spec.name == "format") {
      if (value != "text" && value != "dot" && value != "svg" && value != "json") {
        return refuse("takes text, dot, svg or json", written);
      }
      line_.format = value;
    } else if (spec.name == k_depth) {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), line_.depth);
      if (error != std::errc() || end != value.data() + value.size()) {
        return refuse("takes a number, as in --depth 3; 0: everything", written);
      }
    } else if (spec.name == "json") {
      line_.output.json = true;
    } else if (spec.name == "workspace") {
      if (value.empty()) return refuse("takes the path of a .stepcache folder", written);
      line_.workspace = value;
    } else if (spec.name == "trace") {
      if (value.empty()) return refuse("takes the path of a file to write", written);
      line_.output.trace = value;
    } else if (spec.name == "verbose") {
      line_.output.verbosity = 1;
    } else if (spec.name == "quiet") {
      line_.output.verbosity = -1;
    } else if (spec.name == "help") {
      help_ = true;
    } else {
      version_ = true;
    }
    return {};
  }

  Result<CommandLine> finish() {
    if (version_) {
      line_.command = CommandName::version;
      return std::move(line_);
    }
    if (help_) {
      line_.command = CommandName::help;
      line_.help_on = command_;
      return std::move(line_);
    }
    if (!command_) {
      return refuse("say what to do: run, plan, why, signature, graph or accept; --help describes them", "");
    }
    for (const auto& [spec, written] : used_) {
      if ((spec->commands & bit(*command_)) == 0) {
        return refuse(fmt::format("`{}` has no such option", spec_of(*command_).word), written);
      }
    }
    if (takes_step(*command_) && line_.step.empty()) {
      const std::string word(spec_of(*command_).word);
      return refuse(fmt::format("name a step: {} STEP", word), word);
    }
    line_.command = *command_;
    return std::move(line_);
  }

  const pipeline::Parameter* find_parameter(const std::string& name) const {
    for (const pipeline::Parameter& parameter : pipeline_.description.parameters) {
      if (parameter.name == name) return &parameter;
    }
    return nullptr;
  }

  std::vector<std::string> all_names() const {
    std::vector<std::string> names;
    names.reserve(k_options.size() + pipeline_.description.parameters.size());
    for (const OptionSpec& spec : k_options) names.push_back("--" + std::string(spec.name));
    for (const pipeline::Parameter& parameter : pipeline_.description.parameters) {
      if (has_shorthand(parameter.name)) names.push_back("--" + parameter.name);
    }
    return names;
  }

  const PipelineState& pipeline_;
  std::vector<std::string> arguments_;
  std::size_t next_ = 0;
  bool only_words_ = false;
  bool help_ = false;
  bool version_ = false;
  std::optional<CommandName> command_;
  std::vector<std::pair<const OptionSpec*, std::string>> used_;
  CommandLine line_;
};

void add_line(std::string& text, const std::string& left, const std::string& right) {
  constexpr std::size_t k_width = 28;
  if (left.size() >= k_width) {
    text += fmt::format("  {}\n  {:{}}{}\n", left, "", k_width, right);
  } else {
    text += fmt::format("  {:{}}{}\n", left, k_width, right);
  }
}

void add_parameters(std::string& text, const PipelineState& pipeline) {
  if (pipeline.description.parameters.empty()) return;
  text += "\nParameters of the pipeline:\n";
  std::vector<std::string> withheld;
  for (std::size_t i = 0; i < pipeline.description.parameters.size(); ++i) {
    const pipeline::Parameter& parameter = pipeline.description.parameters[i];
    const ParameterType type = pipeline.parameter_types[i];
    const bool shorthand = has_shorthand(parameter.name);
    if (!shorthand) withheld.push_back(parameter.name);
    const std::string left = shorthand ? fmt::format("--{} {}", parameter.name, placeholder(type))
                                       : fmt::format("--set {}={}", parameter.name, placeholder(type));
    std::string right = parameter.help;
    if (!right.empty()) right += "; ";
    if (parameter.minimum || parameter.maximum) right += allowed_text(parameter, type) + "; ";
    add_line(text, left, right + "default: " + default_text(parameter));
  }
  for (const std::string& name : withheld) {
    text += fmt::format(
        "  (no --{}: an option of the program is called so, or it is no option's name; use --set {}=VALUE)\n", name,
        name);
  }
}

std::string examples(const PipelineState& pipeline, const std::string& program, CommandName command) {
  const std::string step = pipeline.description.steps.empty() ? "STEP" : pipeline.description.steps.back().name;
  std::string parameter;
  if (!pipeline.description.parameters.empty()) {
    const pipeline::Parameter& last = pipeline.description.parameters.back();
    parameter = fmt::format("{}{}{}", has_shorthand(last.name) ? " --" : " --set ", last.name,
                            has_shorthand(last.name) ? " " : "=") +
                default_text(last);
  }
  switch (command) {
    case CommandName::run:
      return fmt::format("  {} run{}\n  {} run --no-cache --json\n", program, parameter, program);
    case CommandName::plan:
      return fmt::format("  {} plan{}\n", program, parameter);
    case CommandName::why:
    case CommandName::signature:
      return fmt::format("  {} {} {}\n", program, spec_of(command).word, step);
    case CommandName::graph:
      return fmt::format("  {} graph --format svg > {}.svg\n", program, pipeline.description.name);
    case CommandName::accept:
      return fmt::format("  {} accept {} --note 'renamed a variable'\n", program, step);
    default:
      return "";
  }
}

}  // namespace

bool has_shorthand(const std::string& name) {
  if (name.empty() || name.front() == '-' || (find_option(name) != nullptr && name != k_depth)) return false;
  return std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.'; });
}

Result<CommandLine> parse_command_line(const PipelineState& pipeline, int argc, char** argv) {
  return Parser(pipeline, argc, argv).parse();
}

Result<void> set_parameters(PipelineState& pipeline, const std::vector<CommandLine::Setting>& settings) {
  auto& parameters = pipeline.description.parameters;
  for (const CommandLine::Setting& setting : settings) {
    const auto found = std::find_if(parameters.begin(), parameters.end(),
                                    [&](const auto& known) { return known.name == setting.name; });
    if (found == parameters.end()) {
      std::vector<std::string> names;
      names.reserve(parameters.size());
      for (const auto& known : parameters) names.push_back(known.name);
      std::string known_names = workspace::did_you_mean(setting.name, names);
      if (known_names.empty())
        known_names = names.empty() ? "; it has none" : fmt::format("; it has {}", fmt::join(names, ", "));
      return refuse(fmt::format("pipeline {} has no such parameter{}", pipeline.description.name, known_names),
                    setting.option);
    }
    const auto position = static_cast<std::size_t>(found - parameters.begin());
    STEPCACHE_TRY_ASSIGN(found->value,
                         parse_argument(*found, pipeline.parameter_types[position], setting.value, setting.option));
  }
  return {};
}

std::string help_text(const PipelineState& pipeline, const std::string& program, std::optional<CommandName> command) {
  std::string text;
  if (command) {
    const CommandSpec& spec = spec_of(*command);
    text += fmt::format("{} {}{}{} [OPTION]...\n\n{}\n", program, spec.word, spec.arguments.empty() ? "" : " ",
                        spec.arguments, spec.help);
  } else {
    const std::size_t steps = pipeline.description.steps.size();
    text += fmt::format(
        "{} COMMAND [OPTION]...\n\nThe pipeline {}, of {} step{}. Steps whose code and inputs are unchanged are not "
        "run again.\n\nCommands:\n",
        program, pipeline.description.name, steps, steps == 1 ? "" : "s");
    for (const CommandSpec& spec : k_commands) {
      add_line(text, fmt::format("{}{}{}", spec.word, spec.arguments.empty() ? "" : " ", spec.arguments),
               std::string(spec.help));
    }
  }
  add_parameters(text, pipeline);
  text += "\nOptions:\n";
  for (const OptionSpec& spec : k_options) {
    if (command && (spec.commands & bit(*command)) == 0) continue;
    const std::string letter = spec.letter.empty() ? "" : fmt::format("-{}, ", spec.letter);
    add_line(text, fmt::format("{}--{}{}{}", letter, spec.name, spec.value.empty() ? "" : " ", spec.value),
             std::string(spec.help));
  }
  text += "\nExamples:\n";
  for (const CommandSpec& spec : k_commands) {
    if (!command || *command == spec.name) text += examples(pipeline, program, spec.name);
  }
  return text;
}

}  // namespace stepcache::detail
