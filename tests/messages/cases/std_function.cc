// expect: a step must be a function or an empty callable
// expect: std::function
// expect: pass what it captures as a parameter
// here: pipeline.step("scale"
#include <stepcache/stepcache.h>

#include <functional>
double scale(double x);

int main(int argc, char** argv) {
  stepcache::Pipeline pipeline("p");
  pipeline.step("scale", std::function<double(double)>(scale))(1.0);
  return stepcache::main(pipeline, argc, argv);
}
