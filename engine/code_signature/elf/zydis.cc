#include "code_signature/elf/zydis.h"

#include <dlfcn.h>

#include <optional>

namespace stepcache::code_signature {
namespace {

std::optional<Zydis> load() {
  // By the name under which programs need it: its binary interface is that of version 4.0.
  void* const library = dlopen("libZydis.so.4.0", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return std::nullopt;
  Zydis functions;
  functions.decoder_init = reinterpret_cast<decltype(&ZydisDecoderInit)>(dlsym(library, "ZydisDecoderInit"));
  functions.decode_full = reinterpret_cast<decltype(&ZydisDecoderDecodeFull)>(dlsym(library, "ZydisDecoderDecodeFull"));
  if (functions.decoder_init == nullptr || functions.decode_full == nullptr) return std::nullopt;
  return functions;
}

}  // namespace

const Zydis* zydis() {
  static const std::optional<Zydis> k_functions = load();
  return k_functions ? &*k_functions : nullptr;
}

}  // namespace stepcache::code_signature
