#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "stepcache/materializer.h"
#include "stepcache/scalars.h"

// Structs with STEPCACHE_FIELDS, std::tuple, std::pair, std::optional, std::variant.

namespace stepcache::detail {

template <class T>
struct MemberOf;
template <class Owner, class T>
struct MemberOf<Field<Owner, T>> {
  using Type = std::remove_cv_t<T>;
};

// The members that a macro lists, as a tuple of Field.
template <class T>
using FieldsOf = std::remove_cv_t<decltype(T::template stepcache_fields<T>())>;
template <class T>
using OutputsOf = std::remove_cv_t<decltype(T::template stepcache_outputs<T>())>;
template <class Members, std::size_t I>
using MemberType = typename MemberOf<std::tuple_element_t<I, Members>>::Type;

template <class Members>
const char* member_name(const Members& members, std::size_t index) {
  const char* found = "";
  std::size_t i = 0;
  std::apply([&](const auto&... field) { ((i++ == index ? void(found = field.name) : void()), ...); }, members);
  return found;
}

template <HasFields T>
  requires(!Converts<T> && !Saves<T>)
struct Composite<T> {
  static constexpr bool k_exists = true;
  static constexpr bool k_is_map = true;
  static constexpr std::size_t k_size = std::tuple_size_v<FieldsOf<T>>;
  template <std::size_t I>
  using Part = MemberType<FieldsOf<T>, I>;

  static std::string name(std::size_t index) { return member_name(members(), index); }
  template <std::size_t I>
  static const Part<I>& get(const T& value) {
    return value.*(std::get<I>(members()).member);
  }
  template <class TagOf>
  static std::string tag(TagOf tag_of) {
    std::string text = "struct{";
    for_each_part([&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
      text += (I == 0 ? "" : ",") + name(I) + ":" + tag_of(std::type_identity<Part<I>>());
    });
    return text + "}";
  }
  template <class Read>
  static T make(Read read) {
    static_assert(
        std::is_default_constructible_v<T>,
        "a struct with STEPCACHE_FIELDS needs a default constructor: it is made first, then its members are read");
    T value{};
    for_each_part([&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
      value.*(std::get<I>(members()).member) = read(std::type_identity<Part<I>>(), I);
    });
    return value;
  }

 private:
  static constexpr FieldsOf<T> members() { return T::template stepcache_fields<T>(); }
  template <class Function>
  static void for_each_part(Function function) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (function(std::integral_constant<std::size_t, I>()), ...);
    }(std::make_index_sequence<k_size>());
  }
};

inline std::string joined(std::initializer_list<std::string> texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ",") + text;
  return all;
}

// std::tuple and std::pair.
template <class T>
struct TupleComposite {
  static constexpr bool k_exists = true;
  static constexpr bool k_is_map = false;
  static constexpr std::size_t k_size = std::tuple_size_v<T>;
  template <std::size_t I>
  using Part = std::tuple_element_t<I, T>;

  static std::string name(std::size_t index) { return std::to_string(index); }
  template <std::size_t I>
  static const Part<I>& get(const T& value) {
    return std::get<I>(value);
  }
  template <class TagOf>
  static std::string tag(TagOf tag_of) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return "tuple<" + joined({tag_of(std::type_identity<Part<I>>())...}) + ">";
    }(std::make_index_sequence<k_size>());
  }
  template <class Read>
  static T make(Read read) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return T{read(std::type_identity<Part<I>>(), I)...};  // braces: read in order
    }(std::make_index_sequence<k_size>());
  }
};
template <class... T>
struct Composite<std::tuple<T...>> : TupleComposite<std::tuple<T...>> {};
template <class First, class Second>
struct Composite<std::pair<First, Second>> : TupleComposite<std::pair<First, Second>> {};

template <class T>
consteval bool parts_are_structured() {
  return []<std::size_t... I>(std::index_sequence<I...>) {
    return (IsStructured<typename Composite<T>::template Part<I>> && ...);
  }(std::make_index_sequence<Composite<T>::k_size>());
}

// A map for a struct, a list for a tuple.
template <class T>
  requires(Composite<T>::k_exists && parts_are_structured<T>())
struct Structured<T> {
  static constexpr bool k_exists = true;
  static constexpr bool k_nullable = false;
  static std::string type() {
    return Composite<T>::tag([]<class Part>(std::type_identity<Part>) { return Structured<Part>::type(); });
  }
  static void write(const T& value, StructuredWriter& writer) {
    Composite<T>::k_is_map ? writer.begin_map() : writer.begin_list();
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (write_part<I>(value, writer), ...);
    }(std::make_index_sequence<Composite<T>::k_size>());
    Composite<T>::k_is_map ? writer.end_map() : writer.end_list();
  }
  static T read(const StructuredReader& reader) {
    if (reader.size() != Composite<T>::k_size)
      throw UnreadableValue("another number of members than " + type() + " has");
    return Composite<T>::make([&]<class Part>(std::type_identity<Part>, std::size_t index) {
      if constexpr (Composite<T>::k_is_map)
        return Structured<Part>::read(reader.member(Composite<T>::name(index)));
      else
        return Structured<Part>::read(reader.element(index));
    });
  }

 private:
  template <std::size_t I>
  static void write_part(const T& value, StructuredWriter& writer) {
    if constexpr (Composite<T>::k_is_map) writer.key(Composite<T>::name(I));
    Structured<typename Composite<T>::template Part<I>>::write(Composite<T>::template get<I>(value), writer);
  }
};

