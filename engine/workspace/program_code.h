#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "code_signature/exact.h"
#include "code_signature/parts.h"
#include "workspace/workspace.h"

namespace stepcache::workspace {

// The code of the steps of the program that runs now: exact where the program can be followed, else coarse. The files
// are read once for each build: what was found is kept in the workspace, by the identity of the files. What main left
// in memory before the steps is read when the first step is asked for: before any step ran.
class ProgramCode {
 public:
  // `workspace` must outlive it. Reads nothing yet.
  ProgramCode(Workspace& workspace, code_signature::LoadedProgram program);
  ~ProgramCode();
  ProgramCode(const ProgramCode&) = delete;
  ProgramCode& operator=(const ProgramCode&) = delete;

  // Of a step, by its position in LoadedProgram::steps. The same object for the same step. Errors: not_found, io,
  // damaged (the program's file).
  Result<std::shared_ptr<const code_signature::CodeSignature>> signature(std::size_t step);
  // What it was made of. Slow. Errors: the same.
  Result<std::vector<code_signature::Part>> parts(std::size_t step);
  // Why the signatures are only coarse, and what helps; empty when they are exact.
  const std::string& why_coarse() const { return why_coarse_; }

 private:
  Result<void> load();
  Result<void> compute();
  Result<void> take_coarse(const Error& error);
  Result<Digest> identity(bool& settled);
  void add_entry_state();

  Workspace& workspace_;
  code_signature::LoadedProgram program_;
  bool loaded_ = false;
  std::optional<Error> failure_;
  std::string why_coarse_;
  std::vector<code_signature::StepCode> steps_;
  std::vector<std::shared_ptr<const code_signature::CodeSignature>> signatures_;
  std::vector<std::map<std::string, Digest>> left_by_main_;  // by step: digests of variables' bytes
  std::unique_ptr<code_signature::ExactSignatures> exact_;  // once they were computed in this process
  std::vector<code_signature::Part> coarse_parts_;
};

}  // namespace stepcache::workspace
