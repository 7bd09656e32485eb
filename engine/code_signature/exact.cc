#include "code_signature/exact.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>

#include "code_signature/elf/debug_info.h"
#include "code_signature/elf/program_graph.h"
#include "code_signature/elf/step_walk.h"

namespace stepcache::code_signature {
namespace {

// What a library gives that can differ from call to call, whatever a step declares: it is told so. Of the C++ library by
// the start of the mangled name.
constexpr std::array<std::string_view, 17> k_stateful = {
    "clock",  "clock_gettime", "drand48",       "getenv", "gethostname", "getpid", "getrandom", "gettimeofday", "lrand48",
    "popen",  "rand",          "random",        "rand_r", "secure_getenv", "socket", "system",  "time"};
constexpr std::array<std::string_view, 2> k_stateful_starts = {"_ZNSt6chrono3_V212system_clock3now",
                                                               "_ZNSt13random_device9_M_getval"};

// What reads files: those of its inputs, one hopes.
constexpr std::array<std::string_view, 8> k_opening = {"fopen",   "fopen64", "open",    "open64",
                                                       "openat",  "opendir", "readdir", "stat"};
constexpr std::array<std::string_view, 4> k_opening_starts = {
    "_ZNSt13basic_filebufIcSt11char_traitsIcEE4open", "_ZNSt10filesystem6status", "_ZNSt10filesystem9file_size",
    "_ZNSt10filesystem7__cxx1118directory_iterator"};

bool is_one_of(std::string_view name, std::span<const std::string_view> names,
               std::span<const std::string_view> starts) {
  return std::find(names.begin(), names.end(), name) != names.end() ||
         std::any_of(starts.begin(), starts.end(), [&](std::string_view start) { return name.starts_with(start); });
}

bool is_guard(std::string_view name) { return name.starts_with("_ZGV"); }

// One graph, walked from each step.
class Signer final : public ExactSignatures {
 public:
  Signer(std::unique_ptr<ProgramGraph> graph, const LoadedProgram& program, const EdgeSources& sources)
      : graph_(std::move(graph)), walk_(*graph_, sources), sources_(sources), project_(program.project) {}

  Result<void> sign(const LoadedProgram& program) {
    std::vector<NodeId> all_roots;
    std::vector<std::vector<NodeId>> roots;
    for (const StepRoots& step : program.steps) {
      roots.emplace_back();
      for (const platform::CodePlace& place : step.functions) {
        STEPCACHE_TRY_ASSIGN(const NodeId root, graph_->at(place));
        roots.back().push_back(root);
        all_roots.push_back(root);
      }
    }
    for (const std::vector<NodeId>& own : roots) {
      STEPCACHE_TRY_ASSIGN(StepReach reach, walk_.reach(own));
      StepCode code;
      code.signature.precision = Precision::exact;
      STEPCACHE_TRY_ASSIGN(code.signature.digest, walk_.digest(reach));
      steps_.push_back(std::move(code));
      reaches_.push_back(std::move(reach));
    }
    std::vector<bool> of_main;
    if (sources_.entry_state) {
      STEPCACHE_TRY_ASSIGN(of_main, walk_.state_of_main(all_roots));
    }
    std::map<NodeId, std::uint32_t> users;
    for (const StepReach& reach : reaches_) {
      for (const NodeId node : reach.nodes) {
        if (graph_->is_state(node)) ++users[node];
      }
    }
    STEPCACHE_TRY(find_changed(users));
    for (std::size_t i = 0; i < steps_.size(); ++i) remark(steps_[i], reaches_[i], of_main);
    return {};
  }

  const std::vector<StepCode>& steps() const override { return steps_; }

