#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "stepcache/materializer.h"
#include "stepcache/scalars.h"

// std::vector, std::array, std::map, std::unordered_map, std::set, std::unordered_set. Those of numbers that lie side
// by side are arrays; unordered ones are stored sorted by key, so that equal values give equal bytes.

namespace stepcache::detail {

// --- Arrays of numbers ---

// The length of a one-dimensional array.
inline std::size_t length_of(const ArrayShape& shape) {
  if (shape.dimensions.size() != 1)
    throw UnreadableValue("the array has " + std::to_string(shape.dimensions.size()) + " dimensions, not 1");
  return static_cast<std::size_t>(shape.dimensions[0]);
}

template <class T, class Allocator>
  requires(ArrayScalar<T> && !std::is_same_v<T, bool>)
struct ArrayAccess<std::vector<T, Allocator>> {
  using Vector = std::vector<T, Allocator>;
  using Scalar = T;
  static constexpr bool k_exists = true;
  static constexpr bool k_is_small = false;
  static constexpr bool k_fits_within = true;
  static constexpr int k_dimensions = 1;
  static void save(const Vector& value, ArtifactWriter& writer) {
    writer.array(array_type_of<T>(), {{value.size()}}).append(value.data(), value.size() * sizeof(T));
  }
  static Vector load(ArtifactReader& reader) {
    Vector value(length_of(reader.array_shape(array_type_of<T>())));
    reader.array_elements().read_at(0, value.data(), value.size() * sizeof(T));
    return value;
  }
};

// A vector<bool> has no bytes of its own: they are made in pieces.
template <class Allocator>
struct ArrayAccess<std::vector<bool, Allocator>> {
  using Vector = std::vector<bool, Allocator>;
  using Scalar = bool;
  static constexpr bool k_exists = true;
  static constexpr bool k_is_small = false;
  static constexpr bool k_fits_within = true;
  static constexpr int k_dimensions = 1;
  static constexpr std::size_t k_piece = 65536;
  static void save(const Vector& value, ArtifactWriter& writer) {
    ByteSink& sink = writer.array(array_type_of<bool>(), {{value.size()}});
    std::vector<unsigned char> piece(std::min(k_piece, value.size()));
    for (std::size_t done = 0; done < value.size(); done += piece.size()) {
      piece.resize(std::min(piece.size(), value.size() - done));
      for (std::size_t i = 0; i < piece.size(); ++i) piece[i] = value[done + i] ? 1 : 0;
      sink.append(piece.data(), piece.size());
    }
  }
  static Vector load(ArtifactReader& reader) {
    Vector value(length_of(reader.array_shape(array_type_of<bool>())));
    ByteSource& source = reader.array_elements();
    std::vector<unsigned char> piece(std::min(k_piece, value.size()));
    for (std::size_t done = 0; done < value.size(); done += piece.size()) {
      piece.resize(std::min(piece.size(), value.size() - done));
      source.read_at(done, piece.data(), piece.size());
      for (std::size_t i = 0; i < piece.size(); ++i) value[done + i] = piece[i] != 0;
    }
    return value;
  }
};

template <ArrayScalar T, std::size_t N>
struct ArrayAccess<std::array<T, N>> {
  using Array = std::array<T, N>;
  using Scalar = T;
  static constexpr bool k_exists = true;
  static constexpr bool k_is_small = N <= k_small_array;
  static constexpr bool k_fits_within = true;
  static constexpr int k_dimensions = 1;
  static void save(const Array& value, ArtifactWriter& writer) {
    writer.array(array_type_of<T>(), {{N}}).append(value.data(), N * sizeof(T));
  }
  static Array load(ArtifactReader& reader) {
    Array value;
    if (length_of(reader.array_shape(array_type_of<T>())) != N)
      throw UnreadableValue("the array has another length than its type");
    reader.array_elements().read_at(0, value.data(), N * sizeof(T));
    return value;
  }
};

// --- Lists ---

template <class T>
struct Sequence {
  static constexpr bool k_exists = false;
};
template <class T, class Allocator>
struct Sequence<std::vector<T, Allocator>> {
  using Element = T;
  static constexpr bool k_exists = true;
};
template <class T, std::size_t N>
struct Sequence<std::array<T, N>> {
  using Element = T;
  static constexpr bool k_exists = true;
};
template <class T>
concept IsSequence = Sequence<T>::k_exists;

// A vector or array whose elements read(index) gives, one by one.
template <IsSequence T, class Read>
T make_sequence(std::size_t size, Read read) {
  if constexpr (requires(T value) { value.reserve(size); }) {
    T value;
    value.reserve(size);
    for (std::size_t i = 0; i < size; ++i) value.push_back(read(i));
    return value;
  } else {
    if (size != std::tuple_size_v<T>) throw UnreadableValue("the list has another length than its type");
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return T{read(I)...};
    }(std::make_index_sequence<std::tuple_size_v<T>>());
  }
}

