#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "stepcache/handle.h"
#include "stepcache/materializer.h"
#include "stepcache/step_function.h"

namespace stepcache {

namespace detail {

// --- The compiled part: what a pipeline is made of. Mistakes that only show here are kept and reported by main(). ---

// A step that has its function and waits for its arguments. It joins the pipeline when it gets them, so that steps
// stand in the order in which data flows, also when one call holds another.
class StepDraft {
 public:
  StepDraft(PipelineState& pipeline, std::string name, const StepType& type, AnyFunction function);
  // One that never got its arguments is a mistake, reported with its name: here, or by main() when it comes first.
  ~StepDraft();
  StepDraft(const StepDraft&) = delete;
  StepDraft& operator=(const StepDraft&) = delete;

  void set_enable_cache(bool enabled) { enable_cache_ = enabled; }
  void set_cache_salt(std::string salt) { cache_salt_ = std::move(salt); }
  void add_after(const StepHandle& earlier);
  // Adds the step; gives its id. Once.
  std::uint32_t join();
  PipelineState& pipeline() const { return pipeline_; }
  const std::string& name() const { return name_; }

 private:
  PipelineState& pipeline_;
  std::string name_;
  const StepType& type_;
  AnyFunction function_;
  std::optional<bool> enable_cache_;
  std::string cache_salt_;
  std::vector<std::uint32_t> after_;
  bool joined_ = false;
};

void connect_output(PipelineState& pipeline, std::uint32_t step, std::size_t port, const StepHandle& from,
                    std::uint32_t output);
void connect_parameter(PipelineState& pipeline, std::uint32_t step, std::size_t port, const PipelineState& owner,
                       std::uint32_t parameter);
void connect_file(PipelineState& pipeline, std::uint32_t step, std::size_t port, const std::filesystem::path& path);
void connect_folder(PipelineState& pipeline, std::uint32_t step, std::size_t port, const std::filesystem::path& path);
void connect_environment(PipelineState& pipeline, std::uint32_t step, std::size_t port, const std::string& name);
// A literal that does not fit the parameter's type.
void refuse_literal(PipelineState& pipeline, std::uint32_t step, std::size_t port, const std::string& type);

// Takes one literal; connected at its end.
class LiteralWriter {
 public:
  LiteralWriter(PipelineState& pipeline, std::uint32_t step, std::size_t port);
  ~LiteralWriter();
  LiteralWriter(const LiteralWriter&) = delete;
  LiteralWriter& operator=(const LiteralWriter&) = delete;
  StructuredWriter& structured();
  ByteSink& bytes();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::uint32_t define_parameter(PipelineState& pipeline, std::string name, std::string tag, ParameterType type);
void set_default(PipelineState& pipeline, std::uint32_t parameter, bool value);
void set_default(PipelineState& pipeline, std::uint32_t parameter, const Number& value);
void set_default(PipelineState& pipeline, std::uint32_t parameter, std::string value);
void set_default(PipelineState& pipeline, std::uint32_t parameter, const File& value);
void set_default(PipelineState& pipeline, std::uint32_t parameter, const Folder& value);

// --- Edges ---

// A File is what another step left behind as an OutputFile.
template <class Given, class Wanted>
inline constexpr bool k_edge_fits =
    std::is_same_v<Given, Wanted> || (std::is_same_v<Given, OutputFile> && std::is_same_v<Wanted, File>);

template <class Given>
struct OutputOfType {
  template <class Wanted>
  struct ForParameterOfType {
    static_assert(
        k_edge_fits<Given, Wanted>,
        "wrong edge: the step's parameter (type Wanted, named above) takes another type than this output or pipeline "
        "parameter has (type Given, named above)");
    static constexpr bool k_fits = k_edge_fits<Given, Wanted>;
  };
};

// Whether a literal can stand for a parameter without losing what it says: a number only for a number.
template <class Given, class Wanted>
consteval bool literal_fits() {
  if constexpr (std::is_same_v<Given, Wanted>)
    return true;
  else if constexpr (std::is_same_v<Wanted, bool> || std::is_same_v<Given, bool>)
    return false;
  else if constexpr (std::is_arithmetic_v<Wanted> && std::is_arithmetic_v<Given>)
    return std::is_floating_point_v<Wanted> || std::is_integral_v<Given>;
  else if constexpr (std::is_arithmetic_v<Wanted>)
    return std::is_enum_v<Given> && std::is_convertible_v<Given, Wanted>;
  else
    return std::is_convertible_v<Given, Wanted>;
}

template <class Given>
struct LiteralOfType {
  template <class Wanted>
  struct ForParameterOfType {
    static_assert(
        !std::is_same_v<Given, Environment> || std::is_same_v<Wanted, Environment>,
        "an environment variable is taken by a step as `const stepcache::Environment&`; its value() is the text");
    static_assert(
        std::is_same_v<Given, Environment> || literal_fits<Given, Wanted>(),
        "wrong literal: the step's parameter (type Wanted, named above) cannot be made of this argument (type Given, "
        "named above) without losing something; cast it");
    static constexpr bool k_fits = literal_fits<Given, Wanted>();
  };
};

template <class T>
void write_literal(PipelineState& pipeline, std::uint32_t step, std::size_t port, const T& value) {
  if constexpr (std::is_same_v<T, File>) {
    connect_file(pipeline, step, port, value.path());
  } else if constexpr (std::is_same_v<T, Folder>) {
    connect_folder(pipeline, step, port, value.path());
  } else if constexpr (std::is_same_v<T, Environment>) {
    connect_environment(pipeline, step, port, value.name());
  } else if constexpr (IsStructured<T>) {
    LiteralWriter writer(pipeline, step, port);
    Structured<T>::write(value, writer.structured());
  } else if constexpr (Saves<T>) {
    LiteralWriter writer(pipeline, step, port);
    Writer out(writer.bytes());
    Materializer<T>::save(value, out);
  } else {
    static_assert(k_always_false<T>, "a value of this type (T) cannot be given as an argument: make it in a step");
  }
}

// Connects one argument to a parameter of type Wanted: an Output, a Parameter, or a literal.
template <class Wanted>
struct Connector {
  PipelineState& pipeline;
  std::uint32_t step;
  std::size_t port;

