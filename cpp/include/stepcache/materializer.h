#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "stepcache/fields.h"
#include "stepcache/file.h"
#include "stepcache/storage.h"

namespace stepcache {

// How values of a foreign type are stored. The SDK knows numbers, strings, enumerations, the standard containers,
// optional, variant, tuple, pair, chrono durations, File, Folder, OutputFile, Eigen's matrices and vectors, and structs
// with STEPCACHE_FIELDS. For any other type specialise this, in one of two ways:
//
//   template <>
//   struct stepcache::Materializer<Money> {               // by a type that can be stored
//     static long to(const Money& money) { return money.cents; }
//     static Money from(long cents) { return Money{cents}; }
//   };
//   template <>
//   struct stepcache::Materializer<Image> {               // by bytes of one's own
//     static constexpr const char* k_name = "png/1";      // names the form; another form needs another name
//     static void save(const Image& image, stepcache::Writer& out) { out.write(encode_png(image)); }
//     static Image load(stepcache::Reader& in) { return decode_png(in.read_all()); }
//   };
//
// Equal values should give equal bytes: then what depends on them is not run again. Either function may throw.
template <class T>
struct Materializer;

namespace detail {

// --- What the types' headers describe ---

// A value that can be part of a structured (JSON) value: type(), write(value, writer), read(reader).
template <class T>
struct Structured {
  static constexpr bool k_exists = false;
};
// Numbers side by side in memory: Scalar, k_dimensions, k_is_small (at most k_small_array of them, by its type),
// k_fits_within, save(value, writer), load(reader).
template <class T>
struct ArrayAccess {
  static constexpr bool k_exists = false;
};
// A fixed number of parts: k_size, Part<I>, name(I), get<I>(value), tag(tag_of), make(read), k_is_map.
template <class T>
struct Composite {
  static constexpr bool k_exists = false;
};
// A number of parts that only the value knows: Element, form(), fits_within(), tag(), and save(value, writer) and
// load(reader) of the elements as parts of a tree.
template <class T>
struct Container {
  static constexpr bool k_exists = false;
};

template <class T>
inline constexpr bool k_always_false = false;
// An array of a fixed number of elements, up to this, is part of the structured value around it.
inline constexpr std::size_t k_small_array = 64;

// --- The user's materializers ---

template <class T>
concept Converts = requires(const T& value) {
  Materializer<T>::to(value);
  Materializer<T>::from(Materializer<T>::to(value));
};
template <class T>
concept Saves = requires(const T& value, Writer& writer, Reader& reader) {
  Materializer<T>::save(value, writer);
  { Materializer<T>::load(reader) } -> std::convertible_to<T>;
};
template <Converts T>
using Converted = std::remove_cvref_t<decltype(Materializer<T>::to(std::declval<const T&>()))>;

// --- The form in which a type is stored ---

enum class Form : std::uint8_t { none, structured, array, bytes, file, folder, tree };

template <class T>
concept IsStructured = Structured<T>::k_exists;

template <class T>
consteval Form form_of();

// Small enough to stand within a structured value, although it is an array when it stands alone.
template <class T>
consteval bool stays_structured() {
  if constexpr (form_of<T>() == Form::structured)
    return true;
  else if constexpr (ArrayAccess<T>::k_exists)
    return IsStructured<T> && ArrayAccess<T>::k_is_small;
  else
    return false;
}

// Whether a container stores such elements within one structured value, rather than as an artifact each: their number
// is not known to the program, so only what has no structured form, or is a matrix of any size, stands alone.
template <class T>
consteval bool fits_within() {
  if constexpr (Converts<T>)
    return fits_within<Converted<T>>();
  else if constexpr (Saves<T>)
    return false;
  else if constexpr (ArrayAccess<T>::k_exists)
    return IsStructured<T> && ArrayAccess<T>::k_fits_within;
  else if constexpr (Composite<T>::k_exists) {
    return []<std::size_t... I>(std::index_sequence<I...>) {
      return (fits_within<typename Composite<T>::template Part<I>>() && ...);
    }(std::make_index_sequence<Composite<T>::k_size>());
  } else if constexpr (Container<T>::k_exists)
    return Container<T>::fits_within();
  else
    return IsStructured<T>;
}

template <class T, std::size_t... I>
consteval Form form_of_parts(std::index_sequence<I...>) {
  if constexpr (((form_of<typename Composite<T>::template Part<I>>() == Form::none) || ...))
    return Form::none;
  else if constexpr ((stays_structured<typename Composite<T>::template Part<I>>() && ...))
    return Form::structured;
  else
    return Form::tree;
}

template <class T>
consteval Form form_of() {
  if constexpr (Converts<T>)
    return form_of<Converted<T>>();
  else if constexpr (Saves<T>)
    return Form::bytes;
  else if constexpr (std::is_same_v<T, File> || std::is_same_v<T, OutputFile>)
    return Form::file;
  else if constexpr (std::is_same_v<T, Folder>)
    return Form::folder;
  else if constexpr (ArrayAccess<T>::k_exists)
    return Form::array;
  else if constexpr (Composite<T>::k_exists)
    return form_of_parts<T>(std::make_index_sequence<Composite<T>::k_size>());
  else if constexpr (Container<T>::k_exists)
    return Container<T>::form();
  else if constexpr (Structured<T>::k_exists)
    return Form::structured;
  else
    return Form::none;
}

template <class T>
concept Storable = form_of<T>() != Form::none;

// --- Saving and loading an artifact ---

template <class T>
std::string type_tag();
template <class T>
std::string materializer_identity();
template <class T>
void save_artifact(const T& value, ArtifactWriter& writer);
template <class T>
T load_artifact(ArtifactReader& reader);

// A user's type within a structured value, when what it is converted to can be.
template <class T>
  requires(Converts<T> && IsStructured<Converted<T>>)
struct Structured<T> {
  static constexpr bool k_exists = true;
  static constexpr bool k_nullable = Structured<Converted<T>>::k_nullable;
  static std::string type() { return Structured<Converted<T>>::type(); }
  static void write(const T& value, StructuredWriter& writer) {
    Structured<Converted<T>>::write(Materializer<T>::to(value), writer);
  }
  static T read(const StructuredReader& reader) {
    return Materializer<T>::from(Structured<Converted<T>>::read(reader));
  }
};

template <class T>
std::string array_type_tag() {
  return "array<" + Structured<typename ArrayAccess<T>::Scalar>::type() + "," +
         std::to_string(ArrayAccess<T>::k_dimensions) + ">";
}

template <class T>
std::string type_tag() {
  constexpr Form k_form = form_of<T>();
  if constexpr (Converts<T>)
    return type_tag<Converted<T>>();
  else if constexpr (k_form == Form::bytes)
    return std::string("bytes<") + Materializer<T>::k_name + ">";
  else if constexpr (k_form == Form::file)
    return "file";
  else if constexpr (k_form == Form::folder)
    return "folder";
  else if constexpr (k_form == Form::array)
    return array_type_tag<T>();
  else if constexpr (k_form == Form::structured)
    return Structured<T>::type();
  else if constexpr (Composite<T>::k_exists) {
    return Composite<T>::tag([]<class Part>(std::type_identity<Part>) { return type_tag<Part>(); });
  } else {
    return Container<T>::tag();
  }
}

template <class T>
std::string materializer_identity() {
  constexpr Form k_form = form_of<T>();
  if constexpr (Converts<T>)
    return materializer_identity<Converted<T>>();
  else if constexpr (k_form == Form::bytes)
    return Materializer<T>::k_name;
  else if constexpr (k_form == Form::structured)
    return "json/1";
  else if constexpr (k_form == Form::array)
    return "npy/1";
  else if constexpr (k_form == Form::file)
    return "file/1";
  else if constexpr (k_form == Form::folder)
    return "folder/1";
  else
    return "tree/1";
}

template <class T, std::size_t... I>
void save_parts(const T& value, ArtifactWriter& writer, std::index_sequence<I...>) {
  (save_artifact(Composite<T>::template get<I>(value), writer.part(Composite<T>::name(I))), ...);
}

template <class T>
void save_artifact(const T& value, ArtifactWriter& writer) {
  constexpr Form k_form = form_of<T>();
  if constexpr (Converts<T>) {
    save_artifact(static_cast<const Converted<T>&>(Materializer<T>::to(value)), writer);
  } else if constexpr (k_form == Form::bytes) {
    Writer out(writer.bytes());
    Materializer<T>::save(value, out);
  } else if constexpr (std::is_same_v<T, OutputFile>) {
    writer.output_file(value.path());
  } else if constexpr (k_form == Form::file) {
    writer.file(value.path());
  } else if constexpr (k_form == Form::folder) {
    writer.folder(value.path());
  } else if constexpr (k_form == Form::array) {
    ArrayAccess<T>::save(value, writer);
  } else if constexpr (k_form == Form::structured) {
    Structured<T>::write(value, writer.structured());
  } else if constexpr (Composite<T>::k_exists) {
    writer.tree();
    save_parts(value, writer, std::make_index_sequence<Composite<T>::k_size>());
  } else {
    writer.tree();
    Container<T>::save(value, writer);
  }
}

template <class T>
T load_artifact(ArtifactReader& reader) {
  constexpr Form k_form = form_of<T>();
  if constexpr (Converts<T>) {
    return Materializer<T>::from(load_artifact<Converted<T>>(reader));
  } else if constexpr (k_form == Form::bytes) {
    Reader in(reader.bytes());
    return Materializer<T>::load(in);
  } else if constexpr (k_form == Form::file) {
    return T(reader.file());
  } else if constexpr (k_form == Form::folder) {
    return T(reader.folder());
  } else if constexpr (k_form == Form::array) {
    return ArrayAccess<T>::load(reader);
  } else if constexpr (k_form == Form::structured) {
    return Structured<T>::read(reader.structured());
  } else if constexpr (Composite<T>::k_exists) {
    return Composite<T>::make([&]<class Part>(std::type_identity<Part>, std::size_t index) {
      return load_artifact<Part>(reader.part(Composite<T>::name(index)));
    });
  } else {
    return Container<T>::load(reader);
  }
}

// --- The message for a type that cannot be stored ---

// The innermost type that is the cause.
template <class T>
struct Unstorable {
  using Type = T;
};
template <class T, std::size_t I>
struct UnstorablePart {
  using Part = typename Composite<T>::template Part<I>;
  static auto find() {
    if constexpr (!Storable<Part>)
      return std::type_identity<typename Unstorable<Part>::Type>();
    else
      return UnstorablePart<T, I + 1>::find();
  }
};
template <class T>
  requires(Composite<T>::k_exists && !Storable<T>)
struct Unstorable<T> {
  using Type = typename decltype(UnstorablePart<T, 0>::find())::type;
};
template <class T>
  requires(Container<T>::k_exists && !Storable<T>)
struct Unstorable<T> {
  using Type = typename Unstorable<typename Container<T>::Element>::Type;
};

template <class T>
struct NoMaterializerFor {
  static_assert(
      k_always_false<T>,
      "no materializer for this type (named above as T): list the members of a struct of yours with "
      "STEPCACHE_FIELDS(...), or specialise stepcache::Materializer<T>; a pointer, reference or view cannot be "
      "stored: use the value that it refers to");
};

// False, with a compile error that names the type, when T cannot be stored.
template <class T>
consteval bool require_materializer() {
  if constexpr (Storable<T>)
    return true;
  else
    return sizeof(NoMaterializerFor<typename Unstorable<T>::Type>) == 0;
}

}  // namespace detail
}  // namespace stepcache
