#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "code_signature/elf/library_scope.h"
#include "code_signature/elf/unit_reader.h"
#include "code_signature/exact.h"
#include "platform/loaded_code.h"

namespace stepcache::code_signature {

using NodeId = std::uint32_t;

enum class NodeKind : std::uint8_t {
  function = 1,
  constant = 2,  // data that nobody writes
  variable = 3,  // writable memory
  thread = 4,    // writable memory, each thread's own
  engine = 5,    // a function of the engine: counts by its name
  import = 6,    // a name that a library gives, or the linker
  library = 7,   // as a whole
  harmless = 8,  // a variable that was declared not to matter
};

// The code and data of a program and of the project's shared objects as one graph, read as far as somebody walks it.
// All steps of a process share it. Not thread-safe.
class ProgramGraph {
 public:
  // Errors: unsupported_format when the program cannot be followed; those of the file system. `files` must outlive it.
  static Result<std::unique_ptr<ProgramGraph>> read(platform::FileSystem& files, const LoadedProgram& program,
                                                    const EdgeSources& sources);

  std::size_t size() const { return nodes_.size(); }
  NodeKind kind(NodeId node) const { return nodes_[node].kind; }
  bool is_state(NodeId node) const { return kind(node) == NodeKind::variable || kind(node) == NodeKind::thread; }
  // The content of a node, and what it reaches, in order. Valid until the next call.
  Result<const Digest*> content(NodeId node);
  Result<std::span<const NodeId>> edges(NodeId node);

  // Those of its targets in writable memory that a node can change, or give the address of to who can.
  Result<std::vector<NodeId>> changes(NodeId node);

  // Errors: unsupported_format when no code that can be followed lies there.
  Result<NodeId> at(const platform::CodePlace& place);
  // The program's own function of that name; nothing when there is none.
  std::optional<NodeId> function_named(std::string_view name);
  // The code that runs before main, of all files, in order; the start-up files' own left out.
  Result<std::vector<NodeId>> initialisers();

  // --- For people
  std::string_view symbol(NodeId node) const;  // mangled; empty: no name
  std::uint64_t size_bytes(NodeId node) const;
  // Where it lies: the file, empty when in none, the address in it.
  const Image* image(NodeId node) const;
  std::uint64_t address(NodeId node) const;
  // The file's name as in CodePlace; empty for the program.
  std::string module_name(NodeId node) const;
  Result<std::vector<UnitConstant>> constants(NodeId node);
  // How many functions had to be decoded, and how long that took.
  std::uint64_t decoded() const;
  double decode_seconds() const;

 private:
  struct Module {
    std::unique_ptr<Image> image;
    std::unique_ptr<UnitMap> units;
    std::unique_ptr<ExceptionTables> exceptions;
    std::unique_ptr<UnitReader> reader;
    std::vector<NodeId> nodes;  // by unit; k_unknown where there is none yet
  };
  struct Node {
    NodeKind kind = NodeKind::function;
    bool read = false;
    std::uint32_t module = 0;    // of a unit
    std::uint32_t position = 0;  // unit; of a library its position; of an import that of its name
    std::uint32_t first_edge = 0;
    std::uint32_t edge_count = 0;
    Digest content;
  };
  static constexpr NodeId k_unknown = UINT32_MAX;

  ProgramGraph(platform::FileSystem& files, const LoadedProgram& program, const EdgeSources& sources);
  Result<void> add_module(platform::FileSystem& files, const std::filesystem::path& path);
  NodeId node_of(std::uint32_t module, UnitId unit);
  Result<NodeId> node_of_import(std::string_view name);
  NodeId node_of_library(std::uint32_t library);
  NodeKind kind_of(std::uint32_t module, const Unit& unit) const;
  bool is_harmless(std::uint32_t module, const Unit& unit) const;
  Result<void> read(NodeId node);
  Result<void> read_unit(NodeId node, std::vector<NodeId>& edges);
  void read_name(Node& node, std::string_view form, std::string_view name);

  EdgeSources sources_;
  std::vector<std::string> harmless_;
  std::deque<Module> modules_;  // the program first
  LibraryScope libraries_;
  std::vector<Node> nodes_;
  std::vector<NodeId> edges_;
  std::vector<std::string> import_names_;
  std::unordered_map<std::string, NodeId> imports_;
  std::unordered_map<std::uint32_t, NodeId> library_nodes_;
  FieldHasher hasher_;
};

}  // namespace stepcache::code_signature
