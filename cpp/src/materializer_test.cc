#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "cpp/src/artifact_round_trip.h"

namespace stepcache {

enum class Colour : std::uint8_t { red = 1, blue = 2 };

struct Point {
  double x = 0, y = 0;
  STEPCACHE_FIELDS(x, y)
  friend bool operator==(const Point&, const Point&) = default;
};
struct Line {
  Point from, to;
  std::optional<std::string> name;
  std::array<float, 3> colour{};
  STEPCACHE_FIELDS(from, to, name, colour)
  friend bool operator==(const Line&, const Line&) = default;
};
struct Table {
  std::vector<double> column;
  std::string title;
  Line line;
  STEPCACHE_FIELDS(column, title, line)
  friend bool operator==(const Table&, const Table&) = default;
};
struct Sheets {
  std::vector<Table> tables;
  std::optional<Table> extra;
  STEPCACHE_FIELDS(tables, extra)
  friend bool operator==(const Sheets&, const Sheets&) = default;
};
class Hidden {
 public:
  Hidden() = default;
  explicit Hidden(int secret) : secret_(secret) {}
  int secret() const { return secret_; }
  STEPCACHE_FIELDS(secret_)

 private:
  int secret_ = 0;
};
// As many members as a struct is likely to have.
struct Wide {
  int a0 = 0, a1 = 0, a2 = 0, a3 = 0, a4 = 0, a5 = 0, a6 = 0, a7 = 0, a8 = 0, a9 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0,
      b4 = 0, b5 = 0, b6 = 0, b7 = 0, b8 = 0, b9 = 0, c0 = 0, c1 = 0, c2 = 0, c3 = 0, c4 = 0, c5 = 0, c6 = 0, c7 = 0,
      c8 = 0, c9 = 0, d0 = 0, d1 = 0;
  STEPCACHE_FIELDS(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, c0, c1, c2, c3, c4,
                   c5, c6, c7, c8, c9, d0, d1)
  friend bool operator==(const Wide&, const Wide&) = default;
};

// Foreign types: one by another type, one by bytes.
struct Money {
  long cents = 0;
  friend bool operator==(const Money&, const Money&) = default;
};
template <>
struct Materializer<Money> {
  static long to(const Money& money) { return money.cents; }
  static Money from(long cents) { return Money{cents}; }
};
struct Image {
  std::string pixels;
  friend bool operator==(const Image&, const Image&) = default;
};
template <>
struct Materializer<Image> {
  static constexpr const char* k_name = "image/1";
  static void save(const Image& image, Writer& out) { out.write("IMG" + image.pixels); }
  static Image load(Reader& in) {
    const std::string bytes = in.read_all();
    if (!bytes.starts_with("IMG")) throw std::runtime_error("no image");
    return {bytes.substr(3)};
  }
};

namespace detail {

namespace {

using testing::ElementsAre;
using namespace std::string_literals;

class Materializers : public RoundTrip {
 protected:
  // Through an artifact and, where it can be one, a literal.
  template <class T>
  void expect_same(const T& value) {
    EXPECT_EQ(round_trip(value), value) << type_tag<T>();
    if constexpr (IsStructured<T>) {
      EXPECT_EQ(literal_round_trip(value), value) << type_tag<T>();
    }
  }
  template <class T>
  void expect_same_bits(T value) {
    using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    const T back = round_trip(value);
    const T literal = literal_round_trip(value);
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(back) && std::isnan(literal));
    } else {
      EXPECT_EQ(std::bit_cast<Bits>(back), std::bit_cast<Bits>(value)) << value;
      EXPECT_EQ(std::bit_cast<Bits>(literal), std::bit_cast<Bits>(value)) << value;
    }
  }
  template <class T>
  void expect_limits() {
    expect_same(std::numeric_limits<T>::min());
    expect_same(std::numeric_limits<T>::max());
    expect_same(T{0});
    expect_same(T{1});
  }
};

TEST_F(Materializers, KeepEveryArithmeticTypeAtItsLimits) {
  expect_same(true);
  expect_same(false);
  expect_limits<char>();
  expect_limits<signed char>();
  expect_limits<unsigned char>();
  expect_limits<short>();
  expect_limits<unsigned short>();
  expect_limits<int>();
  expect_limits<unsigned>();
  expect_limits<long>();
  expect_limits<unsigned long>();
  expect_limits<long long>();
  expect_limits<unsigned long long>();
}

TEST_F(Materializers, KeepRealsBitByBit) {
  for (const double value : {0.0, -0.0, 0.1, 1.0, 1e300, 5e-324, -2.2250738585072014e-308,
                             std::numeric_limits<double>::max(), std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    expect_same_bits(value);
    expect_same_bits(static_cast<float>(value));
  }
  std::mt19937_64 random(1);
  for (int i = 0; i < 300; ++i) {
    expect_same_bits(std::bit_cast<double>(random()));
    expect_same_bits(std::bit_cast<float>(static_cast<std::uint32_t>(random())));
  }
  // The payload of a NaN in an array stays, too.
  const std::vector<double> nans = {std::bit_cast<double>(0x7ff8000000000123U),
                                    std::bit_cast<double>(0xfff8000000000000U), -0.0};
  const auto back = round_trip(nans);
  for (std::size_t i = 0; i < nans.size(); ++i) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(back[i]), std::bit_cast<std::uint64_t>(nans[i]));
  }
}

