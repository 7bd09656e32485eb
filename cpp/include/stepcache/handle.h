#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <type_traits>

#include "stepcache/fields.h"
#include "stepcache/scalars.h"

namespace stepcache {

namespace detail {

class PipelineState;

// How the command line reads a parameter, and which values its type can hold.
enum class ParameterKind : std::uint8_t { boolean, integer, natural, real, text, file, folder };
struct ParameterType {
  ParameterKind kind = ParameterKind::text;
  std::uint8_t size_bytes = 0;  // of numbers
};

template <class T>
inline constexpr bool k_is_parameter =
    std::is_same_v<T, bool> || Integer<T> || Real<T> || std::is_same_v<T, std::string> || std::is_same_v<T, File> ||
    std::is_same_v<T, Folder>;

template <class T>
struct ParameterOfType {
  static_assert(k_is_parameter<T>,
                "a parameter is a bool, a number, a std::string, a File or a Folder; give a value of another type "
                "(named above as "
                "T) as an argument of a step, or make it in a step");
  static constexpr bool k_fits = k_is_parameter<T>;
};

template <class T>
consteval ParameterType parameter_type() {
  if constexpr (std::is_same_v<T, bool>)
    return {ParameterKind::boolean, 1};
  else if constexpr (Integer<T>)
    return {std::is_signed_v<T> ? ParameterKind::integer : ParameterKind::natural, sizeof(T)};
  else if constexpr (Real<T>)
    return {ParameterKind::real, sizeof(T)};
  else if constexpr (std::is_same_v<T, File>)
    return {ParameterKind::file, 0};
  else if constexpr (std::is_same_v<T, Folder>)
    return {ParameterKind::folder, 0};
  else
    return {ParameterKind::text, 0};
}

// A number as the engine takes it.
struct Number {
  ParameterKind kind;
  std::int64_t integer;
  std::uint64_t natural;
  double real;
};
template <class T>
constexpr Number number(T value) {
  if constexpr (Real<T>)
    return {ParameterKind::real, 0, 0, static_cast<double>(value)};
  else if constexpr (std::is_signed_v<T>)
    return {ParameterKind::integer, value, 0, 0};
  else
    return {ParameterKind::natural, 0, value, 0};
}

void set_range(PipelineState& pipeline, std::uint32_t parameter, const Number& low, const Number& high);
void set_help(PipelineState& pipeline, std::uint32_t parameter, std::string text);

}  // namespace detail

// A step of a pipeline, for after(). Handles are small and may be copied; they live as long as their Pipeline.
class StepHandle {
 public:
  StepHandle(detail::PipelineState& pipeline, std::uint32_t step) : pipeline_(&pipeline), step_(step) {}

  detail::PipelineState& pipeline() const { return *pipeline_; }
  std::uint32_t step() const { return step_; }

 private:
  detail::PipelineState* pipeline_;
  std::uint32_t step_;
};

// One output of a step, to be connected to a parameter of type T of another.
template <class T>
class Output : public StepHandle {
 public:
  Output(detail::PipelineState& pipeline, std::uint32_t step, std::uint32_t output)
      : StepHandle(pipeline, step), output_(output) {}

  std::uint32_t output() const { return output_; }

 private:
  std::uint32_t output_;
};

// The outputs of a step that returns a struct with STEPCACHE_OUTPUTS: `split[&Split::train]` is one of them.
template <class Struct>
class Outputs : public StepHandle {
 public:
  using StepHandle::StepHandle;

  template <class Owner, class T>
  Output<T> operator[](T Owner::* member) const {
    static_assert(std::is_same_v<Owner, Struct>,
                  "this is a member of another struct (Owner) than the one that the step returns (Struct)");
    std::uint32_t found = k_none;
    if constexpr (std::is_same_v<Owner, Struct>) {
      std::uint32_t position = 0;
      std::apply(
          [&](const auto&... field) {
            ((same(field.member, member) ? void(found = position) : void(), ++position), ...);
          },
          Struct::template stepcache_outputs<Struct>());
    }
    return Output<T>(pipeline(), step(), found);
  }

 private:
  // A member that STEPCACHE_OUTPUTS does not list; reported when the pipeline is run.
  static constexpr std::uint32_t k_none = UINT32_MAX;

  template <class A, class B>
  static constexpr bool same(A a, B b) {
    if constexpr (std::is_same_v<A, B>)
      return a == b;
    else
      return false;
  }
};

// A parameter of a pipeline: a default, which the command line overrides.
template <class T>
class Parameter {
 public:
  Parameter(detail::PipelineState& pipeline, std::uint32_t parameter) : pipeline_(&pipeline), parameter_(parameter) {}

  // Numbers: the command line and the default have to be within low..high, both included.
  Parameter& range(T low, T high) {
    static_assert(detail::Integer<T> || detail::Real<T>,
                  "range() is for numbers: this parameter's type (T) is not one");
    if constexpr (detail::Integer<T> || detail::Real<T>) {
      detail::set_range(*pipeline_, parameter_, detail::number(low), detail::number(high));
    }
    return *this;
  }
  // A sentence for --help.
  Parameter& help(std::string text) {
    detail::set_help(*pipeline_, parameter_, std::move(text));
    return *this;
  }

  detail::PipelineState& pipeline() const { return *pipeline_; }
  std::uint32_t parameter() const { return parameter_; }

 private:
  detail::PipelineState* pipeline_;
  std::uint32_t parameter_;
};

}  // namespace stepcache
