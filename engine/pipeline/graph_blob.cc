#include "pipeline/graph_blob.h"

#include <unordered_map>

namespace stepcache::pipeline {
namespace {

constexpr std::string_view k_magic = "SCG1";

// Persisted: never change a number.
enum class SourceTag : std::uint8_t { unconnected = 0, value = 1, external = 2, parameter = 3, output = 4 };

class BlobWriter {
 public:
  void number(std::uint64_t value) {
    while (value >= 0x80) {
      out_.push_back(static_cast<char>((value & 0x7fU) | 0x80U));
      value >>= 7U;
    }
    out_.push_back(static_cast<char>(value));
  }
  void text(std::string_view value) {
    number(value.size());
    out_.append(value);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_{k_magic};
};

class BlobReader {
 public:
  explicit BlobReader(std::string_view blob) : rest_(blob) {}
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && ok_; shift += 7) {
      if (rest_.empty()) break;
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return value;
    }
    ok_ = false;
    return 0;
  }
  std::string text() {
    const std::uint64_t size = number();
    if (size > rest_.size()) ok_ = false;
    if (!ok_) return {};
    std::string value(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return value;
  }
  // A count of things that take at least one byte each, so that a damaged one cannot ask for more memory than there is.
  std::size_t count() {
    const std::uint64_t value = number();
    if (value > rest_.size()) ok_ = false;
    return ok_ ? static_cast<std::size_t>(value) : 0;
  }
  bool take_magic() {
    ok_ = ok_ && rest_.substr(0, k_magic.size()) == k_magic;
    if (ok_) rest_.remove_prefix(k_magic.size());
    return ok_;
  }
  void break_off() { ok_ = false; }
  bool ok() const { return ok_; }
  bool done() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

void write_source(BlobWriter& out, const Source& source) {
  const auto tag = [&](SourceTag value) { out.number(static_cast<std::uint64_t>(value)); };
  if (std::holds_alternative<Unconnected>(source)) tag(SourceTag::unconnected);
  if (std::holds_alternative<Value>(source)) tag(SourceTag::value);
  if (const auto* external = std::get_if<ExternalInput>(&source)) {
    tag(SourceTag::external);
    out.number(static_cast<std::uint64_t>(external->kind));
    out.text(external->name);
  }
  if (const auto* ref = std::get_if<ParameterRef>(&source)) {
    tag(SourceTag::parameter);
    out.number(ref->parameter);
  }
  if (const auto* ref = std::get_if<OutputRef>(&source)) {
    tag(SourceTag::output);
    out.number(ref->step);
    out.number(ref->output);
  }
}

Source read_source(BlobReader& in) {
  switch (static_cast<SourceTag>(in.number())) {
    case SourceTag::unconnected:
      return Unconnected{};
    case SourceTag::value:
      return Value();
    case SourceTag::external: {
      const std::uint64_t kind = in.number();
      if (kind < 1 || kind > 3) in.break_off();
      return ExternalInput{static_cast<ExternalKind>(kind), in.text()};
    }
    case SourceTag::parameter:
      return ParameterRef{static_cast<std::uint32_t>(in.number())};
    case SourceTag::output: {
      const auto step = static_cast<StepId>(in.number());
      return OutputRef{step, static_cast<std::uint32_t>(in.number())};
    }
  }
  in.break_off();
  return Unconnected{};
}

void write_interface(BlobWriter& out, const StepInterface& interface) {
  out.text(interface.function);
  out.number(interface.inputs.size());
  for (const InputPort& port : interface.inputs) {
    out.text(port.name);
    out.text(port.type);
  }
  out.number(interface.outputs.size());
  for (const OutputPort& port : interface.outputs) {
    out.text(port.name);
    out.text(port.type);
    out.text(port.materializer);
  }
}

std::shared_ptr<const StepInterface> read_interface(BlobReader& in) {
  auto interface = std::make_shared<StepInterface>();
  interface->function = in.text();
  interface->inputs.resize(in.count());
  for (InputPort& port : interface->inputs) {
    port.name = in.text();
    port.type = in.text();
  }
  interface->outputs.resize(in.count());
  for (OutputPort& port : interface->outputs) {
    port.name = in.text();
    port.type = in.text();
    port.materializer = in.text();
  }
  return interface;
}

// Equal interfaces once, in the order of first use, whether or not the steps share the object.
struct InterfaceTable {
  std::unordered_map<const StepInterface*, std::uint64_t> by_address;
  std::unordered_map<std::string, std::uint64_t> by_content;
  std::vector<const StepInterface*> list;

  std::uint64_t index_of(const StepInterface* interface) {
    if (const auto found = by_address.find(interface); found != by_address.end()) return found->second;
    BlobWriter content;
    write_interface(content, *interface);
    const auto [entry, added] = by_content.try_emplace(content.take(), list.size());
    if (added) list.push_back(interface);
    by_address.emplace(interface, entry->second);
    return entry->second;
  }
};

bool references_hold(const Pipeline& pipeline) {
  for (const Step& step : pipeline.steps) {
    if (step.inputs.size() != step.interface->inputs.size()) return false;
    for (const Source& source : step.inputs) {
      if (const auto* ref = std::get_if<OutputRef>(&source)) {
        if (ref->step >= pipeline.steps.size()) return false;
        if (ref->output >= pipeline.steps[ref->step].interface->outputs.size()) return false;
      }
      if (const auto* ref = std::get_if<ParameterRef>(&source)) {
        if (ref->parameter >= pipeline.parameters.size()) return false;
      }
    }
    for (const StepId before : step.after) {
      if (before >= pipeline.steps.size()) return false;
    }
  }
  return true;
}

}  // namespace

std::string encode_graph(const Pipeline& pipeline) {
  InterfaceTable interfaces;
  std::vector<std::uint64_t> interface_of;
  interface_of.reserve(pipeline.steps.size());
  for (const Step& step : pipeline.steps) interface_of.push_back(interfaces.index_of(step.interface.get()));

  BlobWriter out;
  out.text(pipeline.name);
  out.number(pipeline.parameters.size());
  for (const Parameter& parameter : pipeline.parameters) {
    out.text(parameter.name);
    out.text(parameter.type);
  }
  out.number(interfaces.list.size());
  for (const StepInterface* interface : interfaces.list) write_interface(out, *interface);
  out.number(pipeline.steps.size());
  for (std::size_t id = 0; id < pipeline.steps.size(); ++id) {
    const Step& step = pipeline.steps[id];
    out.text(step.name);
    out.number(interface_of[id]);
    for (const Source& source : step.inputs) write_source(out, source);
    out.number(step.after.size());
    for (const StepId before : step.after) out.number(before);
  }
  return out.take();
}

Result<Pipeline> decode_graph(std::string_view blob) {
  BlobReader in(blob);
  Pipeline pipeline;
  if (in.take_magic()) {
    pipeline.name = in.text();
    pipeline.parameters.resize(in.count());
    for (Parameter& parameter : pipeline.parameters) {
      parameter.name = in.text();
      parameter.type = in.text();
    }
    std::vector<std::shared_ptr<const StepInterface>> interfaces(in.count());
    for (auto& interface : interfaces) interface = read_interface(in);
    pipeline.steps.resize(in.count());
    for (Step& step : pipeline.steps) {
      step.name = in.text();
      const std::uint64_t interface = in.number();
      if (interface >= interfaces.size()) in.break_off();
      if (!in.ok()) break;
      step.interface = interfaces[interface];
      step.inputs.reserve(step.interface->inputs.size());
      for (std::size_t port = 0; port < step.interface->inputs.size(); ++port) step.inputs.push_back(read_source(in));
      step.after.resize(in.count());
      for (StepId& before : step.after) before = static_cast<StepId>(in.number());
    }
  }
  if (!in.done() || !references_hold(pipeline)) {
    return fail(ErrorCode::damaged, "the recorded shape of a pipeline is not what was written");
  }
  return pipeline;
}

}  // namespace stepcache::pipeline
