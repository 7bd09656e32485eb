#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cpp/src/staged_artifact.h"
#include "cpp/src/stored_artifact.h"
#include "execution/attempt.h"
#include "stepcache/step_function.h"

namespace stepcache::detail {

// One attempt, between the engine and a step's function.
class AttemptCall final : public Call {
 public:
  // All must outlive it.
  AttemptCall(const execution::Attempt& attempt, const StepType& type, platform::FileSystem& files);
  ~AttemptCall() override;
  AttemptCall(const AttemptCall&) = delete;
  AttemptCall& operator=(const AttemptCall&) = delete;

  const void* literal(std::size_t port) override;
  ArtifactReader& input(std::size_t port) override;
  ByteSource& literal_bytes(std::size_t port) override;
  Environment environment(std::size_t port) override;
  void loading(std::size_t port) override;
  void running() override;
  ArtifactWriter& saving(std::size_t port) override;

  // After the function gave its outputs.
  Result<std::vector<execution::StagedBytes>> finish();
  // What the exception that is being handled means for the step.
  Error error_of_exception() const;

 private:
  enum class Phase : std::uint8_t { loading, running, saving };
  class LiteralBytes;

  void finish_output();

  const execution::Attempt& attempt_;
  const StepType& type_;
  platform::FileSystem& files_;
  ReadableCopies copies_;
  Phase phase_ = Phase::loading;
  std::size_t port_ = 0;
  std::unique_ptr<ExternalArtifact> external_;
  std::unique_ptr<StoredArtifact> stored_;
  std::unique_ptr<LiteralBytes> literal_bytes_;
  std::unique_ptr<StagedArtifact> output_;  // the one being written
  std::vector<execution::StagedBytes> outputs_;
  std::optional<Error> error_;  // the first that storing an output gave
};

}  // namespace stepcache::detail
