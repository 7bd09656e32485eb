// expect: the step has several outputs: choose one with [&Struct::member]
// here: pipeline.step("use"
#include <stepcache/stepcache.h>

struct Split {
  int train = 0;
  int test = 0;
  STEPCACHE_OUTPUTS(train, test)
};
Split divide();
int use(int part);

int main(int argc, char** argv) {
  stepcache::Pipeline pipeline("p");
  auto split = pipeline.step("divide", divide)();
  pipeline.step("use", use)(split);
  return stepcache::main(pipeline, argc, argv);
}