template <IsSequence T>
  requires(!ArrayAccess<T>::k_exists)
struct Container<T> {
  using Element = typename Sequence<T>::Element;
  static constexpr bool k_exists = true;
  static consteval Form form() {
    if constexpr (!Storable<Element>)
      return Form::none;
    else
      return detail::fits_within<Element>() ? Form::structured : Form::tree;
  }
  static consteval bool fits_within() { return detail::fits_within<Element>(); }
  static std::string tag() { return "list<" + type_tag<Element>() + ">"; }
  static void save(const T& value, ArtifactWriter& writer) {
    for (std::size_t i = 0; i < value.size(); ++i) save_artifact(value[i], writer.part(std::to_string(i)));
  }
  static T load(ArtifactReader& reader) {
    return make_sequence<T>(reader.part_count(),
                            [&](std::size_t i) { return load_artifact<Element>(reader.part(std::to_string(i))); });
  }
};

template <IsSequence T>
  requires IsStructured<typename Sequence<T>::Element>
struct Structured<T> {
  using Element = typename Sequence<T>::Element;
  static constexpr bool k_exists = true;
  static constexpr bool k_nullable = false;
  static std::string type() { return "list<" + Structured<Element>::type() + ">"; }
  static void write(const T& value, StructuredWriter& writer) {
    writer.begin_list();
    for (const auto& element : value) Structured<Element>::write(element, writer);
    writer.end_list();
  }
  static T read(const StructuredReader& reader) {
    return make_sequence<T>(reader.size(), [&](std::size_t i) { return Structured<Element>::read(reader.element(i)); });
  }
};

// --- Maps and sets ---

template <class T>
concept MapLike = requires {
  typename T::key_type;
  typename T::mapped_type;
} && (requires { typename T::key_compare; } || requires { typename T::hasher; });
template <class T>
concept SetLike = requires { typename T::key_type; } && !requires { typename T::mapped_type; } &&
                  (requires { typename T::key_compare; } || requires { typename T::hasher; });

template <class T>
struct IsKeyed : std::false_type {};
template <class K, class V, class C, class A>
struct IsKeyed<std::map<K, V, C, A>> : std::true_type {};
template <class K, class V, class H, class E, class A>
struct IsKeyed<std::unordered_map<K, V, H, E, A>> : std::true_type {};
template <class K, class C, class A>
struct IsKeyed<std::set<K, C, A>> : std::true_type {};
template <class K, class H, class E, class A>
struct IsKeyed<std::unordered_set<K, H, E, A>> : std::true_type {};

// Visits the elements of a map or set: an ordered one in its order, an unordered one by ascending key.
template <class T, class Visit>
void for_each_in_order(const T& value, Visit visit) {
  if constexpr (requires { typename T::key_compare; }) {
    for (const auto& element : value) visit(element);
  } else {
    static_assert(
        std::totally_ordered<typename T::key_type>,
        "the keys of an unordered container are stored in order: give the key type (named above) operator<=>");
    std::vector<const typename T::value_type*> elements;
    elements.reserve(value.size());
    for (const auto& element : value) elements.push_back(&element);
    std::sort(elements.begin(), elements.end(), [](const auto* a, const auto* b) {
      if constexpr (MapLike<T>)
        return a->first < b->first;
      else
        return *a < *b;
    });
    for (const auto* element : elements) visit(*element);
  }
}

template <class K>
inline constexpr bool k_is_text = std::is_same_v<K, std::string>;

// A map with text keys is a map; any other a list of [key, value].
template <MapLike T>
  requires(IsKeyed<T>::value && IsStructured<typename T::key_type> && IsStructured<typename T::mapped_type>)
