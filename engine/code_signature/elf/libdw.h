#pragma once

#include <elfutils/libdw.h>
#include <libelf.h>

namespace stepcache::code_signature {

// The functions of elfutils' libdw (and of libelf below it) that are called here, under their own names and contracts.
struct Libdw {
  decltype(&::elf_version) elf_version;
  decltype(&::elf_begin) elf_begin;
  decltype(&::elf_end) elf_end;
  decltype(&::elf_getphdrnum) elf_getphdrnum;
  decltype(&::elf64_getphdr) elf64_getphdr;
  decltype(&::dwarf_begin_elf) dwarf_begin_elf;
  decltype(&::dwarf_end) dwarf_end;
  decltype(&::dwarf_get_units) dwarf_get_units;
  decltype(&::dwarf_tag) dwarf_tag;
  decltype(&::dwarf_child) dwarf_child;
  decltype(&::dwarf_siblingof) dwarf_siblingof;
  decltype(&::dwarf_dieoffset) dwarf_dieoffset;
  decltype(&::dwarf_diename) dwarf_diename;
  decltype(&::dwarf_ranges) dwarf_ranges;
  decltype(&::dwarf_entrypc) dwarf_entrypc;
  decltype(&::dwarf_attr) dwarf_attr;
  decltype(&::dwarf_attr_integrate) dwarf_attr_integrate;
  decltype(&::dwarf_formstring) dwarf_formstring;
  decltype(&::dwarf_formaddr) dwarf_formaddr;
  decltype(&::dwarf_formref_die) dwarf_formref_die;
  decltype(&::dwarf_formudata) dwarf_formudata;
  decltype(&::dwarf_cu_info) dwarf_cu_info;
  decltype(&::dwarf_getsrcfiles) dwarf_getsrcfiles;
  decltype(&::dwarf_filesrc) dwarf_filesrc;
  decltype(&::dwarf_decl_line) dwarf_decl_line;
  decltype(&::dwarf_getsrclines) dwarf_getsrclines;
  decltype(&::dwarf_onesrcline) dwarf_onesrcline;
  decltype(&::dwarf_lineaddr) dwarf_lineaddr;
  decltype(&::dwarf_lineno) dwarf_lineno;
  decltype(&::dwarf_lineendsequence) dwarf_lineendsequence;
  decltype(&::dwarf_linesrc) dwarf_linesrc;
  decltype(&::dwarf_getlocation) dwarf_getlocation;
  decltype(&::dwarf_getlocation_attr) dwarf_getlocation_attr;
};

// Loads libdw.so.1 at the first call, for good; null when it is not installed. Linked, it would cost every start of a
// program that never asks for a source line (docs/decisions/2026-11-28-libdw-is-loaded-when-asked.md). Thread-safe.
const Libdw* libdw();

}  // namespace stepcache::code_signature