  Result<std::vector<Part>> parts(std::size_t step) const override {
    const StepReach& reach = reaches_[step];
    std::map<NodeId, std::uint32_t> numbers;
    for (std::uint32_t i = 0; i < reach.nodes.size(); ++i) numbers.emplace(reach.nodes[i], i);
    std::vector<Part> parts;
    parts.reserve(reach.nodes.size());
    for (const NodeId node : reach.nodes) {
      STEPCACHE_TRY_ASSIGN(Part part, part_of(node));
      STEPCACHE_TRY_ASSIGN(const auto edges, graph_->edges(node));
      for (const NodeId target : edges) part.edges.push_back(numbers.at(target));
      parts.push_back(std::move(part));
    }
    std::map<Digest, std::uint32_t> constants;
    for (std::size_t i = 0; i < reach.nodes.size(); ++i) {
      STEPCACHE_TRY_ASSIGN(const auto held, graph_->constants(reach.nodes[i]));
      for (const UnitConstant& constant : held) {
        Part part = part_of(constant);
        const auto [known, is_new] = constants.try_emplace(part.digest, static_cast<std::uint32_t>(parts.size()));
        if (is_new) parts.push_back(std::move(part));
        parts[i].edges.push_back(known->second);
      }
    }
    // What runs before main has no caller in the step: it hangs on the root.
    for (const NodeId node : reach.initialisers) parts.front().edges.push_back(numbers.at(node));
    return parts;
  }

 private:
  // Of the variables that several steps reach, those that some code in reach of a step can change.
  Result<void> find_changed(const std::map<NodeId, std::uint32_t>& users) {
    std::set<NodeId> unchanged;
    for (const auto& [node, count] : users) {
      if (count > 1) unchanged.insert(node);
    }
    std::vector<bool> seen(graph_->size(), false);
    for (const StepReach& reach : reaches_) {
      for (const NodeId node : reach.nodes) {
        if (seen[node] || unchanged.empty()) continue;
        seen[node] = true;
        STEPCACHE_TRY_ASSIGN(const auto targets, graph_->edges(node));
        const bool asks =
            std::any_of(targets.begin(), targets.end(), [&](NodeId to) { return unchanged.contains(to); });
        if (!asks) continue;
        STEPCACHE_TRY_ASSIGN(const auto changes, graph_->changes(node));
        for (const NodeId changed : changes) {
          if (unchanged.erase(changed) > 0) changed_.insert(changed);
        }
      }
    }
    return {};
  }

  static std::string_view kind_name(NodeKind kind) {
    switch (kind) {
      case NodeKind::function:
        return "function";
      case NodeKind::constant:
        return "data";
      case NodeKind::variable:
        return "variable";
      case NodeKind::thread:
        return "thread variable";
      case NodeKind::engine:
        return "engine";
      case NodeKind::import:
        return "import";
      case NodeKind::library:
        return "foreign library";
      case NodeKind::harmless:
        return "harmless variable";
    }
    return "data";
  }

  // A constant as it stands in the source, as far as its bytes tell.
  static Part part_of(const UnitConstant& constant) {
    Part part;
    part.kind = "constant";
    part.size_bytes = constant.bytes.size();
    part.digest = FieldHasher().begin("constant").bytes(as_bytes(constant.bytes)).end().finish();
    constexpr std::size_t k_shown = 60;
    if (constant.text) {
      part.name = "\"" + constant.bytes.substr(0, k_shown) + (constant.bytes.size() > k_shown ? "...\"" : "\"");
    } else if (constant.bytes.size() == sizeof(double)) {
      double value = 0;
      std::memcpy(&value, constant.bytes.data(), sizeof value);
      part.name = fmt::format("{}", value);
    } else if (constant.bytes.size() == sizeof(float)) {
      float value = 0;
      std::memcpy(&value, constant.bytes.data(), sizeof value);
      part.name = fmt::format("{}", value);
    } else {
      for (const char byte : constant.bytes) part.name += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    }
    return part;
  }

