#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace stepcache {

// A member of a struct, with its name.
template <class Owner, class T>
struct Field {
  const char* name;
  T Owner::* member;
};

namespace detail {

template <class Owner, class T>
constexpr Field<Owner, T> make_field(const char* name, T Owner::* member) {
  return {name, member};
}

template <class T>
concept HasFields = std::is_class_v<T> && requires { T::template stepcache_fields<T>(); };

template <class T>
concept HasOutputs = std::is_class_v<T> && requires { T::template stepcache_outputs<T>(); };

}  // namespace detail
}  // namespace stepcache

// In a struct: the members that make up its value, which is stored as one artifact. The struct must be
// default-constructible.
//   struct Dataset { Eigen::MatrixXd x; Eigen::VectorXd y; STEPCACHE_FIELDS(x, y) };
#define STEPCACHE_FIELDS(...)                                                      \
  template <class Self>                                                            \
  static constexpr auto stepcache_fields() {                                       \
    return ::std::make_tuple(STEPCACHE_EXPAND(STEPCACHE_EACH_FIELD(__VA_ARGS__))); \
  }

// In a struct that a step returns: each member is an output, and an artifact, of its own.
//   struct Split { Dataset train; Dataset test; STEPCACHE_OUTPUTS(train, test) };
#define STEPCACHE_OUTPUTS(...)                                                     \
  template <class Self>                                                            \
  static constexpr auto stepcache_outputs() {                                      \
    return ::std::make_tuple(STEPCACHE_EXPAND(STEPCACHE_EACH_FIELD(__VA_ARGS__))); \
  }

// One field for each argument, at most 256. Each scan of STEPCACHE_EXPAND takes one argument off the list.
#define STEPCACHE_FIELD(name) ::stepcache::detail::make_field(#name, &Self::name)
#define STEPCACHE_EACH_FIELD(first, ...) \
  STEPCACHE_FIELD(first) __VA_OPT__(, STEPCACHE_EACH_FIELD_AGAIN STEPCACHE_PARENTHESES(__VA_ARGS__))
#define STEPCACHE_EACH_FIELD_AGAIN() STEPCACHE_EACH_FIELD
#define STEPCACHE_PARENTHESES ()
#define STEPCACHE_EXPAND(...) \
  STEPCACHE_EXPAND_3(STEPCACHE_EXPAND_3(STEPCACHE_EXPAND_3(STEPCACHE_EXPAND_3(__VA_ARGS__))))
#define STEPCACHE_EXPAND_3(...) \
  STEPCACHE_EXPAND_2(STEPCACHE_EXPAND_2(STEPCACHE_EXPAND_2(STEPCACHE_EXPAND_2(__VA_ARGS__))))
#define STEPCACHE_EXPAND_2(...) \
  STEPCACHE_EXPAND_1(STEPCACHE_EXPAND_1(STEPCACHE_EXPAND_1(STEPCACHE_EXPAND_1(__VA_ARGS__))))
#define STEPCACHE_EXPAND_1(...) __VA_ARGS__