  template <class Given>
  void connect(const Output<Given>& from) const {
    if constexpr (OutputOfType<Given>::template ForParameterOfType<Wanted>::k_fits) {
      connect_output(pipeline, step, port, from, from.output());
    }
  }
  template <class Given>
  void connect(const Parameter<Given>& from) const {
    if constexpr (OutputOfType<Given>::template ForParameterOfType<Wanted>::k_fits) {
      connect_parameter(pipeline, step, port, from.pipeline(), from.parameter());
    }
  }
  template <class Struct>
  void connect(const Outputs<Struct>&) const {
    static_assert(k_always_false<Struct>, "the step has several outputs: choose one with [&Struct::member]");
  }
  void connect(const StepHandle&) const {
    static_assert(k_always_false<Wanted>,
                  "the step returns void: it has no output to connect; order steps with after()");
  }
  template <class Given>
    requires(!std::is_base_of_v<StepHandle, Given>)
  void connect(const Given& value) const {
    if constexpr (LiteralOfType<std::decay_t<const Given&>>::template ForParameterOfType<Wanted>::k_fits) {
      if constexpr (Integer<Wanted> && std::is_integral_v<Given>) {
        if (!std::in_range<Wanted>(value)) return refuse_literal(pipeline, step, port, Structured<Wanted>::type());
      }
      write_literal<Wanted>(pipeline, step, port, static_cast<const Wanted&>(static_cast<Wanted>(value)));
    }
  }
};

// What connecting gives: the output, the outputs, or a handle for after().
template <class R>
auto result_handle(PipelineState& pipeline, std::uint32_t step) {
  if constexpr (std::is_void_v<R>)
    return StepHandle(pipeline, step);
  else if constexpr (HasOutputs<R>)
    return Outputs<R>(pipeline, step);
  else
    return Output<R>(pipeline, step, 0);
}

}  // namespace detail

// A step that has its function and waits for its arguments: `pipeline.step("train", train)(data, 20)`.
template <class F>
class [[nodiscard]] StepDefinition {
 public:
  StepDefinition(detail::PipelineState& pipeline, std::string name, const F& function)
      : draft_(pipeline, std::move(name), detail::k_step_type<F>, address_of(function)), state_(function) {}

  // False: the step runs in every run, also when nothing has changed; its result is stored all the same, and what
  // depends on it runs again only when the result came out different. Overrides the pipeline's; `run --cache` overrides
  // both.
  StepDefinition&& enable_cache(bool enabled) && {
    draft_.set_enable_cache(enabled);
    return std::move(*this);
  }
  // Any text; another one makes the step run again.
  StepDefinition&& cache_salt(std::string salt) && {
    draft_.set_cache_salt(std::move(salt));
    return std::move(*this);
  }
  // Runs only after these steps, without taking anything from them.
  template <class... Handle>
  StepDefinition&& after(const Handle&... earlier) && {
    static_assert((std::is_base_of_v<StepHandle, Handle> && ...), "after() takes handles of steps");
    (draft_.add_after(earlier), ...);
    return std::move(*this);
  }

