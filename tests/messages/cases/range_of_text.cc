// expect: range() is for numbers
// expect: std::__cxx11::basic_string<char>
// here: .range(
#include <stepcache/stepcache.h>

int main(int argc, char** argv) {
  stepcache::Pipeline pipeline("p");
  pipeline.parameter("name", "a").range("a", "b");
  return stepcache::main(pipeline, argc, argv);
}
