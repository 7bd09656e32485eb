#pragma once

#include <string>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>

#include "result/error.h"

namespace stepcache {

// A value or an Error. Dropping one is a compile warning (an error in development builds).
template <class T>
struct [[nodiscard]] Result : tl::expected<T, Error> {
  using tl::expected<T, Error>::expected;
};

// `return fail(ErrorCode::io, "no space left", path);` in any function that returns a Result.
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message, std::string where = {}) {
  return tl::unexpected<Error>(Error{code, std::move(message), std::move(where)});
}
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace stepcache

// Evaluates a Result; returns its error from the enclosing function when there is one.
#define STEPCACHE_TRY(expression)                               \
  do {                                                          \
    if (auto try_result_ = (expression); !try_result_) {        \
      return ::stepcache::fail(std::move(try_result_).error()); \
    }                                                           \
  } while (false)

#define STEPCACHE_TRY_JOIN_INNER(a, b) a##b
#define STEPCACHE_TRY_JOIN(a, b) STEPCACHE_TRY_JOIN_INNER(a, b)

// STEPCACHE_TRY_ASSIGN(auto file, open(path)); gives the value to the declaration, or returns the error.
#define STEPCACHE_TRY_ASSIGN(declaration, expression) \
  STEPCACHE_TRY_ASSIGN_INNER(STEPCACHE_TRY_JOIN(try_value_, __LINE__), declaration, expression)
#define STEPCACHE_TRY_ASSIGN_INNER(temporary, declaration, expression)    \
  auto temporary = (expression);                                          \
  if (!temporary) return ::stepcache::fail(std::move(temporary).error()); \
  declaration = std::move(*temporary)
