// expect: too few arguments
// here: pipeline.step("add"
#include <stepcache/stepcache.h>

int add(int a, int b);

int main(int argc, char** argv) {
  stepcache::Pipeline pipeline("p");
  pipeline.step("add", add)(1);
  return stepcache::main(pipeline, argc, argv);
}
