#pragma once

#include <filesystem>
#include <vector>

#include "code_signature/parts.h"
#include "platform/file_system.h"
#include "result/result.h"

namespace stepcache::code_signature {

// The signature of a whole compiled program, for all of its steps: SHA-256 over the allocated code and data sections of
// the program and of the shared objects that belong to the project (those under `project`), the names and addends of
// their dynamic relocations, and the identities (build id, else file digest) of all other shared objects. Never over
// build ids of the program, debug sections, the dynamic section's paths or symbol tables that `strip` removes, so that
// `-g` or another folder changes nothing.
// A file that is not ELF enters by its digest. Errors: not_found, io; damaged for a cut ELF file.
Result<CodeSignature> coarse_signature(platform::FileSystem& files, const std::filesystem::path& program,
                                       const std::vector<std::filesystem::path>& libraries,
                                       const std::filesystem::path& project);

}  // namespace stepcache::code_signature
