// expect: wrong literal
// expect: Wanted = int
// expect: Given = double
// here: pipeline.step("train"
#include <stepcache/stepcache.h>

int train(int epochs);

int main(int argc, char** argv) {
  stepcache::Pipeline pipeline("p");
  pipeline.step("train", train)(0.5);
  return stepcache::main(pipeline, argc, argv);
}
