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
  Digest digest;              // of a file's content; of a folder's listing and a variable's value: see observe()
  std::string base_name;      // of a file or folder: enters the key beside the digest
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
// A folder is walked, symbolic links followed. Its digest is no artifact's: it is made of these fields (FieldHasher), one
// group for each entry, sorted by the bytes of its path relative to the folder, '/' between names:
//   ( "stepcache.folder"   i format, 1
//     ( "file"    y path   d digest of the content   i size )
//     ( "folder"  y path )                               so that an empty sub-folder counts
//     ( "loop"    y path   i levels up )                 a link to a folder that it lies in: not walked again
//     ( "broken"  y path ) )                             a link to nothing
// Not in it: modes, owners, times, and whether a file was reached by a link.
//
// The digest of a variable: ( "stepcache.environment"  y secret  y name  and, unless it is not set,  y value ).
//
// Errors: not_found (no such file or folder; a variable that is not set is a value, not an error), invalid_argument
// (a folder where a file should be, or the other way round; a pipe, socket or device; a name that cannot be one; a folder
// of more than 10 million entries), busy (it changes while it is read), io (unreadable). `where` is the input's name, or
// the path of the file within the folder; the message says what it is and what to do.
Result<Observation> observe(const Context& context, const pipeline::ExternalInput& input);

}  // namespace stepcache::external_input
