#include "metadata/code_blobs.h"

#include "digest/sha256.h"
#include "metadata/blob.h"

namespace stepcache::metadata {
namespace {

std::uint32_t short_number(BlobReader& in) {
  const std::uint64_t value = in.number();
  if (value > UINT32_MAX) in.break_off();
  return static_cast<std::uint32_t>(value);
}

}  // namespace

std::string encode_code_part(const CodePart& part) {
  BlobWriter out;
  out.text(part.kind);
  out.text(part.name);
  out.number(part.size_bytes);
  out.digest(part.digest);
  out.number(part.sources.size());
  for (const CodeSource& source : part.sources) {
    out.text(source.function);
    out.text(source.file);
    out.number(source.line);
    out.text(source.text);
  }
  return out.take();
}

std::optional<CodePart> decode_code_part(std::string_view blob) {
  BlobReader in(blob);
  CodePart part;
  part.kind = in.text();
  part.name = in.text();
  part.size_bytes = in.number();
  part.digest = in.digest();
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    CodeSource& source = part.sources.emplace_back();
    source.function = in.text();
    source.file = in.text();
    source.line = short_number(in);
    source.text = in.text();
  }
  if (!in.done()) return std::nullopt;
  return part;
}

std::string encode_signature(const SignatureContent& content) {
  BlobWriter out;
  out.digest(content.made_of);
  out.number(content.parts.size());
  for (const SignatureContent::Part& part : content.parts) {
    out.number(static_cast<std::uint64_t>(part.id));
    out.number(part.edges.size());
    for (const std::uint32_t edge : part.edges) out.number(edge);
  }
  return out.take();
}

std::optional<SignatureContent> decode_signature(std::string_view blob) {
  BlobReader in(blob);
  SignatureContent content;
  content.made_of = in.digest();
  const std::size_t size = in.count();
  for (std::size_t left = size; left > 0 && in.ok(); --left) {
    SignatureContent::Part& part = content.parts.emplace_back();
    part.id = static_cast<std::int64_t>(in.number());
    for (std::size_t edges = in.count(); edges > 0 && in.ok(); --edges) {
      const std::uint32_t edge = short_number(in);
      if (edge >= size) in.break_off();
      part.edges.push_back(edge);
    }
  }
  if (!in.done()) return std::nullopt;
  return content;
}

Digest digest_of_parts(const std::vector<Digest>& blobs) {
  std::string joined;
  joined.reserve(blobs.size() * Digest::k_size);
  for (const Digest& blob : blobs) joined.append(as_text(blob.bytes()));
  return sha256(joined);
}

}  // namespace stepcache::metadata
