#include "cpp/src/pipeline_state.h"

#include <fmt/format.h>

#include "cpp/src/value_writer.h"
#include "stepcache/pipeline.h"

namespace stepcache::detail {
namespace {

std::shared_ptr<const pipeline::StepInterface> make_interface(const StepType& type, const std::string& name) {
  auto made = std::make_shared<pipeline::StepInterface>();
  made->function = name;
  for (std::size_t i = 0; i < type.input_count; ++i) {
    made->inputs.push_back({std::to_string(i), type.inputs[i].tag()});
  }
  if (type.has_state) made->inputs.back().name = "state";
  for (std::size_t i = 0; i < type.output_count; ++i) {
    made->outputs.push_back({type.outputs[i].name, type.outputs[i].tag(), type.outputs[i].materializer()});
  }
  return made;
}

pipeline::Value to_value(const Number& number) {
  switch (number.kind) {
    case ParameterKind::integer:
      return number.integer;
    case ParameterKind::natural:
      return number.natural;
    default:
      return number.real;
  }
}

void connect(PipelineState& pipeline, std::uint32_t step, std::size_t port, pipeline::Source source) {
  pipeline.description.steps[step].inputs[port] = std::move(source);
}

void report(PipelineState& pipeline, std::uint32_t step, const std::string& problem) {
  pipeline.problems.push_back(fmt::format("step {}: {}", pipeline.description.steps[step].name, problem));
}

}  // namespace

void PipelineState::order_parameters() {
  constexpr std::uint32_t k_unused = UINT32_MAX;
  const std::size_t count = description.parameters.size();
  if (count < 2) return;
  std::vector<std::uint32_t> order, new_position(count, k_unused);
  for (pipeline::Step& step : description.steps) {
    for (pipeline::Source& source : step.inputs) {
      auto* const ref = std::get_if<pipeline::ParameterRef>(&source);
      if (ref == nullptr) continue;
      std::uint32_t& position = new_position[ref->parameter];
      if (position == k_unused) {
        position = static_cast<std::uint32_t>(order.size());
        order.push_back(ref->parameter);
      }
      ref->parameter = position;
    }
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    if (new_position[i] == k_unused) order.push_back(i);
  }
  std::vector<pipeline::Parameter> parameters;
  std::vector<ParameterType> types;
  for (const std::uint32_t i : order) {
    parameters.push_back(std::move(description.parameters[i]));
    types.push_back(parameter_types[i]);
  }
  description.parameters = std::move(parameters);
  parameter_types = std::move(types);
}

std::uint32_t PipelineState::function_for(const StepType& type, AnyFunction function, const std::string& step_name) {
  const auto [found, is_new] = positions_.try_emplace({&type, function}, static_cast<std::uint32_t>(functions_.size()));
  if (is_new) functions_.push_back({&type, function, make_interface(type, step_name)});
  return found->second;
}

StepDraft::StepDraft(PipelineState& pipeline, std::string name, const StepType& type, AnyFunction function)
    : pipeline_(pipeline), name_(std::move(name)), type_(type), function_(function) {
  pipeline_.drafts.push_back(this);
}

StepDraft::~StepDraft() {
  if (joined_) return;
  std::erase(pipeline_.drafts, this);
  pipeline_.report_unfinished(name_);
}

void PipelineState::report_unfinished(const std::string& step_name) {
  problems.push_back(fmt::format(
      "step {}: it has no arguments; give them in a second pair of parentheses, also when there are none", step_name));
}

void StepDraft::add_after(const StepHandle& earlier) {
  if (&earlier.pipeline() == &pipeline_) {
    after_.push_back(earlier.step());
  } else {
    pipeline_.problems.push_back(fmt::format("step {}: after() names a step of another pipeline", name_));
  }
}

std::uint32_t StepDraft::join() {
  const auto id = static_cast<std::uint32_t>(pipeline_.description.steps.size());
  if (joined_) {
    pipeline_.problems.emplace_back("a step's arguments are given twice; define another step for the second use");
    name_ = "given twice";
  }
  joined_ = true;
  std::erase(pipeline_.drafts, this);
  const std::uint32_t position = pipeline_.function_for(type_, function_, name_);
  pipeline::Step& step = pipeline_.description.steps.emplace_back();
  step.name = std::move(name_);
  step.interface = pipeline_.functions()[position].interface;
  step.inputs.resize(type_.input_count);
  step.after = std::move(after_);
  step.enable_cache = enable_cache_;
  step.cache_salt = std::move(cache_salt_);
  pipeline_.function_of.push_back(position);
  return id;
}

void connect_output(PipelineState& pipeline, std::uint32_t step, std::size_t port, const StepHandle& from,
                    std::uint32_t output) {
  if (&from.pipeline() != &pipeline) {
    return report(pipeline, step, fmt::format("argument {} is an output of a step of another pipeline", port));
  }
  if (output >= pipeline.description.steps[from.step()].interface->outputs.size()) {
    return report(pipeline, step, fmt::format("argument {} is a member that STEPCACHE_OUTPUTS does not list", port));
  }
  connect(pipeline, step, port, pipeline::OutputRef{from.step(), output});
}

void connect_parameter(PipelineState& pipeline, std::uint32_t step, std::size_t port, const PipelineState& owner,
                       std::uint32_t parameter) {
  if (&owner != &pipeline) {
    return report(pipeline, step, fmt::format("argument {} is a parameter of another pipeline", port));
  }
  connect(pipeline, step, port, pipeline::ParameterRef{parameter});
}

void connect_file(PipelineState& pipeline, std::uint32_t step, std::size_t port, const std::filesystem::path& path) {
  connect(pipeline, step, port, pipeline::ExternalInput{pipeline::ExternalKind::file, path.native()});
}

void connect_folder(PipelineState& pipeline, std::uint32_t step, std::size_t port, const std::filesystem::path& path) {
  connect(pipeline, step, port, pipeline::ExternalInput{pipeline::ExternalKind::folder, path.native()});
}

void connect_environment(PipelineState& pipeline, std::uint32_t step, std::size_t port, const std::string& name) {
  connect(pipeline, step, port, pipeline::ExternalInput{pipeline::ExternalKind::environment, name});
}

void refuse_literal(PipelineState& pipeline, std::uint32_t step, std::size_t port, const std::string& type) {
  report(pipeline, step, fmt::format("argument {} is out of the range of {}", port, type));
}

struct LiteralWriter::State {
  class Bytes final : public ByteSink {
   public:
    void append(const void* bytes, std::size_t size) override { text.append(static_cast<const char*>(bytes), size); }
    std::string text;
  };
  PipelineState& pipeline;
  std::uint32_t step;
  std::size_t port;
  ValueWriter value;
  Bytes bytes;
  bool is_bytes = false;
};

LiteralWriter::LiteralWriter(PipelineState& pipeline, std::uint32_t step, std::size_t port)
    : state_(new State{pipeline, step, port, {}, {}, false}) {}

LiteralWriter::~LiteralWriter() {
  if (state_->is_bytes) {
    connect(state_->pipeline, state_->step, state_->port,
            pipeline::Value(pipeline::Value::BytesValue{std::move(state_->bytes.text)}));
  } else {
    connect(state_->pipeline, state_->step, state_->port, state_->value.take());
  }
}

StructuredWriter& LiteralWriter::structured() { return state_->value; }

ByteSink& LiteralWriter::bytes() {
  state_->is_bytes = true;
  return state_->bytes;
}

std::uint32_t define_parameter(PipelineState& pipeline, std::string name, std::string tag, ParameterType type) {
  const auto id = static_cast<std::uint32_t>(pipeline.description.parameters.size());
  pipeline::Parameter& parameter = pipeline.description.parameters.emplace_back();
  parameter.name = std::move(name);
  parameter.type = std::move(tag);
  pipeline.parameter_types.push_back(type);
  return id;
}

void set_default(PipelineState& pipeline, std::uint32_t parameter, bool value) {
  pipeline.description.parameters[parameter].value = pipeline::Value(value);
}

void set_default(PipelineState& pipeline, std::uint32_t parameter, const Number& value) {
  pipeline.description.parameters[parameter].value = to_value(value);
}

void set_default(PipelineState& pipeline, std::uint32_t parameter, std::string value) {
  pipeline.description.parameters[parameter].value = pipeline::Value(std::move(value));
}

void set_default(PipelineState& pipeline, std::uint32_t parameter, const File& value) {
  pipeline.description.parameters[parameter].value =
      pipeline::ExternalInput{pipeline::ExternalKind::file, value.path().native()};
}

void set_default(PipelineState& pipeline, std::uint32_t parameter, const Folder& value) {
  pipeline.description.parameters[parameter].value =
      pipeline::ExternalInput{pipeline::ExternalKind::folder, value.path().native()};
}

void set_range(PipelineState& pipeline, std::uint32_t parameter, const Number& low, const Number& high) {
  pipeline.description.parameters[parameter].minimum = to_value(low);
  pipeline.description.parameters[parameter].maximum = to_value(high);
}

void set_help(PipelineState& pipeline, std::uint32_t parameter, std::string text) {
  pipeline.description.parameters[parameter].help = std::move(text);
}

}  // namespace stepcache::detail

namespace stepcache {

Pipeline::Pipeline(std::string name) : state_(std::make_unique<detail::PipelineState>(std::move(name))) {}
Pipeline::~Pipeline() = default;
Pipeline::Pipeline(Pipeline&&) noexcept = default;
Pipeline& Pipeline::operator=(Pipeline&&) noexcept = default;

Pipeline& Pipeline::enable_cache(bool enabled) {
  state_->description.enable_cache = enabled;
  return *this;
}

Pipeline& Pipeline::harmless(std::string pattern) {
  state_->harmless.push_back(std::move(pattern));
  return *this;
}

}  // namespace stepcache
