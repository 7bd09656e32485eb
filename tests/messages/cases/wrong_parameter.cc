// expect: wrong edge
// expect: Wanted = long int
// expect: Given = int
// here: pipeline.step("train"
#include <stepcache/stepcache.h>

int train(long epochs);

int main(int argc, char** argv) {
  stepcache::Pipeline pipeline("p");
  pipeline.step("train", train)(pipeline.parameter("epochs", 20));
  return stepcache::main(pipeline, argc, argv);
}
