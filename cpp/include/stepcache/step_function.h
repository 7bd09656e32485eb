#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "stepcache/composites.h"
#include "stepcache/materializer.h"
#include "stepcache/scalars.h"

// From a user's function to a step: its ports, and how one attempt calls it.

namespace stepcache::detail {

// --- Which callables can be steps ---

template <class R, class... A>
struct Signature {
  using Result = std::decay_t<R>;
  using Arguments = std::tuple<std::decay_t<A>...>;
  static constexpr std::size_t k_arity = sizeof...(A);
  static constexpr bool k_changes_inputs =
      ((std::is_lvalue_reference_v<A> && !std::is_const_v<std::remove_reference_t<A>>) || ...);
};

template <class T>
struct SignatureOf {
  static constexpr bool k_exists = false;
};
template <class R, class... A>
struct SignatureOf<R (*)(A...)> : Signature<R, A...> {
  static constexpr bool k_exists = true;
};
template <class R, class... A>
struct SignatureOf<R (*)(A...) noexcept> : SignatureOf<R (*)(A...)> {};
template <class R, class C, class... A>
struct SignatureOf<R (C::*)(A...)> : SignatureOf<R (*)(A...)> {};
template <class R, class C, class... A>
struct SignatureOf<R (C::*)(A...) const> : SignatureOf<R (*)(A...)> {};
template <class R, class C, class... A>
struct SignatureOf<R (C::*)(A...) noexcept> : SignatureOf<R (*)(A...)> {};
template <class R, class C, class... A>
struct SignatureOf<R (C::*)(A...) const noexcept> : SignatureOf<R (*)(A...)> {};

template <class F>
struct IsStdFunction : std::false_type {};
template <class S>
struct IsStdFunction<std::function<S>> : std::true_type {};

// A class with exactly one operator() that is no template.
template <class F>
concept HasOneCall = requires { &F::operator(); };

template <class F>
inline constexpr bool k_is_function_pointer = std::is_pointer_v<F> && std::is_function_v<std::remove_pointer_t<F>>;
template <class F>
inline constexpr bool k_is_empty_callable =
    std::is_class_v<F> && std::is_empty_v<F> && std::is_default_constructible_v<F>;
// A function object whose state is an input.
template <class F>
inline constexpr bool k_has_state = std::is_class_v<F> && HasFields<F>;

// True when F (decayed) can be a step; otherwise one readable error.
template <class F>
consteval bool require_step_function() {
  if constexpr (IsStdFunction<F>::value || std::is_bind_expression_v<F>) {
    static_assert(
        k_always_false<F>,
        "a step must be a function or an empty callable: std::function and std::bind hide the code and the values that "
        "they hold; give the function itself, and pass what it captures as a parameter");
    return false;
  } else if constexpr (std::is_member_pointer_v<F>) {
    static_assert(
        k_always_false<F>,
        "a step must be a function or an empty callable: give a free function that takes the object as a parameter");
    return false;
  } else if constexpr (!k_is_function_pointer<F> && !std::is_class_v<F>) {
    static_assert(k_always_false<F>, "a step must be a function or an empty callable");
    return false;
  } else if constexpr (std::is_class_v<F> && !HasOneCall<F>) {
    static_assert(
        k_always_false<F>,
        "a step's parameter types must be known: a generic lambda (auto parameters), a template or an overloaded call "
        "operator has none; write the types");
    return false;
  } else if constexpr (std::is_class_v<F> && !k_is_empty_callable<F> && !k_has_state<F>) {
    static_assert(
        k_always_false<F>,
        "a step must be a function or an empty callable: pass what it captures as a parameter (a function object of "
        "yours may list its members with STEPCACHE_FIELDS: its state is then an input)");
    return false;
  } else {
    return true;
  }
}

template <class F>
struct CallableSignature : SignatureOf<F> {};
template <HasOneCall F>
struct CallableSignature<F> : SignatureOf<decltype(&F::operator())> {};

// --- What the compiled part of the SDK knows of a step function; constant data, one for each type of function ---

struct InputPortType {
  std::string (*tag)();
};
struct OutputPortType {
  const char* name;
  std::string (*tag)();
  std::string (*materializer)();
};

// One attempt, as the function's caller sees it.
class Call {
 public:
  virtual ~Call() = default;
  // Null when the input is an artifact, file or folder.
  virtual const void* literal(std::size_t port) = 0;
  virtual ArtifactReader& input(std::size_t port) = 0;
  // The bytes of a literal that has no structured form.
  virtual ByteSource& literal_bytes(std::size_t port) = 0;
  virtual Environment environment(std::size_t port) = 0;
  // What an exception means depends on where it comes from.
  virtual void loading(std::size_t port) = 0;
  virtual void running() = 0;
  virtual ArtifactWriter& saving(std::size_t port) = 0;
};

using AnyFunction = void (*)();

struct StepType {
  const InputPortType* inputs;
  std::size_t input_count;
  const OutputPortType* outputs;
  std::size_t output_count;
  bool has_state;  // the last input is a function object's state
  // Loads the inputs, calls, saves the outputs.
  void (*invoke)(AnyFunction function, Call& call);
};

// --- Ports ---

// Environment is an input and nothing else.
template <class T>
std::string input_tag() {
  if constexpr (std::is_same_v<T, Environment>)
    return "environment";
  else
    return type_tag<T>();
}

template <class T>
consteval bool require_input() {
  if constexpr (std::is_same_v<T, Environment>)
    return true;
  else
    return require_materializer<T>();
}

template <class F, class Arguments>
struct InputPorts;
template <class F, class... A>
struct InputPorts<F, std::tuple<A...>> {
  static constexpr std::size_t k_count = sizeof...(A);
  static constexpr InputPortType k_ports[k_count + 1] = {{&input_tag<A>}..., {nullptr}};
};
// The state of a function object comes last.
template <class F, class... A>
  requires k_has_state<F>
struct InputPorts<F, std::tuple<A...>> {
  static constexpr std::size_t k_count = sizeof...(A) + 1;
  static constexpr InputPortType k_ports[k_count] = {{&input_tag<A>}..., {&Structured<F>::type}};
};

template <class R>
struct OutputPorts {
  static constexpr std::size_t k_count = 1;
  static constexpr bool k_storable = require_materializer<R>();
  static constexpr OutputPortType k_ports[1] = {{"output", &type_tag<R>, &materializer_identity<R>}};
  static void save(const R& result, Call& call) { save_artifact(result, call.saving(0)); }
};
template <>
struct OutputPorts<void> {
  static constexpr std::size_t k_count = 0;
  static constexpr bool k_storable = true;
  static constexpr OutputPortType k_ports[1] = {{nullptr, nullptr, nullptr}};
};
template <class R>
  requires HasOutputs<R>
struct OutputPorts<R> {
  template <std::size_t I>
  using Part = MemberType<OutputsOf<R>, I>;
  static constexpr std::size_t k_count = std::tuple_size_v<OutputsOf<R>>;
  static constexpr OutputsOf<R> members() { return R::template stepcache_outputs<R>(); }

