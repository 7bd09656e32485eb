#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "stepcache/materializer.h"
#include "stepcache/scalars.h"

// Eigen::Matrix and Eigen::Array, of numbers. One row or one column by its type: a one-dimensional array; else two
// dimensions, in the memory order of the type (a column-major matrix is stored in Fortran order, as NumPy does).

namespace stepcache::detail {

template <class T>
concept EigenPlain = requires { typename T::PlainObject; } && std::is_base_of_v<Eigen::PlainObjectBase<T>, T> &&
                     ArrayScalar<typename T::Scalar>;

template <EigenPlain T>
struct ArrayAccess<T> {
  using Scalar = typename T::Scalar;
  using Index = Eigen::Index;
  static constexpr bool k_exists = true;
  static constexpr bool k_is_vector = T::RowsAtCompileTime == 1 || T::ColsAtCompileTime == 1;
  static constexpr bool k_fits_within = T::SizeAtCompileTime != Eigen::Dynamic;
  static constexpr bool k_is_small = k_fits_within && T::SizeAtCompileTime <= static_cast<int>(k_small_array);
  static constexpr int k_dimensions = k_is_vector ? 1 : 2;
  static constexpr ArrayType k_type = array_type_of<Scalar>();

  static void save(const T& value, ArtifactWriter& writer) {
    ArrayShape shape;
    if constexpr (k_is_vector) {
      shape.dimensions = {static_cast<std::uint64_t>(value.size())};
    } else {
      shape.dimensions = {static_cast<std::uint64_t>(value.rows()), static_cast<std::uint64_t>(value.cols())};
      // What lies in both orders is in C order, as NumPy has it.
      shape.fortran_order = !T::IsRowMajor && value.rows() > 1 && value.cols() > 1;
    }
    writer.array(k_type, shape).append(value.data(), static_cast<std::size_t>(value.size()) * sizeof(Scalar));
  }

  static T load(ArtifactReader& reader) {
    const ArrayShape shape = reader.array_shape(k_type);
    if (shape.dimensions.size() != k_dimensions) {
      throw UnreadableValue("the array has " + std::to_string(shape.dimensions.size()) + " dimensions, not " +
                            std::to_string(k_dimensions));
    }
    const auto first = static_cast<Index>(shape.dimensions[0]);
    T value = k_is_vector ? sized(T::RowsAtCompileTime == 1 ? 1 : first, T::RowsAtCompileTime == 1 ? first : 1)
                          : sized(first, static_cast<Index>(shape.dimensions.back()));
    ByteSource& source = reader.array_elements();
    const bool same_order =
        k_is_vector || value.rows() <= 1 || value.cols() <= 1 || shape.fortran_order == !T::IsRowMajor;
    if (same_order) {
      source.read_at(0, value.data(), static_cast<std::size_t>(value.size()) * sizeof(Scalar));
    } else {
      read_other_order(source, value);
    }
    return value;
  }

  static T sized(Index rows, Index cols) {
    const bool fits = (T::RowsAtCompileTime == Eigen::Dynamic || T::RowsAtCompileTime == rows) &&
                      (T::ColsAtCompileTime == Eigen::Dynamic || T::ColsAtCompileTime == cols) &&
                      (T::MaxRowsAtCompileTime == Eigen::Dynamic || rows <= T::MaxRowsAtCompileTime) &&
                      (T::MaxColsAtCompileTime == Eigen::Dynamic || cols <= T::MaxColsAtCompileTime);
    if (!fits)
      throw UnreadableValue("the array is " + std::to_string(rows) + " by " + std::to_string(cols) +
                            ", which its type cannot be");
    T value;
    value.resize(rows, cols);
    return value;
  }

 private:
  // One line of the stored order at a time.
  static void read_other_order(ByteSource& source, T& value) {
    const Index lines = T::IsRowMajor ? value.cols() : value.rows();
    const Index length = T::IsRowMajor ? value.rows() : value.cols();
    std::vector<char> memory(static_cast<std::size_t>(length) * sizeof(Scalar));
    for (Index line = 0; line < lines; ++line) {
      source.read_at(static_cast<std::uint64_t>(line) * memory.size(), memory.data(), memory.size());
      for (Index i = 0; i < length; ++i) {
        Scalar& element = T::IsRowMajor ? value(i, line) : value(line, i);
        std::memcpy(&element, memory.data() + static_cast<std::size_t>(i) * sizeof(Scalar), sizeof(Scalar));
      }
    }
  }
};

// Within a structured value: a vector as a list, a matrix as {"rows", "cols", "values" by rows}.
template <EigenPlain T>
struct Structured<T> {
  using Scalar = typename T::Scalar;
  using Access = ArrayAccess<T>;
  using Index = Eigen::Index;
  static constexpr bool k_exists = true;
  static constexpr bool k_nullable = false;
  static std::string type() { return (Access::k_is_vector ? "list<" : "matrix<") + Structured<Scalar>::type() + ">"; }
  static void write(const T& value, StructuredWriter& writer) {
    if constexpr (!Access::k_is_vector) {
      writer.begin_map();
      writer.key("rows");
      writer.integer(value.rows());
      writer.key("cols");
      writer.integer(value.cols());
      writer.key("values");
    }
    writer.begin_list();
    for (Index row = 0; row < value.rows(); ++row) {
      for (Index col = 0; col < value.cols(); ++col) Structured<Scalar>::write(value(row, col), writer);
    }
    writer.end_list();
    if constexpr (!Access::k_is_vector) writer.end_map();
  }
  static T read(const StructuredReader& reader) {
    const StructuredReader values = Access::k_is_vector ? reader : reader.member("values");
    const auto count = static_cast<Index>(values.size());
    constexpr bool k_is_row = T::RowsAtCompileTime == 1;
    const Index rows = !Access::k_is_vector ? static_cast<Index>(reader.member("rows").integer())
                       : k_is_row           ? 1
                                            : count;
    const Index cols = !Access::k_is_vector ? static_cast<Index>(reader.member("cols").integer())
                       : k_is_row           ? count
                                            : 1;
    const bool whole = rows >= 0 && cols >= 0 && (rows == 0 ? count == 0 : count % rows == 0 && count / rows == cols);
    if (!whole) throw UnreadableValue("the matrix has another number of values than rows times columns");
    T value = Access::sized(rows, cols);
    for (Index i = 0; i < count; ++i)
      value(i / cols, i % cols) = Structured<Scalar>::read(values.element(static_cast<std::size_t>(i)));
    return value;
  }
};

}  // namespace stepcache::detail