struct Structured<T> {
  using Key = typename T::key_type;
  using Mapped = typename T::mapped_type;
  static constexpr bool k_exists = true;
  static constexpr bool k_nullable = false;
  static std::string type() { return "map<" + Structured<Key>::type() + "," + Structured<Mapped>::type() + ">"; }
  static void write(const T& value, StructuredWriter& writer) {
    if constexpr (k_is_text<Key>) {
      writer.begin_map();
      for_each_in_order(value, [&](const auto& entry) {
        writer.key(entry.first);
        Structured<Mapped>::write(entry.second, writer);
      });
      writer.end_map();
    } else {
      writer.begin_list();
      for_each_in_order(value, [&](const auto& entry) {
        writer.begin_list();
        Structured<Key>::write(entry.first, writer);
        Structured<Mapped>::write(entry.second, writer);
        writer.end_list();
      });
      writer.end_list();
    }
  }
  static T read(const StructuredReader& reader) {
    T value;
    for (std::size_t i = 0; i < reader.size(); ++i) {
      if constexpr (k_is_text<Key>) {
        value.emplace(reader.key(i), Structured<Mapped>::read(reader.element(i)));
      } else {
        const StructuredReader entry = reader.element(i);
        value.emplace(Structured<Key>::read(entry.element(0)), Structured<Mapped>::read(entry.element(1)));
      }
    }
    if (value.size() != reader.size()) throw UnreadableValue("a key of the map is there twice");
    return value;
  }
};

template <SetLike T>
  requires(IsKeyed<T>::value && IsStructured<typename T::key_type>)
struct Structured<T> {
  using Key = typename T::key_type;
  static constexpr bool k_exists = true;
  static constexpr bool k_nullable = false;
  static std::string type() { return "set<" + Structured<Key>::type() + ">"; }
  static void write(const T& value, StructuredWriter& writer) {
    writer.begin_set();
    for_each_in_order(value, [&](const Key& key) { Structured<Key>::write(key, writer); });
    writer.end_set();
  }
  static T read(const StructuredReader& reader) {
    T value;
    for (std::size_t i = 0; i < reader.size(); ++i) value.insert(Structured<Key>::read(reader.element(i)));
    if (value.size() != reader.size()) throw UnreadableValue("an element of the set is there twice");
    return value;
  }
};

// A map of what stands alone: the part "keys", a list, and the values as "0", "1", ... in its order.
template <MapLike T>
  requires IsKeyed<T>::value
struct Container<T> {
  using Key = typename T::key_type;
  using Mapped = typename T::mapped_type;
  using Element = std::conditional_t<IsStructured<Key>, Mapped, Key>;
  static constexpr bool k_exists = true;
  static consteval Form form() {
    if constexpr (!IsStructured<Key> || !Storable<Mapped>)
      return Form::none;
    else
      return detail::fits_within<Mapped>() ? Form::structured : Form::tree;
  }
  static consteval bool fits_within() { return IsStructured<Key> && detail::fits_within<Mapped>(); }
  static std::string tag() { return "map<" + Structured<Key>::type() + "," + type_tag<Mapped>() + ">"; }
  static void save(const T& value, ArtifactWriter& writer) {
    StructuredWriter& keys = writer.part("keys").structured();
    keys.begin_list();
    for_each_in_order(value, [&](const auto& entry) { Structured<Key>::write(entry.first, keys); });
    keys.end_list();
    std::size_t i = 0;
    for_each_in_order(value, [&](const auto& entry) { save_artifact(entry.second, writer.part(std::to_string(i++))); });
  }
  static T load(ArtifactReader& reader) {
    const auto keys = Structured<std::vector<Key>>::read(reader.part("keys").structured());
    T value;
    for (std::size_t i = 0; i < keys.size(); ++i)
      value.emplace(keys[i], load_artifact<Mapped>(reader.part(std::to_string(i))));
    return value;
  }
};

template <SetLike T>
  requires IsKeyed<T>::value
struct Container<T> {
  using Element = typename T::key_type;
  static constexpr bool k_exists = true;
  static consteval Form form() { return IsStructured<Element> ? Form::structured : Form::none; }
  static consteval bool fits_within() { return IsStructured<Element>; }
};

}  // namespace stepcache::detail
