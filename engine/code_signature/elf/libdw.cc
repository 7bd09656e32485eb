#include "code_signature/elf/libdw.h"

#include <dlfcn.h>

namespace stepcache::code_signature {
namespace {

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

// libelf is below libdw, so that its functions are found through the same handle.
const Libdw* load() {
  void* const library = dlopen("libdw.so.1", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return nullptr;
  static Libdw loaded{};
  const bool complete =
      find(library, "elf_version", loaded.elf_version) && find(library, "elf_begin", loaded.elf_begin) &&
      find(library, "elf_end", loaded.elf_end) && find(library, "elf_getphdrnum", loaded.elf_getphdrnum) &&
      find(library, "elf64_getphdr", loaded.elf64_getphdr) &&
      find(library, "dwarf_begin_elf", loaded.dwarf_begin_elf) && find(library, "dwarf_end", loaded.dwarf_end) &&
      find(library, "dwarf_get_units", loaded.dwarf_get_units) && find(library, "dwarf_tag", loaded.dwarf_tag) &&
      find(library, "dwarf_child", loaded.dwarf_child) && find(library, "dwarf_siblingof", loaded.dwarf_siblingof) &&
      find(library, "dwarf_dieoffset", loaded.dwarf_dieoffset) &&
      find(library, "dwarf_diename", loaded.dwarf_diename) && find(library, "dwarf_ranges", loaded.dwarf_ranges) &&
      find(library, "dwarf_entrypc", loaded.dwarf_entrypc) && find(library, "dwarf_attr", loaded.dwarf_attr) &&
      find(library, "dwarf_attr_integrate", loaded.dwarf_attr_integrate) &&
      find(library, "dwarf_formstring", loaded.dwarf_formstring) &&
      find(library, "dwarf_formaddr", loaded.dwarf_formaddr) &&
      find(library, "dwarf_formref_die", loaded.dwarf_formref_die) &&
      find(library, "dwarf_formudata", loaded.dwarf_formudata) &&
      find(library, "dwarf_cu_info", loaded.dwarf_cu_info) &&
      find(library, "dwarf_getsrcfiles", loaded.dwarf_getsrcfiles) &&
      find(library, "dwarf_filesrc", loaded.dwarf_filesrc) &&
      find(library, "dwarf_decl_line", loaded.dwarf_decl_line) &&
      find(library, "dwarf_getsrclines", loaded.dwarf_getsrclines) &&
      find(library, "dwarf_onesrcline", loaded.dwarf_onesrcline) &&
      find(library, "dwarf_lineaddr", loaded.dwarf_lineaddr) && find(library, "dwarf_lineno", loaded.dwarf_lineno) &&
      find(library, "dwarf_lineendsequence", loaded.dwarf_lineendsequence) &&
      find(library, "dwarf_linesrc", loaded.dwarf_linesrc) &&
      find(library, "dwarf_getlocation", loaded.dwarf_getlocation) &&
      find(library, "dwarf_getlocation_attr", loaded.dwarf_getlocation_attr);
  return complete && loaded.elf_version(EV_CURRENT) != EV_NONE ? &loaded : nullptr;
}

}  // namespace

const Libdw* libdw() {
  static const Libdw* const k_library = load();
  return k_library;
}

}  // namespace stepcache::code_signature