TEST_F(Materializers, KeepTextOfAnyBytes) {
  for (const std::string& text : {""s, "text"s, "quote \" slash \\ line\nend"s, "\0nul\0"s, "\xff\xfe invalid \xc3"s,
                                  "Zürich 日本 🙂"s, std::string(100'000, 'x')}) {
    expect_same(text);
  }
}

TEST_F(Materializers, KeepContainers) {
  expect_same(std::vector<double>{});
  expect_same(std::vector<double>{1.5, -0.25});
  expect_same(std::vector<std::int8_t>{-128, 127});
  expect_same(std::vector<bool>{});
  expect_same(std::vector<bool>{true, false, true});
  expect_same(std::vector<std::string>{"a", "", "c"});
  expect_same(std::vector<std::vector<int>>{{}, {1}, {2, 3}});
  expect_same(std::array<int, 0>{});
  expect_same(std::array<double, 3>{1, 2, 3});
  expect_same(std::array<std::string, 2>{"a", "b"});
  expect_same(std::map<std::string, int>{});
  expect_same(std::map<std::string, int>{{"b", 2}, {"a", 1}, {"\xff", 3}});
  expect_same(std::map<int, std::string>{{2, "b"}, {-1, "a"}});
  expect_same(std::unordered_map<std::string, std::vector<int>>{{"b", {1}}, {"a", {}}});
  expect_same(std::set<double>{1.5, -2});
  expect_same(std::unordered_set<std::string>{"b", "a"});
  expect_same(std::optional<int>{});
  expect_same(std::optional<int>{3});
  expect_same(std::optional<std::optional<int>>{});
  expect_same(std::optional<std::optional<int>>{std::optional<int>{}});
  expect_same(std::optional<std::optional<int>>{std::optional<int>{3}});
  expect_same(std::variant<int, double, std::string>{1});
  expect_same(std::variant<int, double, std::string>{1.0});
  expect_same(std::variant<int, double, std::string>{"1"});
  expect_same(std::variant<std::monostate, int>{});
  expect_same(std::variant<int, int>{std::in_place_index<1>, 7});
  expect_same(std::tuple<>{});
  expect_same(std::tuple<int, std::string, bool>{1, "x", true});
  expect_same(std::pair<int, std::pair<int, int>>{1, {2, 3}});
  expect_same(std::chrono::milliseconds(-5));
  expect_same(std::chrono::duration<double>(0.25));
  expect_same(Colour::blue);
  expect_same(
      std::vector<std::map<int, std::optional<std::variant<int, std::string>>>>{{{1, std::nullopt}, {2, "x"}}, {}});
}

TEST_F(Materializers, KeepStructs) {
  expect_same(Point{1.5, -0.0});
  expect_same(Line{{0, 1}, {2, 3}, "edge", {0.1F, 0.2F, 0.3F}});
  expect_same(Table{{1, 2, 3}, "numbers", {}});
  expect_same(Sheets{{Table{{1}, "a", {}}, Table{{}, "b", {}}}, Table{{2}, "c", {}}});
  expect_same(Sheets{});
  expect_same(std::vector<Point>{{1, 2}, {3, 4}});
  expect_same(std::map<std::string, Table>{{"x", {{1}, "t", {}}}});
  EXPECT_EQ(round_trip(Hidden(42)).secret(), 42);
  Wide wide;
  wide.a0 = 1;
  wide.d1 = 32;
  expect_same(wide);
}

TEST_F(Materializers, KeepForeignTypesWhereverTheyStand) {
  expect_same(Money{250});
  expect_same(std::map<std::string, Money>{{"rent", {100'000}}});
  expect_same(std::optional<Money>{Money{1}});
  expect_same(Image{"pixels"});
  expect_same(Image{std::string(10'000, '\xff')});
  expect_same(std::vector<Image>{{"a"}, {""}, {"c"}});
  expect_same(std::map<int, Image>{{7, {"a"}}, {8, {"b"}}});
  expect_same(std::optional<Image>{});
  expect_same(std::optional<Image>{Image{"a"}});
  expect_same(std::variant<int, Image>{3});
  expect_same(std::variant<int, Image>{Image{"a"}});
  expect_same(std::tuple<int, Image>{1, {"a"}});
  EXPECT_EQ(bytes_of(Image{"a"}), "IMGa");
}

TEST_F(Materializers, KeepLargeArrays) {
  std::vector<double> values(1'000'000);
  std::mt19937_64 random(2);
  for (double& value : values) value = std::bit_cast<double>(random() & 0x7fefffffffffffffU);
  expect_same(values);
  std::vector<bool> flags(200'001);
  for (std::size_t i = 0; i < flags.size(); ++i) flags[i] = (random() & 1U) != 0;
  EXPECT_EQ(round_trip(flags), flags);
}

TEST_F(Materializers, KeepEigensMatrices) {
  Eigen::MatrixXd matrix(3, 4);
  for (int i = 0; i < 12; ++i) matrix(i / 4, i % 4) = i * 0.1;
  expect_same(matrix);
  expect_same(Eigen::MatrixXd(0, 5));
  expect_same(Eigen::MatrixXd(1, 5).setOnes().eval());
  expect_same(Eigen::VectorXd::LinSpaced(100, 0, 1).eval());
  expect_same(Eigen::RowVectorXf::LinSpaced(3, 0, 1).eval());
  expect_same(Eigen::Vector3d(1, 2, 3));
  expect_same(Eigen::Matrix2i::Identity().eval());
  expect_same(Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>(matrix));
  expect_same(std::vector<Eigen::Vector3d>{{1, 2, 3}, {4, 5, 6}});
  expect_same(std::vector<Eigen::MatrixXd>{matrix, Eigen::MatrixXd(0, 0), matrix * 2});
  expect_same(std::map<std::string, Eigen::MatrixXd>{{"w", matrix}});
  expect_same(std::pair<Eigen::MatrixXd, Eigen::VectorXd>{matrix, Eigen::VectorXd::Ones(2)});
  EXPECT_TRUE((round_trip(Eigen::ArrayXXf::Constant(2, 3, 0.5F).eval()) == 0.5F).all());
}

TEST_F(Materializers, LoadAMatrixOfTheOtherMemoryOrder) {
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Eigen::MatrixXd matrix(2, 3);
  matrix << 1, 2, 3, 4, 5, 6;
  const auto columns = stage(matrix);
  EXPECT_EQ(load<RowMajor>(stored(*columns)), RowMajor(matrix));
  const auto rows = stage(RowMajor(matrix));
  EXPECT_EQ(load<Eigen::MatrixXd>(stored(*rows)), matrix);
  EXPECT_NE(columns->digest, rows->digest);
}

TEST_F(Materializers, WriteTheDocumentedBytes) {
  EXPECT_EQ(bytes_of(0.1), "0.1");
  EXPECT_EQ(bytes_of(0.1F), "0.1");
  EXPECT_EQ(bytes_of(1.0), "1.0");
  EXPECT_EQ(bytes_of(-0.0), "-0.0");
  EXPECT_EQ(bytes_of(std::numeric_limits<double>::quiet_NaN()), "\"NaN\"");
  EXPECT_EQ(bytes_of(7), "7");
  EXPECT_EQ(bytes_of(true), "true");
  EXPECT_EQ(bytes_of("a\"b"s), R"("a\"b")");
  EXPECT_EQ(bytes_of(std::vector<std::string>{"a", "b"}), R"(["a","b"])");
  EXPECT_EQ(bytes_of(std::map<int, bool>{{2, true}, {1, false}}), "[[1,false],[2,true]]");
  EXPECT_EQ(bytes_of(Line{{0, 1}, {2, 3}, std::nullopt, {1, 0, 0}}),
            R"({"from":{"x":0.0,"y":1.0},"to":{"x":2.0,"y":3.0},"name":null,"colour":[1.0,0.0,0.0]})");
  EXPECT_EQ(bytes_of(std::variant<int, std::string>{"x"}), R"({"index":1,"value":"x"})");
  EXPECT_EQ(bytes_of(std::chrono::milliseconds(5)), "5");
  const std::string npy = bytes_of(std::vector<std::int32_t>{1, 2});
  EXPECT_EQ(npy.size(), 128U + 8U);
  EXPECT_THAT(npy, testing::StartsWith("\x93NUMPY\x01"s + '\0'));
  EXPECT_THAT(npy, testing::HasSubstr("{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }"));
  EXPECT_EQ(npy.substr(128), "\x01\0\0\0\x02\0\0\0"s);
}

TEST_F(Materializers, WriteEqualUnorderedContainersAlike) {
  std::unordered_map<std::string, int> forwards, backwards;
  std::unordered_set<int> up, down;
  for (int i = 0; i < 500; ++i) {
    forwards.emplace("k" + std::to_string(i), i);
    up.insert(i);
    backwards.emplace("k" + std::to_string(499 - i), 499 - i);
    down.insert(499 - i);
  }
  EXPECT_EQ(bytes_of(forwards), bytes_of(backwards));
  EXPECT_EQ(bytes_of(up), bytes_of(down));
  EXPECT_EQ(literal_of(forwards), literal_of(backwards));
  EXPECT_EQ(bytes_of((std::unordered_map<std::string, int>{{"b", 1}, {"a", 2}})), R"({"a":2,"b":1})");
}

TEST_F(Materializers, StoreAMatrixInNumpysOrder) {
  Eigen::MatrixXd matrix(2, 2);
  matrix << 1, 2, 3, 4;
  EXPECT_THAT(bytes_of(matrix), testing::HasSubstr("'fortran_order': True, 'shape': (2, 2)"));
  EXPECT_THAT(bytes_of(Eigen::MatrixXd(1, 2).setZero().eval()),
              testing::HasSubstr("'fortran_order': False, 'shape': (1, 2)"));
  EXPECT_THAT(bytes_of(Eigen::VectorXd::Zero(3).eval()), testing::HasSubstr("'shape': (3,)"));
}

TEST_F(Materializers, GivePartsOfATreeTheirOwnArtifacts) {
  EXPECT_THAT(parts_of(Table{{1}, "t", {}}), ElementsAre("column", "line", "title"));
  EXPECT_THAT(parts_of(std::vector<Eigen::MatrixXd>(2)), ElementsAre("0", "1"));
  EXPECT_THAT(parts_of(std::map<int, Image>{{9, {"a"}}}), ElementsAre("0", "keys"));
  EXPECT_THAT(parts_of(std::optional<Image>{}), ElementsAre());
  // One document, however many elements: not a file for each.
  const auto rows = stage(std::vector<std::vector<double>>(1000, {1, 2}));
  EXPECT_FALSE(rows->is_tree);
}

TEST_F(Materializers, NameTypesByTheirStructure) {
  EXPECT_EQ(type_tag<int>(), "int32");
  EXPECT_EQ(type_tag<unsigned long>(), "uint64");
  EXPECT_EQ(type_tag<float>(), "float32");
  EXPECT_EQ(type_tag<std::string>(), "str");
  EXPECT_EQ(type_tag<std::vector<double>>(), "array<float64,1>");
  EXPECT_EQ(type_tag<std::vector<bool>>(), "array<bool,1>");
  EXPECT_EQ(type_tag<Eigen::MatrixXf>(), "array<float32,2>");
  EXPECT_EQ(type_tag<std::vector<std::string>>(), "list<str>");
  EXPECT_EQ(type_tag<Point>(), "struct{x:float64,y:float64}");
  EXPECT_EQ(type_tag<Table>(),
            "struct{column:array<float64,1>,title:str,line:struct{from:struct{x:float64,y:float64},to:struct{x:"
            "float64,y:float64},name:optional<str>,colour:list<float32>}}");
  EXPECT_EQ((type_tag<std::map<std::string, int>>()), "map<str,int32>");
  EXPECT_EQ((type_tag<std::variant<int, std::string>>()), "variant<int32,str>");
  EXPECT_EQ((type_tag<std::tuple<int, Image>>()), "tuple<int32,bytes<image/1>>");
  EXPECT_EQ(type_tag<std::chrono::milliseconds>(), "duration<int64,1/1000>");
  EXPECT_EQ(type_tag<OutputFile>(), type_tag<File>());
  EXPECT_EQ(materializer_identity<int>(), "json/1");
  EXPECT_EQ(materializer_identity<Eigen::MatrixXd>(), "npy/1");
  EXPECT_EQ(materializer_identity<Table>(), "tree/1");
  EXPECT_EQ(materializer_identity<Image>(), "image/1");
}

TEST_F(Materializers, RefuseBytesOfAnotherType) {
  const auto read_as = [&]<class T>(const std::string& bytes, std::type_identity<T>) {
    return load<T>(stored_text(bytes));
  };
  EXPECT_THROW(read_as("\"text\"", std::type_identity<int>()), UnreadableValue);
  EXPECT_THROW(read_as("1.0", std::type_identity<int>()), UnreadableValue);
  EXPECT_THROW(read_as("1", std::type_identity<double>()), UnreadableValue);
  EXPECT_THROW(read_as("300", std::type_identity<std::uint8_t>()), UnreadableValue);
  EXPECT_THROW(read_as("-1", std::type_identity<unsigned>()), UnreadableValue);
  EXPECT_THROW(read_as("[1,2]", std::type_identity<std::tuple<int>>()), UnreadableValue);
  EXPECT_THROW(read_as("{\"x\":1.0}", std::type_identity<Point>()), UnreadableValue);
  EXPECT_THROW(read_as("{\"x\":1.0,\"z\":2.0}", std::type_identity<Point>()), UnreadableValue);
  EXPECT_THROW(read_as("{\"index\":2,\"value\":1}", (std::type_identity<std::variant<int, int>>())), UnreadableValue);
  EXPECT_THROW(read_as("[1,1]", std::type_identity<std::set<int>>()), UnreadableValue);
  EXPECT_THROW(read_as("", std::type_identity<int>()), UnreadableValue);
  EXPECT_THROW(read_as(bytes_of(std::vector<float>{1}), std::type_identity<std::vector<double>>()), UnreadableValue);
  EXPECT_THROW(read_as(bytes_of(Eigen::MatrixXd(2, 2).setZero().eval()), std::type_identity<std::vector<double>>()),
               UnreadableValue);
  EXPECT_THROW(read_as(bytes_of(std::vector<double>{1, 2}), std::type_identity<Eigen::Vector3d>()), UnreadableValue);
  EXPECT_THROW(load<Table>(stored_text("")), UnreadableValue);
}

// Damaged bytes give a value or an error, and never harm.
TEST_F(Materializers, SurviveDamagedBytes) {
  const auto check = [&]<class T>(const T& value) {
    const std::string whole = bytes_of(value);
    std::mt19937 random(3);
    int errors = 0;
    const auto read = [&](const std::string& bytes) {
      try {
        (void)load<T>(stored_text(bytes));
      } catch (const UnreadableValue&) {
        ++errors;
      }
    };
    for (std::size_t length = 0; length < whole.size(); ++length) read(whole.substr(0, length));
    EXPECT_GT(errors, 0);
    for (int i = 0; i < 2000; ++i) {
      std::string flipped = whole;
      flipped[random() % flipped.size()] = static_cast<char>(random());
      read(flipped);
    }
  };
  check(std::vector<double>{1, 2, 3});
  check(std::vector<bool>{true, false});
  check(Eigen::MatrixXd::Ones(3, 2).eval());
  check(Line{{0, 1}, {2, 3}, "edge", {1, 2, 3}});
  check(std::map<std::string, std::vector<int>>{{"a", {1, 2}}, {"b", {}}});
  check(std::vector<std::variant<int, std::string>>{1, "x"});
}

TEST_F(Materializers, AShortFileIsNoArray) {
  const std::string whole = bytes_of(std::vector<double>(10'000, 1.5));
  const std::filesystem::path path = folder_.path() / "cut";
  std::ofstream(path, std::ios::binary) << whole.substr(0, whole.size() - 1);
  EXPECT_THROW(load<std::vector<double>>(stored_file(path, whole.size())), UnreadableValue);
  EXPECT_THROW(load<std::vector<double>>(stored_file(path, whole.size() - 1)), UnreadableValue);
  EXPECT_THROW(load<std::vector<double>>(stored_file(folder_.path() / "gone", whole.size())), UnreadableValue);
}

// --- Files and folders ---

TEST_F(Materializers, StoreFilesByTheirBytes) {
  for (const std::string& content : {"small\n"s, ""s, std::string(100'000, 'x')}) {
    std::ofstream(folder_.path() / "in.txt") << content;
    const auto staged = stage(File("in.txt"));
    ASSERT_TRUE(staged);
    EXPECT_EQ(text_of(*staged), content);
    EXPECT_EQ(staged->output_file, "");
    EXPECT_EQ(content_of(load<File>(stored(*staged)).path()), content);
  }
}

TEST_F(Materializers, StoreAnOutputFileWithItsPath) {
  std::ofstream(folder_.path() / "model.bin") << "weights";
  const auto staged = stage(OutputFile("model.bin"));
  ASSERT_TRUE(staged);
  EXPECT_EQ(staged->output_file, "model.bin");
  EXPECT_EQ(text_of(*staged), "weights");
  // The step's own file stays where it is.
  EXPECT_EQ(content_of(folder_.path() / "model.bin"), "weights");
  const auto missing = stage(OutputFile("nowhere.bin"));
  ASSERT_FALSE(missing);
  EXPECT_THAT(to_string(missing.error()), testing::HasSubstr("nowhere.bin"));
}

TEST_F(Materializers, StoreFoldersWithAllBelowThem) {
  const std::filesystem::path root = folder_.path() / "data";
  std::filesystem::create_directories(root / "sub/empty");
  std::ofstream(root / "a.txt") << "a";
  std::ofstream(root / "sub/large.bin") << std::string(50'000, 'b');
  const auto staged = stage(Folder("data"));
  ASSERT_TRUE(staged) << to_string(staged.error());
  const std::filesystem::path back = load<Folder>(stored(*staged)).path();
  EXPECT_NE(back, root);
  EXPECT_EQ(content_of(back / "a.txt"), "a");
  EXPECT_EQ(content_of(back / "sub/large.bin"), std::string(50'000, 'b'));
  EXPECT_TRUE(std::filesystem::is_directory(back / "sub/empty"));
}

TEST_F(Materializers, LeaveNothingBehindInTheTemporaryFolder) {
  const auto files = [&] {
    return std::distance(std::filesystem::directory_iterator(folder_.path()), std::filesystem::directory_iterator());
  };
  {
    StagedArtifact abandoned(place());
    abandoned.tree();
    save_artifact(std::vector<double>(10'000), abandoned.part("a"));
    save_artifact(std::vector<double>(10'000), abandoned.part("b"));
    EXPECT_GT(files(), 0);
  }
  EXPECT_EQ(files(), 0);
  {
    ReadableCopies copies(platform::real_file_system(), folder_.path());
    EXPECT_TRUE(copies.file(stored_text("abc")));
    EXPECT_EQ(files(), 1);
  }
  EXPECT_EQ(files(), 0);
}

}  // namespace
}  // namespace detail
}  // namespace stepcache