// --- std::optional: null or the value; [value] where the value itself can be null. As a tree: no part, or "value". ---

template <class T>
struct Container<std::optional<T>> {
  using Element = T;
  static constexpr bool k_exists = true;
  static consteval Form form() {
    if constexpr (!Storable<T>)
      return Form::none;
    else
      return stays_structured<T>() ? Form::structured : Form::tree;
  }
  static consteval bool fits_within() { return detail::fits_within<T>(); }
  static std::string tag() { return "optional<" + type_tag<T>() + ">"; }
  static void save(const std::optional<T>& value, ArtifactWriter& writer) {
    if (value) save_artifact(*value, writer.part("value"));
  }
  static std::optional<T> load(ArtifactReader& reader) {
    ArtifactReader* const part = reader.find_part("value");
    if (part == nullptr) return std::nullopt;
    return load_artifact<T>(*part);
  }
};

template <IsStructured T>
struct Structured<std::optional<T>> {
  static constexpr bool k_exists = true;
  static constexpr bool k_nullable = true;
  static std::string type() { return "optional<" + Structured<T>::type() + ">"; }
  static void write(const std::optional<T>& value, StructuredWriter& writer) {
    if (!value) return writer.null();
    if constexpr (Structured<T>::k_nullable) writer.begin_list();
    Structured<T>::write(*value, writer);
    if constexpr (Structured<T>::k_nullable) writer.end_list();
  }
  static std::optional<T> read(const StructuredReader& reader) {
    if (reader.is_null()) return std::nullopt;
    if constexpr (Structured<T>::k_nullable)
      return Structured<T>::read(reader.element(0));
    else
      return Structured<T>::read(reader);
  }
};

// --- std::variant: {"index": which alternative, "value": ...}. As a tree: the parts "index" and "value". ---

template <class T>
struct VariantAlternatives;
template <class... T>
struct VariantAlternatives<std::variant<T...>> {
  static consteval bool all_storable() { return (Storable<T> && ...); }
  static consteval bool all_stay_structured() { return (stays_structured<T>() && ...); }
  static consteval bool all_fit_within() { return (fits_within<T>() && ...); }
  template <class TagOf>
  static std::string tag(TagOf tag_of) {
    std::string text;
    ((text += (text.empty() ? "variant<" : ",") + tag_of(std::type_identity<T>())), ...);
    return text + ">";
  }
  // The alternative with that index, read by read(type).
  template <class Read>
  static std::variant<T...> make(std::uint64_t index, Read read) {
    std::optional<std::variant<T...>> value;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((I == index ? void(value.emplace(std::in_place_index<I>, read(std::type_identity<T>()))) : void()), ...);
    }(std::index_sequence_for<T...>());
    if (!value) throw UnreadableValue("there is no alternative " + std::to_string(index));
    return *std::move(value);
  }
};

template <class First, class... Rest>
struct FirstUnstorable {
  using Type = First;
};
template <class First, class Second, class... Rest>
  requires Storable<First>
struct FirstUnstorable<First, Second, Rest...> : FirstUnstorable<Second, Rest...> {};

template <class... T>
struct Container<std::variant<T...>> {
  using Variant = std::variant<T...>;
  using Alternatives = VariantAlternatives<Variant>;
  using Element = typename FirstUnstorable<T...>::Type;
  static constexpr bool k_exists = true;
  static consteval Form form() {
    if constexpr (!Alternatives::all_storable())
      return Form::none;
    else
      return Alternatives::all_stay_structured() ? Form::structured : Form::tree;
  }
  static consteval bool fits_within() { return Alternatives::all_fit_within(); }
  static std::string tag() {
    return Alternatives::tag([]<class A>(std::type_identity<A>) { return type_tag<A>(); });
  }
  static void save(const Variant& value, ArtifactWriter& writer) {
    writer.part("index").structured().natural(value.index());
    std::visit([&](const auto& alternative) { save_artifact(alternative, writer.part("value")); }, value);
  }
  static Variant load(ArtifactReader& reader) {
    const std::uint64_t index = reader.part("index").structured().natural();
    return Alternatives::make(index,
                              [&]<class A>(std::type_identity<A>) { return load_artifact<A>(reader.part("value")); });
  }
};

template <class... T>
  requires(IsStructured<T> && ...)
struct Structured<std::variant<T...>> {
  using Variant = std::variant<T...>;
  using Alternatives = VariantAlternatives<Variant>;
  static constexpr bool k_exists = true;
  static constexpr bool k_nullable = false;
  static std::string type() {
    return Alternatives::tag([]<class A>(std::type_identity<A>) { return Structured<A>::type(); });
  }
  static void write(const Variant& value, StructuredWriter& writer) {
    writer.begin_map();
    writer.key("index");
    writer.natural(value.index());
    writer.key("value");
    std::visit([&]<class A>(const A& alternative) { Structured<A>::write(alternative, writer); }, value);
    writer.end_map();
  }
  static Variant read(const StructuredReader& reader) {
    return Alternatives::make(reader.member("index").natural(), [&]<class A>(std::type_identity<A>) {
      return Structured<A>::read(reader.member("value"));
    });
  }
};

}  // namespace stepcache::detail
