#pragma once

#include <span>
#include <string>
#include <variant>
#include <vector>

#include "code_signature/parts.h"
#include "digest/digest.h"
#include "digest/field_hasher.h"
#include "metadata/records.h"
#include "pipeline/pipeline.h"

namespace stepcache::cache {

// The version of what enters a key and how. Another version gives other keys: results of older ones are not found, and
// are never misread. Bump it with every change to add_key.
constexpr std::uint64_t k_key_format = 1;

// What an input port holds, as far as the key sees it.
struct ArtifactInput {
  Digest digest;
};
struct ExternalContent {
  pipeline::ExternalKind kind = pipeline::ExternalKind::file;
  Digest digest;
  std::string base_name;  // of a file or folder; empty for a variable
  std::string text;       // for people; does not enter the key
};
using ResolvedInput = std::variant<const pipeline::Value*, ArtifactInput, ExternalContent>;

// The cache key of a step: SHA-256 over key format · code signature · each input (port, kind, type tag, digest or
// canonical value) · each output port (port, materializer) · cache salt. Not in it: names of pipeline, step and
// parameters, paths, times, the machine. `hasher` is only for its memory. Precondition: one input for each port.
Digest cache_key(FieldHasher& hasher, const pipeline::Step& step, const code_signature::CodeSignature& code,
                 std::span<const ResolvedInput> inputs);

// The same key, part by part, for people: each part's digest is over exactly what the part adds to the key.
// `pipeline` gives the names of parameters and upstream steps.
std::vector<metadata::KeyPart> key_parts(const pipeline::Pipeline& pipeline, const pipeline::Step& step,
                                         const code_signature::CodeSignature& code,
                                         std::span<const ResolvedInput> inputs);

// Whether a step may be served from the cache: run > step > pipeline > default.
bool cache_enabled(std::optional<bool> run, const pipeline::Step& step, const pipeline::Pipeline& pipeline,
                   bool default_value);

}  // namespace stepcache::cache