  template <std::size_t... I>
  static consteval bool require_all(std::index_sequence<I...>) {
    return (require_materializer<Part<I>>() && ...);
  }
  static constexpr bool k_storable = require_all(std::make_index_sequence<k_count>());

  template <std::size_t... I>
  static consteval std::array<OutputPortType, k_count> make_ports(std::index_sequence<I...>) {
    return {OutputPortType{std::get<I>(members()).name, &type_tag<Part<I>>, &materializer_identity<Part<I>>}...};
  }
  static constexpr std::array<OutputPortType, k_count> k_array = make_ports(std::make_index_sequence<k_count>());
  static constexpr const OutputPortType* k_ports = k_array.data();

  static void save(const R& result, Call& call) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (save_artifact(result.*(std::get<I>(members()).member), call.saving(I)), ...);
    }(std::make_index_sequence<k_count>());
  }
};

// --- Calling ---

template <class T>
T load_input(Call& call, std::size_t port) {
  call.loading(port);
  if constexpr (std::is_same_v<T, Environment>) {
    return call.environment(port);
  } else {
    if (const void* literal = call.literal(port)) {
      if constexpr (IsStructured<T>) {
        return Structured<T>::read(StructuredReader(literal, StructuredReader::Origin::literal));
      } else if constexpr (form_of<T>() == Form::bytes && Saves<T>) {
        Reader reader(call.literal_bytes(port));
        return Materializer<T>::load(reader);
      }
    }
    return load_artifact<T>(call.input(port));
  }
}

template <class F, class R, class... A, std::size_t... I>
R load_and_run(AnyFunction function, Call& call, std::tuple<A...>*, std::index_sequence<I...>) {
  // Braces: loaded in order. The inputs are gone before the outputs are saved.
  std::tuple<A...> inputs{load_input<A>(call, I)...};  // NOLINT(misc-const-correctness): moved from, unless it is empty
  if constexpr (k_is_function_pointer<F>) {
    call.running();
    return reinterpret_cast<F>(function)(std::move(std::get<I>(inputs))...);
  } else if constexpr (k_has_state<F>) {
    call.loading(sizeof...(A));
    F callable = Structured<F>::read(StructuredReader(call.literal(sizeof...(A)), StructuredReader::Origin::literal));
    call.running();
    return callable(std::move(std::get<I>(inputs))...);
  } else {
    call.running();
    return F{}(std::move(std::get<I>(inputs))...);
  }
}

template <class F>
void invoke_step(AnyFunction function, Call& call) {
  using R = typename CallableSignature<F>::Result;
  using Arguments = typename CallableSignature<F>::Arguments;
  constexpr auto k_indices = std::make_index_sequence<std::tuple_size_v<Arguments>>();
  if constexpr (std::is_void_v<R>) {
    load_and_run<F, void>(function, call, static_cast<Arguments*>(nullptr), k_indices);
  } else {
    const R result = load_and_run<F, R>(function, call, static_cast<Arguments*>(nullptr), k_indices);
    OutputPorts<R>::save(result, call);
  }
}

template <class F>
inline constexpr StepType k_step_type = {
    InputPorts<F, typename CallableSignature<F>::Arguments>::k_ports,
    InputPorts<F, typename CallableSignature<F>::Arguments>::k_count,
    OutputPorts<typename CallableSignature<F>::Result>::k_ports,
    OutputPorts<typename CallableSignature<F>::Result>::k_count,
    k_has_state<F>,
    &invoke_step<F>,
};

template <class Arguments>
struct RequireInputs;
template <class... A>
struct RequireInputs<std::tuple<A...>> {
  static constexpr bool k_all = (require_input<A>() && ...);
};

}  // namespace stepcache::detail
