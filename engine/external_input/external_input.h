#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "metadata/records.h"
#include "pipeline/pipeline.h"
#include "platform/clock.h"
#include "platform/file_system.h"
#include "result/result.h"

namespace stepcache::external_input {

// What an external input was seen to hold.
struct Observation {
  Digest digest;                 // of a file's content; a folder's tree manifest; a variable's value under the secret
  std::string base_name;         // of a file or folder: enters the key beside the digest
  std::uint64_t size_bytes = 0;  // of a file; of all files in a folder; 0 for a variable
  // A variable's value; nothing when unset. Never recorded.
  std::optional<std::string> value;
  // Identities of every file met, to be remembered (empty when all were remembered already).
  std::vector<metadata::FileObservation> to_remember;
};

// Remembered observation of an absolute path.
using Recall = std::function<std::optional<metadata::FileObservation>(const std::string& path)>;

struct Context {
  platform::FileSystem& files;
  platform::Clock& clock;
  std::filesystem::path working_directory;  // relative paths start here
  std::string secret;                       // for environment variables
  Recall recall;                            // may be empty
};

// Observes one input. A path is context.working_directory / name, made normal by its text alone, as the step gets it.
// A file whose identity is the remembered one (and had not changed for 2 s when it was remembered) is not read.
//
// A folder is walked: regular files by content, sub-folders, symbolic links followed. Its digest is that of its tree
// manifest (encoding/tree.h): relative paths sorted as bytes, an empty sub-folder as an empty tree. Not in it: modes,
// owners, times, and whether a file was reached by a link; nor a sub-folder called ".stepcache", which runs write.
//
// The digest of a variable is made of fields (FieldHasher): ( "environment"  y secret  s name  then s value, or none
// when it is not set ).
//
// Errors: not_found (no such file or folder; a variable that is not set is a value, not an error), invalid_argument
// (a folder where a file should be, or the other way round; a pipe, socket or device; a name that cannot be one; in a
// folder a link that leads nowhere or to a folder around it, or more than 10 million files), busy (it changes while it
// is read), io (unreadable). `where` is the absolute path, within a folder too, or the variable's name; the message
// says what to do.
Result<Observation> observe(const Context& context, const pipeline::ExternalInput& input);

}  // namespace stepcache::external_input
