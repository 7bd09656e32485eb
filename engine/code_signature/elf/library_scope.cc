#include "code_signature/elf/library_scope.h"

#include "code_signature/elf_dynamic.h"
#include "digest/field_hasher.h"

namespace stepcache::code_signature {

LibraryScope::LibraryScope(platform::FileSystem& files, std::vector<std::filesystem::path> libraries,
                           std::filesystem::path project, bool by_name)
    : files_(files), libraries_(std::move(libraries)), project_(std::move(project)), by_name_(by_name) {}

Result<void> LibraryScope::read_names() {
  if (names_read_) return {};
  names_read_ = true;
  needed_.resize(libraries_.size());
  for (std::uint32_t i = 0; i < libraries_.size(); ++i) {
    names_.push_back(libraries_[i].filename().native());
    by_soname_.try_emplace(names_.back(), i);
    STEPCACHE_TRY_ASSIGN(const auto elf, ElfFile::open(files_, libraries_[i]));
    if (!elf) continue;
    STEPCACHE_TRY_ASSIGN(auto dynamic, dynamic_section(*elf));
    if (!dynamic.soname.empty()) {
      by_soname_.try_emplace(dynamic.soname, i);
      names_.back() = dynamic.soname;
    }
    needed_[i] = std::move(dynamic.needed);
    STEPCACHE_TRY_ASSIGN(auto symbols, dynamic_symbols(*elf));
    for (ElfSymbol& symbol : symbols) {
      if (symbol.defined) givers_.try_emplace(std::move(symbol.name), i);
    }
  }
  return {};
}

Result<std::uint32_t> LibraryScope::giver_of(std::string_view name) {
  STEPCACHE_TRY(read_names());
  const auto found = givers_.find(std::string(name));
  return found == givers_.end() ? k_none : found->second;
}

Result<const Part*> LibraryScope::part(std::uint32_t library) {
  STEPCACHE_TRY(read_names());
  if (const auto known = parts_.find(library); known != parts_.end()) return &known->second;
  FileIdentities identities(files_);
  STEPCACHE_TRY_ASSIGN(Part part, identities.library(libraries_[library], project_));
  if (by_name_ && part.kind != "library") {
    part.digest = FieldHasher().begin("soname").text(names_[library]).end().finish();
  }
  for (const std::string& name : needed_[library]) {
    if (const auto found = by_soname_.find(name); found != by_soname_.end()) part.edges.push_back(found->second);
  }
  return &parts_.emplace(library, std::move(part)).first->second;
}

}  // namespace stepcache::code_signature
