// expect: give a free function that takes the object as a parameter
// here: pipeline.step("scale"
#include <stepcache/stepcache.h>

struct Scale {
  double by = 1;
  double apply(double x) const { return by * x; }
};

int main(int argc, char** argv) {
  stepcache::Pipeline pipeline("p");
  pipeline.step("scale", &Scale::apply)(1.0);
  return stepcache::main(pipeline, argc, argv);
}
