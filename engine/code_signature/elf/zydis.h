#pragma once

#include <Zydis/Zydis.h>

namespace stepcache::code_signature {

// The decoder of x86-64 instructions. The library is loaded when code is first decoded, which most starts of a program
// never do: linked, it would cost each of them its loading.
struct Zydis {
  decltype(&ZydisDecoderInit) decoder_init = nullptr;
  decltype(&ZydisDecoderDecodeFull) decode_full = nullptr;
};

// Null when the library is not there. Thread-safe.
const Zydis* zydis();

}  // namespace stepcache::code_signature
