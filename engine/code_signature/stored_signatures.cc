#include "code_signature/stored_signatures.h"

#include "metadata/blob.h"

namespace stepcache::code_signature {
namespace {

// A new layout, or a new rule by which signatures are made, is a new number.
constexpr std::uint64_t k_version = 2;

void write_texts(metadata::BlobWriter& writer, const std::vector<std::string>& texts) {
  writer.number(texts.size());
  for (const std::string& text : texts) writer.text(text);
}

std::vector<std::string> read_texts(metadata::BlobReader& reader) {
  std::vector<std::string> texts(reader.count());
  for (std::string& text : texts) text = reader.text();
  return texts;
}

}  // namespace

std::string encode_signatures(const std::vector<StepCode>& steps) {
  metadata::BlobWriter writer;
  writer.number(k_version);
  writer.number(steps.size());
  for (const StepCode& step : steps) {
    writer.byte(static_cast<std::uint8_t>(step.signature.precision));
    writer.digest(step.signature.digest);
    writer.text(step.signature.note);
    writer.text(step.signature.why_not);
    write_texts(writer, step.signature.stateful_calls);
    write_texts(writer, step.signature.remarks);
    writer.number(step.state.size());
    for (const EntryState& state : step.state) {
      writer.text(state.module);
      writer.number(state.offset);
      writer.number(state.size_bytes);
      writer.byte(state.of_thread ? 1 : 0);
      writer.text(state.name);
    }
  }
  return writer.take();
}

std::optional<std::vector<StepCode>> decode_signatures(std::string_view blob) {
  metadata::BlobReader reader(blob);
  if (reader.number() != k_version) return std::nullopt;
  std::vector<StepCode> steps(reader.count());
  for (StepCode& step : steps) {
    const std::uint8_t precision = reader.byte();
    if (precision != static_cast<std::uint8_t>(Precision::coarse) &&
        precision != static_cast<std::uint8_t>(Precision::exact)) {
      return std::nullopt;
    }
    step.signature.precision = static_cast<Precision>(precision);
    step.signature.digest = reader.digest();
    step.signature.note = reader.text();
    step.signature.why_not = reader.text();
    step.signature.stateful_calls = read_texts(reader);
    step.signature.remarks = read_texts(reader);
    step.state.resize(reader.count());
    for (EntryState& state : step.state) {
      state.module = reader.text();
      state.offset = reader.number();
      state.size_bytes = reader.number();
      state.of_thread = reader.byte() != 0;
      state.name = reader.text();
    }
  }
  if (!reader.done()) return std::nullopt;
  return steps;
}

}  // namespace stepcache::code_signature
