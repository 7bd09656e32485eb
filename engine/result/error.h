#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace stepcache {

// What went wrong, by what a caller can do about it. The set is closed: one table (exit_status, http_status) maps each
// code to what a surface answers. The numbers are written into records and protocols: never change or reuse one.
enum class ErrorCode : std::uint8_t {
  invalid_argument = 1,    // the user's mistake: a bad option, parameter, pipeline or input file
  not_found = 2,           // what was asked for by name is not there
  step_failed = 3,         // a step ran and did not finish: it threw, or its outputs could not be stored
  damaged = 4,             // stored bytes or records are not what was written
  unsupported_format = 5,  // a store of a newer or foreign format
  busy = 6,                // somebody else holds what is needed; trying again later may help
  cancelled = 7,           // stopped on request
  io = 8,                  // the operating system refused: full disk, permission, lost device
  internal = 9,            // a broken promise inside Stepcache
};

// An error for people. `message` says what happened and what to do; `where` names the step, file or option.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;
  std::string where;

  friend bool operator==(const Error&, const Error&) = default;
};

// "where: message", or the message alone when `where` is empty.
std::string to_string(const Error& error);

// The code's name in JSON, for example "invalid_argument".
std::string_view name(ErrorCode code);

// The code with that name; `internal` for an unknown one.
ErrorCode error_code_named(std::string_view text);

// The process exit status: 2 for the user's mistake, 1 for a failed step (and for the system's refusals), 3 for a
// damaged or foreign store, 130 for a cancelled run.
int exit_status(ErrorCode code);

// The HTTP status with which a server answers.
int http_status(ErrorCode code);

}  // namespace stepcache