  Result<Part> part_of(NodeId node) const {
    Part part;
    part.kind = kind_name(graph_->kind(node));
    part.name = demangled(std::string(graph_->symbol(node)));
    if (graph_->kind(node) == NodeKind::library) part.name = std::filesystem::path(part.name).filename().native();
    part.size_bytes = graph_->size_bytes(node);
    STEPCACHE_TRY_ASSIGN(const Digest* const content, graph_->content(node));
    part.digest = *content;
    const Image* const image = graph_->image(node);
    if (image == nullptr) return part;
    if (part.name.empty()) part.name = fmt::format("without a name in {}", section_name(node, *image));
    std::unique_ptr<DebugInfo>& debug = debug_[image];
    if (!debug) debug = open_debug_info(image->path(), project_);
    if (graph_->kind(node) == NodeKind::function) {
      part.sources = debug->function(graph_->address(node), part.size_bytes);
    } else if (graph_->kind(node) != NodeKind::engine) {
      part.sources = debug->variable(graph_->address(node));
    }
    return part;
  }

  std::string_view section_name(NodeId node, const Image& image) const {
    return image.sections()[image.section_at(graph_->address(node))].header.name;
  }

  void remark(StepCode& step, const StepReach& reach, const std::vector<bool>& of_main) const {
    std::vector<std::string> shared;
    std::vector<std::string> opening;
    for (const NodeId node : reach.nodes) {
      const NodeKind kind = graph_->kind(node);
      if (kind == NodeKind::import) {
        const std::string_view name = graph_->symbol(node);
        if (is_one_of(name, k_stateful, k_stateful_starts)) {
          step.signature.stateful_calls.push_back(demangled(std::string(name)));
        } else if (is_one_of(name, k_opening, k_opening_starts)) {
          opening.push_back(demangled(std::string(name)));
        }
      }
      if (!graph_->is_state(node)) continue;
      const std::string name = demangled(std::string(graph_->symbol(node)));
      if (node < of_main.size() && of_main[node]) {
        const std::uint64_t start = kind == NodeKind::thread ? graph_->image(node)->thread_block() : 0;
        step.state.push_back({graph_->module_name(node), graph_->address(node) - start, graph_->size_bytes(node),
                              kind == NodeKind::thread, name.empty() ? "a variable without a name" : name});
      }
      if (changed_.contains(node) && !name.empty() && !is_guard(graph_->symbol(node))) {
        shared.push_back(name);
      }
    }
    if (!opening.empty()) {
      step.signature.remarks.push_back(
          fmt::format("it can read files ({}): those that it does not take as a File or Folder are not noticed",
                      fmt::join(opening, ", ")));
    }
    constexpr std::size_t k_named = 3;
    if (!shared.empty()) {
      std::string names = shared.front();
      for (std::size_t i = 1; i < std::min(shared.size(), k_named); ++i) names += ", " + shared[i];
      if (shared.size() > k_named) names += fmt::format(" and {} more", shared.size() - k_named);
      step.signature.remarks.push_back(fmt::format(
          "it shares {} with other steps: what one step leaves there, the next one in this process finds; if "
          "that changes no result, declare it with .harmless(\"...\")",
          names));
    }
  }

  std::unique_ptr<ProgramGraph> graph_;
  StepWalk walk_;
  EdgeSources sources_;
  std::filesystem::path project_;
  std::vector<StepReach> reaches_;
  std::vector<StepCode> steps_;
  std::set<NodeId> changed_;
  mutable std::map<const Image*, std::unique_ptr<DebugInfo>> debug_;
};

}  // namespace

Result<std::unique_ptr<ExactSignatures>> exact_signatures(platform::FileSystem& files, const LoadedProgram& program,
                                                          const EdgeSources& sources) {
  STEPCACHE_TRY_ASSIGN(auto graph, ProgramGraph::read(files, program, sources));
  auto signer = std::make_unique<Signer>(std::move(graph), program, sources);
  STEPCACHE_TRY(signer->sign(program));
  return std::unique_ptr<ExactSignatures>(std::move(signer));
}

}  // namespace stepcache::code_signature
