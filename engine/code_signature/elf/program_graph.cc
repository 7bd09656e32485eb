#include "code_signature/elf/program_graph.h"

#include <elf.h>
#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>

#include "code_signature/elf/debug_info.h"
#include "code_signature/elf_dynamic.h"

namespace stepcache::code_signature {
namespace {

// Of the start-up files; there is one in each program and shared object.
bool is_start_up(std::string_view name) { return name == "frame_dummy"; }

// Shared objects that are followed; the others are taken as a whole.
Result<bool> is_followed(platform::FileSystem& files, const std::filesystem::path& path) {
  STEPCACHE_TRY_ASSIGN(const auto elf, ElfFile::open(files, path));
  return elf && has_link_relocations(*elf) && elf->section_of_type(SHT_SYMTAB) != nullptr;
}

}  // namespace

ProgramGraph::ProgramGraph(platform::FileSystem& files, const LoadedProgram& program, const EdgeSources& sources)
    : sources_(sources),
      harmless_(program.harmless),
      libraries_(files, program.libraries, program.project, program.libraries_by_name) {}

Result<std::unique_ptr<ProgramGraph>> ProgramGraph::read(platform::FileSystem& files, const LoadedProgram& program,
                                                         const EdgeSources& sources) {
  std::unique_ptr<ProgramGraph> graph(new ProgramGraph(files, program, sources));
  STEPCACHE_TRY(graph->add_module(files, program.program));
  for (const std::filesystem::path& library : program.libraries) {
    STEPCACHE_TRY_ASSIGN(const bool followed, is_followed(files, library));
    if (followed) STEPCACHE_TRY(graph->add_module(files, library));
  }
  return graph;
}

Result<void> ProgramGraph::add_module(platform::FileSystem& files, const std::filesystem::path& path) {
  Module& module = modules_.emplace_back();
  STEPCACHE_TRY_ASSIGN(module.image, Image::read(files, path));
  module.units = std::make_unique<UnitMap>(*module.image);
  STEPCACHE_TRY_ASSIGN(auto exceptions, ExceptionTables::read(*module.image));
  module.exceptions = std::make_unique<ExceptionTables>(std::move(exceptions));
  module.reader = std::make_unique<UnitReader>(*module.image, *module.units, *module.exceptions, sources_);
  return {};
}

// --- Nodes

bool ProgramGraph::is_harmless(std::uint32_t module, const Unit& unit) const {
  if (harmless_.empty() || unit.symbol == Unit::k_no_symbol) return false;
  const std::string name = demangled(std::string(modules_[module].image->symbols()[unit.symbol].name));
  return std::any_of(harmless_.begin(), harmless_.end(),
                     [&](const std::string& pattern) { return fnmatch(pattern.c_str(), name.c_str(), 0) == 0; });
}

NodeKind ProgramGraph::kind_of(std::uint32_t module, const Unit& unit) const {
  const Image& image = *modules_[module].image;
  switch (image.sections()[unit.section].kind) {
    case SectionKind::code:
      return NodeKind::function;
    case SectionKind::engine:
      return NodeKind::engine;
    case SectionKind::writable:
      return is_harmless(module, unit) ? NodeKind::harmless : NodeKind::variable;
    case SectionKind::thread:
      return is_harmless(module, unit) ? NodeKind::harmless : NodeKind::thread;
    default:
      return NodeKind::constant;
  }
}

NodeId ProgramGraph::node_of(std::uint32_t module, UnitId unit) {
  std::vector<NodeId>& known = modules_[module].nodes;
  if (unit >= known.size()) known.resize(modules_[module].units->size(), k_unknown);
  if (known[unit] != k_unknown) return known[unit];
  Node node;
  node.kind = kind_of(module, (*modules_[module].units)[unit]);
  node.module = module;
  node.position = unit;
  nodes_.push_back(node);
  known[unit] = static_cast<NodeId>(nodes_.size() - 1);
  return known[unit];
}

NodeId ProgramGraph::node_of_library(std::uint32_t library) {
  const auto [found, is_new] = library_nodes_.try_emplace(library, static_cast<NodeId>(nodes_.size()));
  if (is_new) {
    Node node;
    node.kind = NodeKind::library;
    node.position = library;
    nodes_.push_back(node);
  }
  return found->second;
}

// As the loader looks a name up: the program first, then the libraries in load order.
Result<NodeId> ProgramGraph::node_of_import(std::string_view name) {
  const auto known = imports_.find(std::string(name));
  if (known != imports_.end()) return known->second;
  STEPCACHE_TRY_ASSIGN(const std::uint32_t giver, libraries_.giver_of(name));
  NodeId made = k_unknown;
  for (std::uint32_t i = 0; i < modules_.size() && made == k_unknown; ++i) {
    const Image& image = *modules_[i].image;
    const bool comes_first = i == 0 || giver == LibraryScope::k_none || image.path() == libraries_.libraries()[giver];
    if (!comes_first) continue;
    const ImageSymbol* const symbol = image.exported(name);
    if (symbol == nullptr || symbol->section == 0 || !image.copied_import(symbol->value).empty()) continue;
    switch (image.sections()[symbol->section].kind) {
      case SectionKind::code:
      case SectionKind::constant:
      case SectionKind::writable:
      case SectionKind::engine:
        made = node_of(i, modules_[i].units->containing(symbol->section, symbol->value));
        break;
      default:
        break;
    }
  }
  if (made == k_unknown) {
    Node node;
    node.kind = NodeKind::import;
    node.position = static_cast<std::uint32_t>(import_names_.size());
    import_names_.emplace_back(name);
    nodes_.push_back(node);
    made = static_cast<NodeId>(nodes_.size() - 1);
  }
  imports_.emplace(name, made);
  return made;
}

// --- Reading

void ProgramGraph::read_name(Node& node, std::string_view form, std::string_view name) {
  node.content = hasher_.begin(form).text(name).end().finish();
}

Result<void> ProgramGraph::read(NodeId id) {
  if (nodes_[id].read) return {};
  std::vector<NodeId> edges;
  switch (nodes_[id].kind) {
    case NodeKind::engine: {
      const Unit& unit = (*modules_[nodes_[id].module].units)[nodes_[id].position];
      const Image& image = *modules_[nodes_[id].module].image;
      read_name(nodes_[id], image.sections()[unit.section].header.name, symbol(id));
      break;
    }
    case NodeKind::harmless:
      read_name(nodes_[id], "harmless", {});
      break;
    case NodeKind::import: {
      const std::string name = import_names_[nodes_[id].position];
      read_name(nodes_[id], "import", name);
      STEPCACHE_TRY_ASSIGN(const std::uint32_t giver, libraries_.giver_of(name));
      if (giver != LibraryScope::k_none) edges.push_back(node_of_library(giver));
      break;
    }
    case NodeKind::library: {
      STEPCACHE_TRY_ASSIGN(const Part* const part, libraries_.part(nodes_[id].position));
      nodes_[id].content = part->digest;
      for (const std::uint32_t needed : part->edges) edges.push_back(node_of_library(needed));
      break;
    }
    default:
      STEPCACHE_TRY(read_unit(id, edges));
  }
  nodes_[id].first_edge = static_cast<std::uint32_t>(edges_.size());
  nodes_[id].edge_count = static_cast<std::uint32_t>(edges.size());
  nodes_[id].read = true;
  edges_.insert(edges_.end(), edges.begin(), edges.end());
  return {};
}

Result<void> ProgramGraph::read_unit(NodeId id, std::vector<NodeId>& edges) {
  const std::uint32_t module = nodes_[id].module;
  const UnitId unit_id = nodes_[id].position;
  Module& owner = modules_[module];
  STEPCACHE_TRY_ASSIGN(const UnitContent content, owner.reader->read(unit_id));
  nodes_[id].content = content.digest;
  edges.reserve(content.edges.size());
  for (const UnitContent::Edge& edge : content.edges) {
    if (edge.import.empty()) {
      edges.push_back(node_of(module, edge.unit));
    } else {
      STEPCACHE_TRY_ASSIGN(const NodeId target, node_of_import(edge.import));
      edges.push_back(target);
    }
  }
  // A section that is taken as one reaches the objects in it: who shares one of them shares memory with it.
  const Unit unit = (*owner.units)[unit_id];
  if (unit.whole && is_state(id)) {
    for (const UnitId inside : owner.units->in_section(unit.section)) edges.push_back(node_of(module, inside));
  }
  return {};
}

Result<const Digest*> ProgramGraph::content(NodeId node) {
  STEPCACHE_TRY(read(node));
  return &nodes_[node].content;
}

Result<std::span<const NodeId>> ProgramGraph::edges(NodeId node) {
  STEPCACHE_TRY(read(node));
  return std::span<const NodeId>(edges_).subspan(nodes_[node].first_edge, nodes_[node].edge_count);
}

Result<std::vector<NodeId>> ProgramGraph::changes(NodeId id) {
  STEPCACHE_TRY_ASSIGN(const auto targets, edges(id));
  std::vector<NodeId> changed;
  std::copy_if(targets.begin(), targets.end(), std::back_inserter(changed),
               [&](NodeId node) { return is_state(node); });
  if (changed.empty() || kind(id) != NodeKind::function) return changed;
  Module& owner = modules_[nodes_[id].module];
  STEPCACHE_TRY_ASSIGN(const UnitContent content, owner.reader->read(nodes_[id].position));
  const auto places = owner.reader->places_read(nodes_[id].position);
  if (!places) return changed;  // no decoder: rather one remark too many
  std::erase_if(changed, [&](NodeId node) {
    return nodes_[node].module == nodes_[id].module &&
           std::all_of(content.edges.begin(), content.edges.end(), [&](const UnitContent::Edge& edge) {
             if (!edge.import.empty() || edge.unit != nodes_[node].position) return true;
             return std::binary_search(places->begin(), places->end(), edge.place);
           });
  });
  return changed;
}

Result<NodeId> ProgramGraph::at(const platform::CodePlace& place) {
  for (std::uint32_t i = 0; i < modules_.size(); ++i) {
    const Image& image = *modules_[i].image;
    if (place.module.empty() ? i != 0 : image.path().filename() != std::filesystem::path(place.module).filename())
      continue;
    const std::uint32_t section = image.section_at(place.offset);
    const SectionKind kind = image.sections()[section].kind;
    if (kind == SectionKind::code || kind == SectionKind::engine) {
      return node_of(i, modules_[i].units->containing(section, place.offset));
    }
  }
  if (place.module.empty()) {
    return fail(modules_.front().image->unsupported("what runs a step is not in its code: was the file built anew?"));
  }
  return fail(ErrorCode::unsupported_format,
              "a step's function lies in a shared object that does not keep the relocations of its link: link it with "
              "-Wl,--emit-relocs",
              place.module);
}

std::optional<NodeId> ProgramGraph::function_named(std::string_view name) {
  const Image& image = *modules_.front().image;
  const ImageSymbol* const symbol = image.symbol_named(name);
  if (symbol == nullptr || image.sections()[symbol->section].kind != SectionKind::code) return std::nullopt;
  return node_of(0, modules_.front().units->containing(symbol->section, symbol->value));
}

Result<std::vector<NodeId>> ProgramGraph::initialisers() {
  std::vector<NodeId> found;
  for (std::uint32_t i = 0; i < modules_.size(); ++i) {
    Module& module = modules_[i];
    const Image& image = *module.image;
    for (const std::string_view array : {".preinit_array", ".init_array"}) {
      for (const ImageSection& section : image.sections()) {
        if (section.kind != SectionKind::start || !section.header.name.starts_with(array)) continue;
        for (std::uint64_t entry = 0; entry + 8 <= section.bytes.size(); entry += 8) {
          const std::uint64_t at = section.header.address + entry;
          const LoaderWord* const word = image.loader_word(at);
          const std::uint64_t address = word != nullptr ? word->value : image.word(at, 8).value_or(0);
          const std::uint32_t code = image.section_at(address);
          if (image.sections()[code].kind != SectionKind::code) continue;
          const NodeId node = node_of(i, module.units->containing(code, address));
          if (!is_start_up(symbol(node))) found.push_back(node);
        }
      }
    }
  }
  return found;
}

// --- For people

std::string_view ProgramGraph::symbol(NodeId id) const {
  const Node& node = nodes_[id];
  if (node.kind == NodeKind::import) return import_names_[node.position];
  if (node.kind == NodeKind::library) return libraries_.libraries()[node.position].native();
  const Unit& unit = (*modules_[node.module].units)[node.position];
  return unit.symbol == Unit::k_no_symbol ? std::string_view()
                                          : modules_[node.module].image->symbols()[unit.symbol].name;
}

std::uint64_t ProgramGraph::size_bytes(NodeId id) const {
  const Node& node = nodes_[id];
  if (node.kind == NodeKind::import || node.kind == NodeKind::library) return 0;
  return (*modules_[node.module].units)[node.position].size;
}

const Image* ProgramGraph::image(NodeId id) const {
  const Node& node = nodes_[id];
  if (node.kind == NodeKind::import || node.kind == NodeKind::library) return nullptr;
  return modules_[node.module].image.get();
}

std::uint64_t ProgramGraph::address(NodeId id) const {
  const Node& node = nodes_[id];
  if (node.kind == NodeKind::import || node.kind == NodeKind::library) return 0;
  return (*modules_[node.module].units)[node.position].address;
}

std::string ProgramGraph::module_name(NodeId id) const {
  return nodes_[id].module == 0 ? std::string() : modules_[nodes_[id].module].image->path().filename().native();
}

Result<std::vector<UnitConstant>> ProgramGraph::constants(NodeId id) {
  const Node& node = nodes_[id];
  if (node.kind != NodeKind::function && node.kind != NodeKind::constant) return std::vector<UnitConstant>();
  STEPCACHE_TRY_ASSIGN(UnitContent content, modules_[node.module].reader->read(node.position, true));
  return std::move(content.constants);
}

std::uint64_t ProgramGraph::decoded() const {
  std::uint64_t count = 0;
  for (const Module& module : modules_) count += module.reader->decoded();
  return count;
}

double ProgramGraph::decode_seconds() const {
  double seconds = 0;
  for (const Module& module : modules_) seconds += module.reader->decode_seconds();
  return seconds;
}

}  // namespace stepcache::code_signature
