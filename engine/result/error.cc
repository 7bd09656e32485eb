#include "result/error.h"

#include <array>

namespace stepcache {
namespace {

struct Row {
  ErrorCode code;
  std::string_view name;
  int exit_status;
  int http_status;
};

constexpr std::array k_rows = {
    Row{ErrorCode::invalid_argument, "invalid_argument", 2, 400},
    Row{ErrorCode::not_found, "not_found", 2, 404},
    Row{ErrorCode::step_failed, "step_failed", 1, 500},
    Row{ErrorCode::damaged, "damaged", 3, 500},
    Row{ErrorCode::unsupported_format, "unsupported_format", 3, 500},
    Row{ErrorCode::busy, "busy", 1, 503},
    Row{ErrorCode::cancelled, "cancelled", 130, 499},
    Row{ErrorCode::io, "io", 1, 500},
    Row{ErrorCode::internal, "internal", 1, 500},
};

const Row& row_of(ErrorCode code) {
  for (const Row& row : k_rows) {
    if (row.code == code) return row;
  }
  return k_rows.back();
}

}  // namespace

std::string to_string(const Error& error) {
  return error.where.empty() ? error.message : error.where + ": " + error.message;
}

std::string_view name(ErrorCode code) { return row_of(code).name; }

ErrorCode error_code_named(std::string_view text) {
  for (const Row& row : k_rows) {
    if (row.name == text) return row.code;
  }
  return ErrorCode::internal;
}

int exit_status(ErrorCode code) { return row_of(code).exit_status; }

int http_status(ErrorCode code) { return row_of(code).http_status; }

}  // namespace stepcache
