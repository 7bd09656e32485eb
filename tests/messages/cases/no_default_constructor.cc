// expect: needs a default constructor
#include <stepcache/stepcache.h>

struct Range {
  explicit Range(int first) : low(first) {}
  int low;
  STEPCACHE_FIELDS(low)
};
int use(const Range& range);
Range make();

int main(int argc, char** argv) {
  stepcache::Pipeline pipeline("p");
  pipeline.step("use", use)(pipeline.step("make", make)());
  return stepcache::main(pipeline, argc, argv);
}
