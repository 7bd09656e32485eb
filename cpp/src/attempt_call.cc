#include "cpp/src/attempt_call.h"

#include <cxxabi.h>
#include <fmt/format.h>

#include <cstdlib>
#include <cstring>
#include <exception>

namespace stepcache::detail {
namespace {

// "std::runtime_error", of the exception that is being handled.
std::string exception_type() {
  const std::type_info* const type = abi::__cxa_current_exception_type();
  if (type == nullptr) return "an unknown exception";
  int status = 0;
  char* const text = abi::__cxa_demangle(type->name(), nullptr, nullptr, &status);
  std::string name = status == 0 && text != nullptr ? text : type->name();
  std::free(text);
  // As people write it.
  const std::string long_string = "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >";
  for (std::size_t at = name.find(long_string); at != std::string::npos; at = name.find(long_string)) {
    name.replace(at, long_string.size(), "std::string");
  }
  return name;
}

// Type and message of the exception that is being handled.
std::string exception_text() {
  try {
    throw;
  } catch (const std::exception& exception) {
    return exception_type() + ": " + exception.what();
  } catch (const char* text) {
    return "an exception of type const char*: " + std::string(text != nullptr ? text : "");
  } catch (const std::string& text) {
    return "an exception of type std::string: " + text;
  } catch (...) {
    return "an exception of type " + exception_type();
  }
}

}  // namespace

class AttemptCall::LiteralBytes final : public ByteSource {
 public:
  explicit LiteralBytes(const std::string& bytes) : bytes_(bytes) {}
  std::uint64_t size() const override { return bytes_.size(); }
  void read_at(std::uint64_t offset, void* to, std::size_t size) override {
    if (offset > bytes_.size() || size > bytes_.size() - offset) throw UnreadableValue("it ends too early");
    if (size > 0) std::memcpy(to, bytes_.data() + offset, size);
  }

 private:
  const std::string& bytes_;
};

AttemptCall::AttemptCall(const execution::Attempt& attempt, const StepType& type, platform::FileSystem& files)
    : attempt_(attempt), type_(type), files_(files), copies_(files, attempt.temporary_folder) {}

AttemptCall::~AttemptCall() {
  for (const execution::StagedBytes& staged : outputs_) execution::discard(files_, staged);
}

void AttemptCall::loading(std::size_t port) {
  phase_ = Phase::loading;
  port_ = port;
  if (port >= attempt_.inputs.size()) throw UnreadableValue("it is missing");
}

void AttemptCall::running() {
  // Values have been read: what they were read from is not needed while the step runs.
  stored_.reset();
  phase_ = Phase::running;
}

const void* AttemptCall::literal(std::size_t port) { return std::get_if<pipeline::Value>(&attempt_.inputs[port]); }

ByteSource& AttemptCall::literal_bytes(std::size_t port) {
  const auto* const bytes = std::get<pipeline::Value>(attempt_.inputs[port]).get_if<pipeline::Value::BytesValue>();
  if (bytes == nullptr) throw UnreadableValue("there should be bytes");
  literal_bytes_ = std::make_unique<LiteralBytes>(bytes->bytes);
  return *literal_bytes_;
}

ArtifactReader& AttemptCall::input(std::size_t port) {
  const execution::InputValue& input = attempt_.inputs[port];
  if (const auto* stored = std::get_if<execution::StoredBytes>(&input)) {
    stored_ = std::make_unique<StoredArtifact>(*stored, files_, copies_);
    return *stored_;
  }
  if (const auto* external = std::get_if<execution::ExternalValue>(&input)) {
    external_ = std::make_unique<ExternalArtifact>(external->path);
    return *external_;
  }
  throw UnreadableValue("there should be an artifact, not a literal");
}

Environment AttemptCall::environment(std::size_t port) {
  const auto* const external = std::get_if<execution::ExternalValue>(&attempt_.inputs[port]);
  if (external == nullptr || external->input.kind != pipeline::ExternalKind::environment) {
    throw UnreadableValue("there should be an environment variable");
  }
  return {external->input.name, external->value};
}

ArtifactWriter& AttemptCall::saving(std::size_t port) {
  finish_output();
  phase_ = Phase::saving;
  port_ = port;
  output_ =
      std::make_unique<StagedArtifact>(StagingPlace{files_, attempt_.temporary_folder, attempt_.working_directory});
  return *output_;
}

void AttemptCall::finish_output() {
  if (!output_) return;
  auto staged = output_->finish();
  output_.reset();
  if (staged) {
    outputs_.push_back(*std::move(staged));
  } else if (!error_) {
    const Error& error = staged.error();
    const std::string what = to_string(error);
    // A file that a step names and did not write is the step's failure.
    const ErrorCode code = error.code == ErrorCode::io ? ErrorCode::io : ErrorCode::step_failed;
    error_ =
        Error{code, fmt::format("output {} cannot be stored: {}", type_.outputs[port_].name, what), attempt_.step_name};
  }
}

Result<std::vector<execution::StagedBytes>> AttemptCall::finish() {
  finish_output();
  if (error_) return fail(*error_);
  return std::move(outputs_);
}

Error AttemptCall::error_of_exception() const {
  switch (phase_) {
    case Phase::loading:
      return {ErrorCode::damaged,
              fmt::format("input {} ({}) cannot be read: {}", port_,
                          port_ < type_.input_count ? type_.inputs[port_].tag() : "unknown", exception_text()),
              attempt_.step_name};
    case Phase::running:
      return {ErrorCode::step_failed, exception_text(), attempt_.step_name};
    case Phase::saving:
      break;
  }
  return {ErrorCode::step_failed,
          fmt::format("output {} cannot be stored: {}", type_.outputs[port_].name, exception_text()),
          attempt_.step_name};
}

}  // namespace stepcache::detail
