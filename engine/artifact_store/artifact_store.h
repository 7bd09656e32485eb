#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "digest/digest.h"
#include "metadata/records.h"
#include "result/result.h"

namespace stepcache::artifact_store {

// Objects: immutable bytes of more than metadata::k_inline_limit, each named by its SHA-256. (Smaller artifacts live in
// the metadata store.) Thread-safe. Several stores, also of other processes, may be open on one workspace.
// Errors: io (no space, permission), and those named.
class ArtifactStore {
 public:
  virtual ~ArtifactStore() = default;

  // A new name for a temporary file on the store's file system, in a folder that is there. The file is not created.
  virtual std::filesystem::path new_temporary() = 0;
  // Takes over a finished temporary file whose content has this digest and size: the caller hashed it while writing,
  // and writes to it no more. Merges with an object that is there and whole, and replaces one that is not. The object's
  // identity comes back, for the metadata store. The temporary file is gone afterwards, also after an error, when it
  // can be removed. Errors: damaged (its size is another: it was cut or written to meanwhile), not_found (no such
  // temporary).
  virtual Result<metadata::ObjectRecord> adopt(const std::filesystem::path& temporary, const Digest& digest,
                                               std::uint64_t size_bytes) = 0;
  // Stores bytes held in memory.
  virtual Result<metadata::ObjectRecord> put(Bytes bytes) = 0;
  // The object's identity now, by one stat; its `verified_ns` is 0, since nothing was read. Errors: not_found.
  virtual Result<metadata::ObjectRecord> identity(const Digest& digest) = 0;
  // Reads and hashes all of it; `verified_ns` is the time before that. Errors: not_found, damaged.
  virtual Result<metadata::ObjectRecord> verify(const Digest& digest) = 0;
  // A file that holds the object's bytes, for reading only. Not checked.
  virtual std::filesystem::path path_of(const Digest& digest) const = 0;
  // All of it, checked against its digest. Errors: not_found, damaged.
  virtual Result<std::string> read(const Digest& digest) = 0;
  virtual Result<void> remove(const Digest& digest) = 0;  // one that is not there is not an error
  // Every object, in order of digest: name, size. The visitor returns false to stop. Files whose name is no digest are
  // left out.
  virtual Result<void> each(const std::function<bool(const Digest&, std::uint64_t size_bytes)>& visit) = 0;
  // Removes temporary files and folders last changed before `before_ns` (wall time), a folder when all in it is as old;
  // gives the bytes freed.
  virtual Result<std::uint64_t> remove_temporaries(std::int64_t before_ns) = 0;
  // On return everything stored so far through this object, merged or not, is on the medium. Bytes that the device
  // refused once may be gone although a second try says otherwise, so that error comes again until the object is stored
  // anew or removed. Only what is new since the last call is synced.
  virtual Result<void> sync() = 0;
};

}  // namespace stepcache::artifact_store
