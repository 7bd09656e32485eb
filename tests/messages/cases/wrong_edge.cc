// expect: Dataset
// expect: double
// expect: wrong edge
// expect: Wanted = Dataset
// expect: Given = double
// here: pipeline.step("train"
#include <stepcache/stepcache.h>

struct Dataset {
  double x = 0;
  STEPCACHE_FIELDS(x)
};
double measure();
int train(const Dataset& data);

int main(int argc, char** argv) {
  stepcache::Pipeline pipeline("p");
  auto measured = pipeline.step("measure", measure)();
  pipeline.step("train", train)(measured);
  return stepcache::main(pipeline, argc, argv);
}
