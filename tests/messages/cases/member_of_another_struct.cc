// expect: this is a member of another struct
// expect: Owner = Other
// expect: Struct = Split
// here: split[
#include <stepcache/stepcache.h>

struct Split {
  int train = 0;
  int test = 0;
  STEPCACHE_OUTPUTS(train, test)
};
struct Other {
  int train = 0;
};
Split divide();
int use(int part);

int main(int argc, char** argv) {
  stepcache::Pipeline pipeline("p");
  auto split = pipeline.step("divide", divide)();
  pipeline.step("use", use)(split[&Other::train]);
  return stepcache::main(pipeline, argc, argv);
}
