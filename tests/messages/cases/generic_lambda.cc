// expect: a generic lambda
// expect: write the types
// here: pipeline.step("twice"
#include <stepcache/stepcache.h>

int main(int argc, char** argv) {
  stepcache::Pipeline pipeline("p");
  pipeline.step("twice", [](auto x) { return 2 * x; })(1);
  return stepcache::main(pipeline, argc, argv);
}
