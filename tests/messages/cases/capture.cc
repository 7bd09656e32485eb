// expect: a step must be a function or an empty callable: pass what it captures as a parameter
// here: pipeline.step("scale"
#include <stepcache/stepcache.h>

int main(int argc, char** argv) {
  stepcache::Pipeline pipeline("p");
  const double factor = argc;
  pipeline.step("scale", [factor](double x) { return factor * x; })(1.0);
  return stepcache::main(pipeline, argc, argv);
}
