#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metadata/records.h"

// What is recorded of code, as the bytes of one column. As in record_blobs.h, what is read back equals what was
// written, and bytes that nothing here wrote give nothing.
namespace stepcache::metadata {

// A part without its edges: those belong to the signature.
std::string encode_code_part(const CodePart& part);
std::optional<CodePart> decode_code_part(std::string_view blob);

// What a signature was made of. Parts are named by the short numbers under which a backend keeps them.
struct SignatureContent {
  struct Part {
    std::int64_t id = 0;
    std::vector<std::uint32_t> edges;  // positions in `parts`
    friend bool operator==(const Part&, const Part&) = default;
  };
  Digest made_of;  // digest_of_parts; tells whether the numbers still name the parts that they named
  std::vector<Part> parts;
  friend bool operator==(const SignatureContent&, const SignatureContent&) = default;
};
std::string encode_signature(const SignatureContent& content);
std::optional<SignatureContent> decode_signature(std::string_view blob);

// Of the digests of the parts' blobs, in their order.
Digest digest_of_parts(const std::vector<Digest>& blobs);

}  // namespace stepcache::metadata
