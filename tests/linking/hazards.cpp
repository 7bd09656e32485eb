// Everything whose place in the linked file has gone wrong once: what it prints does not depend on how it is linked.
#include <array>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

extern "C" {
int counter = 7;
char buffer[64];
extern const int c_table[5];
const int c_table[5] = {3, 1, 4, 1, 5};
const char* c_name = "a C name";
volatile int str1 = 11;
static const int cst4[3] = {4, 5, 6};
volatile int rel = 12;
static const char* const ro[2] = {"ro zero", "ro one"};
}

// What is found by the section's name alone.
extern "C" {
extern const int __start_plugins[], __stop_plugins[];
__attribute__((section("plugins"), used)) const int first_plugin = 1;
__attribute__((section("plugins"), used)) const int second_plugin = 2;
}
std::string slow_headers();  // in the other file

static volatile int bumped = 5;
static int unset;
static const int k_squares[8] = {0, 1, 4, 9, 16, 25, 36, 49};
static const double k_weights[4] = {0.5, 1.5, 2.5, 3.5};
static const char* const k_names[4] = {"zero", "one", "two", "three"};
static const wchar_t* k_wide[2] = {L"wide zero", L"wide one"};
static constexpr std::array<unsigned short, 6> k_shorts = {9, 8, 7, 6, 5, 4};
thread_local int t_set = 3;
static thread_local int t_unset;
static thread_local std::string t_text = "of a thread";

__attribute__((noinline)) int squares_before(int i) { return k_squares[i - 1]; }
__attribute__((noinline)) double weights_before(int i) { return k_weights[i - 1] * 3.25; }
__attribute__((noinline)) const char* name_before(int i) { return k_names[i - 1]; }
__attribute__((noinline)) int c_before(int i) { return c_table[i - 1] + cst4[i - 2]; }
__attribute__((noinline)) const char* ro_before(int i) { return ro[i - 1]; }
__attribute__((noinline)) int sum_all() {
  int sum = 0;
  for (const int* p = k_squares; p != k_squares + 8; ++p) sum += *p;
  return sum;
}

__attribute__((noinline)) int dense(int i) {
  switch (i) {
    case 0: return std::printf("nought\n");
    case 1: return bumped * 3;
    case 2: return bumped - 17;
    case 3: return static_cast<int>(std::strlen(buffer));
    case 4: throw std::out_of_range("four");
    case 5: return k_shorts[static_cast<std::size_t>(bumped) % 6];
    case 6: return squares_before(bumped);
    case 7: return counter++;
    default: return -1;
  }
}

__attribute__((noinline)) const char* word(int i) {
  switch (i) {
    case 0: return "alpha";
    case 1: return "beta";
    case 2: return "gamma";
    case 3: return "delta";
    case 4: return "epsilon";
    default: return "none";
  }
}

namespace {
struct Shape {
  virtual ~Shape() = default;
  virtual double area() const = 0;
};
struct Square : Shape {
  explicit Square(double s) : side(s) {}
  double area() const override { return side * side; }
  double side;
};
struct Circle : Shape {
  explicit Circle(double r) : radius(r) {}
  double area() const override { return 3.0 * radius * radius; }
  double radius;
};
struct Odd : std::runtime_error {
  using std::runtime_error::runtime_error;
};
std::map<std::string, std::function<int(int)>>& registry() {
  static std::map<std::string, std::function<int(int)>> all;
  return all;
}
const bool k_registered = (registry()["twice"] = [](int i) { return 2 * i; }, true);
}  // namespace

struct Open {
  virtual int value() const { return 1; }
  virtual ~Open() = default;
};
struct Opened : Open {
  int value() const override { return 2; }
};
template <class T>
struct Of {
  static inline T shared = T(4);
  static const char* name() {
    static const char text[] = "static local text";
    static int calls;
    ++calls;
    return text + (calls > 5);
  }
};

int main() {
  const auto one = +[] { std::thread([] { ++t_set, ++t_unset, t_text += "!"; }).join(); };
  one();
  for (int i = 1; i < 4; ++i) {
    std::printf("%d %.3f %s %d %s\n", squares_before(i), weights_before(i), name_before(i), c_before(i + 1),
                ro_before(1 + i % 2));
  }
  std::printf("%d %d %d %s %d\n", sum_all(), t_set, t_unset, t_text.c_str(), unset);
  for (int i = 0; i < 9; ++i) {
    try {
      std::printf("%d %s\n", dense(i), word(i));
    } catch (const std::out_of_range& error) {
      std::printf("caught %s\n", error.what());
    }
  }
  try {
    if (counter > 7) throw Odd("odd");
  } catch (const std::runtime_error& error) {
    std::printf("caught %s\n", error.what());
  }
  std::vector<std::unique_ptr<Shape>> shapes;
  shapes.push_back(std::make_unique<Square>(2));
  shapes.push_back(std::make_unique<Circle>(3));
  for (const auto& shape : shapes) {
    std::printf("%.1f %d\n", shape->area(), dynamic_cast<Square*>(shape.get()) != nullptr);
  }
  std::unique_ptr<Open> open = std::make_unique<Opened>();
  std::printf("%d %ls %ls %s %s\n", open->value(), k_wide[0], k_wide[str1 % 2], c_name, Of<int>::name());
  std::fputs(slow_headers().c_str(), stdout);
  int found = 0;
  for (const int* plugin = __start_plugins; plugin != __stop_plugins; ++plugin) found += *plugin;
  std::printf("%d\n", found);
  std::atomic<int> total = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&total, i] { total += registry().at("twice")(i) + Of<int>::shared + rel; });
  }
  for (auto& thread : threads) thread.join();
  const unsigned last = k_shorts[static_cast<std::size_t>(bumped)];
  std::snprintf(buffer, sizeof buffer, "%d %d %u", total.load(), +rel, last);
  std::puts(buffer);
  return k_registered ? 0 : 1;
}