  // Connects the function's parameters, in order; each argument is an output of another step, a parameter of the
  // pipeline or a literal. Gives the step's output, or its outputs.
  template <class... Given>
  auto operator()(const Given&... arguments) && {
    constexpr std::size_t k_wanted = std::tuple_size_v<Arguments>;
    static_assert(sizeof...(Given) >= k_wanted,
                  "too few arguments: give one for each parameter of the step's function");
    static_assert(sizeof...(Given) <= k_wanted,
                  "too many arguments: give one for each parameter of the step's function");
    const std::uint32_t step = draft_.join();
    if constexpr (sizeof...(Given) == k_wanted) connect(step, std::index_sequence_for<Given...>(), arguments...);
    if constexpr (detail::k_has_state<F>) detail::write_literal<F>(draft_.pipeline(), step, k_wanted, state_);
    return detail::result_handle<typename detail::CallableSignature<F>::Result>(draft_.pipeline(), step);
  }

 private:
  using Arguments = typename detail::CallableSignature<F>::Arguments;
  struct NoState {
    explicit NoState(const F&) {}
  };

  static detail::AnyFunction address_of(const F& function) {
    if constexpr (detail::k_is_function_pointer<F>)
      return reinterpret_cast<detail::AnyFunction>(function);
    else
      return nullptr;
  }
  template <std::size_t... I, class... Given>
  void connect([[maybe_unused]] std::uint32_t step, std::index_sequence<I...>, const Given&... arguments) {
    (detail::Connector<std::tuple_element_t<I, Arguments>>{draft_.pipeline(), step, I}.connect(arguments), ...);
  }

  detail::StepDraft draft_;
  [[no_unique_address]] std::conditional_t<detail::k_has_state<F>, F, NoState> state_;
};

// Steps, the edges between them, and parameters. Define it, then hand it to stepcache::main. Handles that it gives live
// as long as it does. Not thread-safe.
class Pipeline {
 public:
  explicit Pipeline(std::string name);
  ~Pipeline();
  Pipeline(Pipeline&&) noexcept;
  Pipeline& operator=(Pipeline&&) noexcept;

  // A step is a function or an empty callable (a lambda without captures); a function object with STEPCACHE_FIELDS has
  // its state as an input. Names are unique in a pipeline; the same function may make many steps.
  template <class Function>
  auto step(std::string name, Function&& function) {
    using F = std::decay_t<Function>;
    if constexpr (detail::require_step_function<F>()) {
      using Signature = detail::CallableSignature<F>;
      static_assert(!Signature::k_changes_inputs,
                    "a step cannot change its inputs: take them by value or by const reference");
      if constexpr (!Signature::k_changes_inputs && detail::RequireInputs<typename Signature::Arguments>::k_all &&
                    detail::OutputPorts<typename Signature::Result>::k_storable) {
        return StepDefinition<F>(*state_, std::move(name), function);
      }
    }
  }

  // A named value that the command line can set: `--epochs 30`, `--set epochs=30`.
  template <class T>
  Parameter<T> parameter(std::string name, const T& value) {
    std::uint32_t id = 0;
    if constexpr (detail::ParameterOfType<T>::k_fits) {
      id = detail::define_parameter(*state_, std::move(name), detail::type_tag<T>(), detail::parameter_type<T>());
      if constexpr (detail::Integer<T> || detail::Real<T>) {
        detail::set_default(*state_, id, detail::number(value));
      } else {
        detail::set_default(*state_, id, value);
      }
    }
    return Parameter<T>(*state_, id);
  }
  Parameter<std::string> parameter(std::string name, const char* value) {
    return parameter<std::string>(std::move(name), std::string(value));
  }

  // For all steps that do not say otherwise themselves.
  Pipeline& enable_cache(bool enabled);

  // Global variables whose state cannot change a result ("spdlog::*", as `*` and `?` match qualified names): a logger,
  // a counter, a memo table. What they hold is left out of every step's key; runs and `why` show it.
  Pipeline& harmless(std::string pattern);

  // For the compiled part of the SDK.
  detail::PipelineState& state() { return *state_; }

 private:
  std::unique_ptr<detail::PipelineState> state_;
};

}  // namespace stepcache
