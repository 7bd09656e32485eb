// expect: a step must be a function or an empty callable
// expect: STEPCACHE_FIELDS
// here: pipeline.step("scale"
#include <stepcache/stepcache.h>

struct Scale {
  double by = 1;
  double operator()(double x) const { return by * x; }
};

int main(int argc, char** argv) {
  stepcache::Pipeline pipeline("p");
  pipeline.step("scale", Scale{2})(1.0);
  return stepcache::main(pipeline, argc, argv);
}
