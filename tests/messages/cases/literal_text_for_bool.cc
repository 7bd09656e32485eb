// expect: wrong literal
// expect: Wanted = bool
// expect: LiteralOfType<const char*>
// here: pipeline.step("train"
#include <stepcache/stepcache.h>

int train(bool fast);

int main(int argc, char** argv) {
  stepcache::Pipeline pipeline("p");
  pipeline.step("train", train)("yes");
  return stepcache::main(pipeline, argc, argv);
}
