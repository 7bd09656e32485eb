// Steps that look alike to the type system and do different things.
#include <stepcache/stepcache.h>

#include <fstream>
#include <string>

int plus_one(int number) { return number + 1; }
int times_ten(int number) { return number * 10; }

stepcache::OutputFile write_a(int number) {
  std::ofstream("a.txt") << "a" << number;
  return stepcache::OutputFile("a.txt");
}
stepcache::OutputFile write_b(int number) {
  std::ofstream("b.txt") << "b" << number;
  return stepcache::OutputFile("b.txt");
}

int main(int argc, char** argv) {
  stepcache::Pipeline twins("twins");
  auto number = twins.parameter("number", 5);
  twins.step("plus", plus_one)(number);
  twins.step("times", times_ten)(number);
  twins.step("hundred", [](int given) { return given + 100; })(number);
  twins.step("two_hundred", [](int given) { return given + 200; })(number);
  twins.step("plus_again", plus_one)(number);
  twins.step("a", write_a)(number);
  twins.step("b", write_b)(number);
  return stepcache::main(twins, argc, argv);
}
