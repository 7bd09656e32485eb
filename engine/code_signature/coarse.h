#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "code_signature/parts.h"
#include "platform/file_system.h"
#include "platform/loaded_code.h"
#include "result/result.h"

namespace stepcache::code_signature {

// The signature of a whole compiled program, for all of its steps: SHA-256 over the allocated code and data sections of
// the program and of the shared objects that belong to the project (those under `project`, and those that carry their
// link relocations), the symbols that they define for each other, the names and addends of their dynamic relocations,
// and the identities (build id, else file digest) of all other shared objects. Never over build ids of the program,
// debug sections, the dynamic section's paths or symbol tables that `strip` removes, so that `-g` or another folder
// changes nothing. The exact rule is docs/formats/code_signature.md.
//
// A program or project library that is no ELF file for x86-64 or AArch64 enters by its digest, and the note says so.
// `libraries` are in load order; an empty `project` holds none of them. parts[0] is the program, the libraries follow.
// Errors: not_found, io; damaged for a cut ELF file. `where` is the file. Thread-safe; reads each file once.
Result<SignedCode> coarse_signature(platform::FileSystem& files, const std::filesystem::path& program,
                                    const std::vector<std::filesystem::path>& libraries,
                                    const std::filesystem::path& project);

// The signature of one step of that program: the program's, and which of its functions the step calls (where their code
// lies in it: what runs the step, and the user's function when it is called by address). Two functions of one program
// never share one, however alike.
CodeSignature signature_of_step(const CodeSignature& program, std::span<const platform::CodePlace> functions);

}  // namespace stepcache::code_signature
